import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listJobs } from '#control/jobs/read-jobs.ts';
import { dropSandbox } from '#sites/live/sandbox/sandbox.ts';
import { chromiumPath } from '../support/browser.ts';
import type { ConsoleServer } from '../support/console-server.ts';
import { ConsoleVisits, overflowOf, violationsOf } from '../support/console-visits.ts';
import { ask, untilState } from '../support/test-server.ts';

// The restore wizard in a real browser, from its first step to what the site holds afterwards.

describe.skipIf(!chromiumPath)('the restore wizard', () => {
  let visits: ConsoleVisits;
  let server: ConsoleServer;
  let siteFile: { name: string; path: string };

  beforeAll(async () => {
    visits = await ConsoleVisits.open();
    server = visits.server;
    const { app } = server;
    await untilState(app, (await ask(app, { type: 'snapshot', site: 'wiki', vault: 'main' })).id);
    await untilState(app, (await ask(app, { type: 'drill', vault: 'main' })).id);
    const backup = await ask(app, { type: 'site-backup', site: 'wiki', attachments: true, keepPermanently: false });
    siteFile = (await untilState(app, backup.id)).file!;
  });
  afterAll(() => visits?.close());
  afterEach(() => visits.leave());

  const sql = <T extends object>(text: string) => server.server.sites.query<T>(server.site, text);
  const next = (page: Page) => page.getByRole('button', { name: 'Next', exact: true });
  const step = (page: Page, name: string) => page.getByRole('heading', { level: 2, name: new RegExp(`: ${name}$`) }).waitFor();
  /** The only snapshot of the newest day. */
  const moment = (page: Page) => page.getByRole('radio', { name: /main/ }).first();
  const newestJob = async (type: 'restore-snapshot' | 'site-restore' | 'space-restore') =>
    (await listJobs(server.app.control, { types: [type], limit: 1 }))[0];

  /** From the first screen to a plan of one space. */
  async function planOfSpace(page: Page, existing: RegExp): Promise<void> {
    await visits.goTo(page, '/backup');
    await page.getByRole('button', { name: /Restore spaces/ }).click();
    await moment(page).click();
    await page.getByRole('checkbox', { name: new RegExp(`\\(${server.spaceKey}\\)`) }).check();
    await next(page).click();
    await step(page, 'Where to');
    await page.getByRole('radio', { name: existing }).click();
  }

  it('takes a whole site from a day in the calendar to a restore whose name was typed, and back', async () => {
    await sql(`UPDATE public.spaces SET spacename = 'Spoilt' WHERE spacekey = '${server.spaceKey}'`);
    const page = await visits.page();
    await visits.goTo(page, '/backup');
    await page.getByRole('button', { name: /Restore site/ }).click();
    await step(page, 'What and from when');
    expect(await next(page).isDisabled()).toBe(true);
    await page.getByText('Choose a snapshot.').waitFor();
    // A day without snapshots cannot be chosen.
    expect(await page.getByRole('button', { name: /: 1 snapshot$/ }).count()).toBe(1);
    await page.getByText(/restored in a drill .* ago, in/).waitFor();
    await moment(page).click();
    await next(page).click();
    await step(page, 'Where to');
    await page.getByRole('button', { name: 'Make the plan' }).click();
    await page.getByText('Nothing was written.').waitFor({ timeout: 60_000 });
    expect(page.url()).toMatch(/plan=/);
    // The plan is found again when the page is loaded anew.
    await page.reload();
    await page.getByText('Nothing was written.').waitFor();
    await next(page).click();
    await page.getByText(/Everything in wiki is replaced/).waitFor();
    const run = page.getByRole('button', { name: 'Restore now' });
    expect(await run.isDisabled()).toBe(true);
    await page.getByLabel('Type wiki to go on').fill('wiki');
    await run.click();
    await page.getByRole('heading', { level: 1, name: /Restore of a snapshot \d+/ }).waitFor();
    await page.getByText('Completed').waitFor({ timeout: 60_000 });
    const nameOf = async () =>
      (await sql<{ name: string }>(`SELECT spacename AS name FROM public.spaces WHERE spacekey = '${server.spaceKey}'`))[0].name;
    expect(await nameOf()).not.toBe('Spoilt');
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.getByRole('dialog').getByLabel('wiki').fill('wiki');
    await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click();
    await page.getByRole('heading', { level: 1, name: /Rollback \d+/ }).waitFor();
    await page.getByText('Completed').waitFor({ timeout: 60_000 });
    expect(await nameOf()).toBe('Spoilt');
  });

  it('leaves a space that exists alone, says that nothing would happen, and replaces it when told to', async () => {
    const page = await visits.page();
    await planOfSpace(page, /^Leave it as it is/);
    await page.getByRole('button', { name: 'Make the plan' }).click();
    await page.getByText('By this plan nothing is restored', { exact: true }).waitFor({ timeout: 60_000 });
    expect(await next(page).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Replace spaces that exist' }).click();
    await page.getByText('replaces the one that is there').waitFor({ timeout: 60_000 });
    await next(page).click();
    await page.getByText('1 space is replaced, after a safety backup.').waitFor();
    await page.getByRole('button', { name: 'Restore now' }).click();
    await page.getByText('Completed').waitFor({ timeout: 60_000 });
    await page
      .getByText(/Safety backup/)
      .first()
      .waitFor();
  });

  it('offers somebody who administers one space that space alone, and restores it', async () => {
    const page = await visits.page({ name: 'spacey', word: 'of spacey', width: 360 });
    await page.getByRole('heading', { level: 1, name: 'Your spaces' }).waitFor();
    await page.getByRole('button', { name: /^Restore: / }).click();
    await step(page, 'What and from when');
    expect(await page.getByRole('radio', { name: /The whole site/ }).count()).toBe(0);
    await page
      .getByText(new RegExp(`your spaces: ${server.spaceKey}$`))
      .first()
      .waitFor();
    await moment(page).click();
    const boxes = page.getByRole('region', { name: 'Spaces to restore' }).getByRole('checkbox');
    await boxes.first().waitFor();
    expect(await boxes.count()).toBe(1);
    expect(await boxes.first().isChecked()).toBe(true);
    await next(page).click();
    expect(await page.getByRole('radio', { name: /new key|sandbox/ }).count()).toBe(0);
    await page.getByRole('radio', { name: /^Replace it/ }).click();
    await page.getByRole('button', { name: 'Make the plan' }).click();
    await page.getByText('replaces the one that is there').waitFor({ timeout: 60_000 });
    expect(await page.getByRole('region', { name: 'Users' }).count()).toBe(0);
    expect(await overflowOf(page)).toEqual([]);
    await next(page).click();
    await page.getByRole('button', { name: 'Restore now' }).click();
    await page.getByText('Completed').waitFor({ timeout: 60_000 });
    const job = await newestJob('restore-snapshot');
    expect([job.owner, job.spaceKeys]).toEqual(['spacey', [server.spaceKey]]);
  });

  it('gives the posts of one user to another and a group the place of another, by a table and a new plan', async () => {
    const page = await visits.page();
    await planOfSpace(page, /^Restore beside it, under a new key/);
    await page.getByLabel('New key').fill('not a key');
    await page.getByText('Give the new key: letters and digits.').waitFor();
    await page.getByLabel('New key').fill('BESIDE');
    await page.getByRole('button', { name: 'Make the plan' }).click();
    const users = page.getByRole('region', { name: 'Users' }).first();
    await users.waitFor({ timeout: 60_000 });
    await users.getByText('same key').first().waitFor();
    await page.getByLabel('Search users').fill('ben.falk');
    await users.getByLabel(/User of the site to take instead of ben\.falk/).fill('carla.keller');
    const groups = page.getByRole('region', { name: 'Groups' }).first();
    await groups.getByLabel('Group of the site to take instead of confluence-users').fill('confluence-administrators');
    await page.getByText('You changed something since.').waitFor();
    expect(await next(page).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Make the plan again' }).click();
    await users.getByText('as you chose').waitFor({ timeout: 60_000 });
    expect(await violationsOf(page)).toEqual([]);
    await next(page).click();
    await page.getByText('1 space is added.').waitFor();
    await page.getByRole('button', { name: 'Restore now' }).click();
    await page.getByText('Completed').waitFor({ timeout: 60_000 });
    const authors = await sql<{ name: string }>(
      `SELECT DISTINCT u.lower_username AS name FROM public.content c JOIN public.spaces s USING (spaceid)
       JOIN public.user_mapping u ON u.user_key IN (c.creator, c.lastmodifier) WHERE s.spacekey = 'BESIDE'`,
    );
    expect(authors.map(({ name }) => name)).not.toContain('ben.falk');
    const named = await sql<{ name: string }>(
      `SELECT DISTINCT permgroupname AS name FROM public.spacepermissions p JOIN public.spaces s USING (spaceid) WHERE s.spacekey = 'BESIDE'`,
    );
    expect(named.map(({ name }) => name)).not.toContain('confluence-users');
  });

  it('restores an upload, first accepting that it is of another version', async () => {
    await sql('UPDATE public.confversion SET buildnumber = buildnumber + 1');
    try {
      const page = await visits.page();
      await visits.goTo(page, '/restore?scope=SITE');
      await page.getByText('A backup file').click();
      await page
        .locator('input[type=file]')
        .setInputFiles({ name: 'mine.zip', mimeType: 'application/zip', buffer: readFileSync(siteFile.path) });
      await page.getByText('backup of a site').waitFor({ timeout: 20_000 });
      await next(page).click();
      await page.getByText(/The file lies in the folder of wiki/).waitFor();
      await page.getByRole('button', { name: 'Make the plan' }).click();
      const alert = page.getByRole('alert').filter({ hasText: 'As it stands, this restore is not possible' });
      await alert.waitFor({ timeout: 60_000 });
      await alert.getByText(/restored all the same, if you accept that/).waitFor();
      await alert.getByRole('button', { name: 'Accept the other version' }).click();
      await page.getByText('Nothing was written.').waitFor({ timeout: 60_000 });
      const { parameters } = await newestJob('site-restore');
      expect(parameters).toMatchObject({ fileName: expect.stringContaining('mine'), acceptVersion: true, dryRun: true });
    } finally {
      await sql('UPDATE public.confversion SET buildnumber = buildnumber - 1');
    }
  });

  it('says in plain words that a file is no backup, or of the other kind', async () => {
    const page = await visits.page();
    await visits.goTo(page, '/restore?scope=SPACE');
    await page.getByText('A backup file').click();
    const give = (name: string, buffer: Buffer) =>
      page.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/zip', buffer });
    await give('x.zip', Buffer.from('not a zip at all'));
    await page.getByRole('alert').waitFor();
    expect(await next(page).isDisabled()).toBe(true);
    await give('site.zip', readFileSync(siteFile.path));
    await page
      .getByRole('alert')
      .getByText(/^This is the backup of a site/)
      .waitFor();
    expect(await next(page).isDisabled()).toBe(true);
  });

  it('makes a sandbox for a whole site, where nothing has to be typed', async () => {
    const page = await visits.page();
    try {
      await visits.goTo(page, '/restore');
      await moment(page).click();
      await next(page).click();
      await page.getByRole('radio', { name: /^A new sandbox/ }).click();
      await page.getByText('Give the sandbox a name').waitFor();
      await page.getByLabel('Name of the sandbox').fill('rehearsal');
      await page.getByRole('button', { name: 'Make the plan' }).click();
      await page.getByText('Nothing was written.').waitFor({ timeout: 60_000 });
      await next(page).click();
      await page.getByText('rehearsal is an empty sandbox: nothing is replaced.').waitFor();
      await page.getByRole('button', { name: 'Restore now' }).click();
      await page.getByText('Completed').waitFor({ timeout: 60_000 });
      const job = await newestJob('restore-snapshot');
      expect([job.site, job.state]).toEqual(['rehearsal', 'FINISHED']);
    } finally {
      await dropSandbox(server.app.data, 'rehearsal', { force: true }).catch(() => {});
      await server.app.control.query(`DELETE FROM sites WHERE name = 'rehearsal'`);
    }
  });

  it('goes on with a plan that somebody opens later', async () => {
    const { id } = await ask(server.app, {
      type: 'restore-snapshot',
      site: 'wiki',
      vault: 'main',
      snapshot: (await newestJob('restore-snapshot')).snapshotId!,
      spaceKeys: [server.spaceKey],
      dryRun: true,
    });
    await untilState(server.app, id);
    const page = await visits.page();
    await visits.goTo(page, `/jobs/${id}`);
    await page.getByRole('button', { name: 'Go on with this plan' }).click();
    await step(page, 'The plan');
    // It was refused, for it did not say what should become of the space.
    await page.getByText('The site has a space of this key. Say what should happen to it.').waitFor();
    await page.getByRole('button', { name: 'Leave spaces that exist' }).click();
    await page.getByText('By this plan nothing is restored', { exact: true }).waitFor({ timeout: 60_000 });
  });

  for (const scheme of ['light', 'dark'] as const) {
    it(`gives axe nothing to find and fits a narrow screen at every step (${scheme})`, async () => {
      const page = await visits.page({ scheme, width: scheme === 'dark' ? 360 : 1280 });
      const sound = async (at: string) => {
        expect([at, await violationsOf(page)]).toEqual([at, []]);
        expect([at, await overflowOf(page)]).toEqual([at, []]);
      };
      await visits.goTo(page, '/restore');
      await moment(page).click();
      await sound('what');
      await page.getByText('A backup file').click();
      await sound('file');
      await page.getByText('A snapshot', { exact: true }).click();
      await next(page).click();
      await sound('where');
      await page.getByRole('button', { name: 'Make the plan' }).click();
      await page.getByText('Nothing was written.').waitFor({ timeout: 60_000 });
      await sound('plan');
      await next(page).click();
      await sound('confirm');
    });
  }
});
