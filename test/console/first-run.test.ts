import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/browser.ts';
import { ConsoleVisits, overflowOf, untilLoaded, violationsOf } from '../support/console-visits.ts';

// From a server that knows nothing to "protected", in the browser alone.

describe.skipIf(!chromiumPath)('the first run', () => {
  let visits: ConsoleVisits;

  beforeAll(async () => {
    visits = await ConsoleVisits.open('nothing');
  });
  afterAll(() => visits?.close());
  afterEach(() => visits.leave());

  const passphrase = 'a long sentence that is written down';
  /** The step that is at, by its name. */
  const isAt = (page: Page, name: string) =>
    page.locator('.guide [aria-current=step]').getByText(name).waitFor({ timeout: 30_000 });
  const step = (page: Page, name: string) => page.locator('.guide > li').filter({ hasText: name });

  it('takes the site out of a pasted configuration, tests it, and makes a vault with its passphrase saved', async () => {
    const { site, server } = visits.server;
    const url = new URL(site.databaseUrl);
    const page = await visits.page();
    await isAt(page, 'Choose a site');
    await page.getByText('0 of 5 done').waitFor();
    await page.getByRole('button', { name: 'Add a site of your own' }).click();
    const dialogue = page.getByRole('dialog');
    await dialogue.getByLabel('Name').fill('wiki');
    await dialogue.getByLabel('Paste confluence.cfg.xml').fill(
      `<confluence-configuration><properties>
        <property name="hibernate.connection.url">jdbc:postgresql://${url.host}${url.pathname}</property>
        <property name="hibernate.connection.username">${decodeURIComponent(url.username)}</property>
        <property name="confluence.cluster.home">${site.home}</property>
      </properties></confluence-configuration>`,
    );
    await dialogue.getByRole('button', { name: 'Read it' }).click();
    await expect.poll(() => dialogue.getByLabel('Home directory').inputValue()).toBe(site.home);
    await dialogue.getByLabel('Password of the database').fill(decodeURIComponent(url.password));
    await dialogue.getByRole('button', { name: 'Add', exact: true }).click();
    // It is tested at once, and the step stays until one has read what came of it.
    await page.getByRole('cell', { name: /PostgreSQL \d+/ }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Go on' }).click();

    await isAt(page, 'Choose where backups lie');
    const make = page.getByRole('button', { name: 'Make the vault' });
    await page.getByLabel('Folder on the machine of the server').fill('backups');
    await page.getByText('A whole path begins with /.').waitFor();
    await page.getByLabel('Folder on the machine of the server').fill(join(server.folder, 'vault'));
    await page.getByRole('textbox', { name: 'Passphrase', exact: true }).fill(passphrase);
    await page.getByRole('textbox', { name: 'The passphrase once more' }).fill('another');
    await page.getByText('The two are not the same.').waitFor();
    await page.getByRole('checkbox', { name: /I have saved the passphrase/ }).check();
    expect(await make.isEnabled()).toBe(false);
    await page.getByRole('textbox', { name: 'The passphrase once more' }).fill(passphrase);
    await make.click();
    await isAt(page, 'Make the first backup');
  });

  it('says what went wrong with a backup, and backs up when it is tried again, live and through a reload', async () => {
    const { server, site } = visits.server;
    await server.sites.query(site, 'ALTER TABLE public.bodycontent RENAME TO bodycontent_away');
    const page = await visits.page({ path: '/first-run' });
    await isAt(page, 'Make the first backup');
    await page.getByRole('button', { name: 'Back up now' }).click();
    await page.getByRole('alert').getByText('The backup did not succeed').waitFor({ timeout: 30_000 });
    await page.getByRole('link', { name: 'Details and log' }).waitFor();
    await server.sites.query(site, 'ALTER TABLE public.bodycontent_away RENAME TO bodycontent');
    await page.reload();
    await page.getByRole('alert').getByText('The backup did not succeed').waitFor();

    const { Client } = await import('pg');
    const lock = new Client(site.databaseUrl);
    await lock.connect();
    await lock.query('BEGIN; LOCK TABLE public.bodycontent IN ACCESS EXCLUSIVE MODE');
    await page.getByRole('button', { name: 'Try again' }).click();
    await step(page, 'Make the first backup').getByText('In progress').first().waitFor();
    await page.reload();
    await step(page, 'Make the first backup').getByText('In progress').first().waitFor();
    await lock.query('ROLLBACK');
    await lock.end();
    await isAt(page, 'Prove that it restores');
    await page.getByText(/[\d,]+ rows and \d+ files; .* stored, in/).waitFor();
  });

  it('proves the backup, switches the schedules on, and says that one is protected', async () => {
    const page = await visits.page();
    await isAt(page, 'Prove that it restores');
    await page.getByRole('button', { name: 'Start the drill' }).click();
    await step(page, 'Prove that it restores').getByText('In progress').first().waitFor();
    await isAt(page, 'Let it happen every night');
    await page.getByText(/Restored and compared in/).waitFor();
    await page.getByText(/every night at 02:00, .*; kept 14 days, 8 weeks, 12 months/).waitFor();
    await page.getByRole('button', { name: 'Switch them on' }).click();
    await page.getByText('The first backup is verified, and the next ones will come by themselves').waitFor();
    await page.getByText('Protected.').waitFor();
    await page.getByRole('link', { name: 'Schedules' }).click();
    for (const name of ['Every night', 'Weekly drill', 'Weekly check'])
      expect(await page.getByRole('switch', { name: new RegExp(name) }).isChecked()).toBe(true);
    await page.getByRole('link', { name: 'Home' }).click();
    await page.getByText('Protected.').waitFor();
    expect(await page.locator('.guide').count()).toBe(0);
  });
});

describe.skipIf(!chromiumPath)('the first run of a server with a site and a vault', () => {
  let visits: ConsoleVisits;

  beforeAll(async () => {
    visits = await ConsoleVisits.open();
  });
  afterAll(() => visits?.close());
  afterEach(() => visits.leave());

  it('begins with the backup, can be put out of sight, and is found again', async () => {
    const page = await visits.page();
    await page.getByText('2 of 5 done').waitFor();
    await page.getByRole('button', { name: /Choose where backups lie/ }).click();
    await page.getByText('Without the passphrase nothing in the vault can ever be read').waitFor();
    await page.getByRole('button', { name: 'Hide this guide' }).click();
    await page.getByText('2 of 5 done').waitFor({ state: 'detached' });
    await page.reload();
    await page.getByRole('button', { name: 'Show the first steps' }).waitFor();
    await page.getByRole('button', { name: 'Administrator' }).click();
    await page.getByRole('menuitem', { name: 'First steps' }).click();
    await page.getByRole('heading', { level: 1, name: 'First steps' }).waitFor();
    await page.getByRole('button', { name: 'Back up now' }).waitFor();
  });

  it('is nothing for who administers spaces alone', async () => {
    const page = await visits.page({ path: '/first-run', name: 'spacey', word: 'of spacey' });
    await page.getByRole('heading', { level: 1, name: 'Your spaces' }).waitFor();
  });

  for (const scheme of ['light', 'dark'] as const) {
    it(`gives axe nothing to find in any step, and fits the narrowest page (${scheme})`, async () => {
      const page = await visits.page({ path: '/first-run', scheme, width: 360 });
      for (const name of ['Choose a site', 'Choose where backups lie', 'Make the first backup']) {
        const head = page.getByRole('button', { name: new RegExp(name) });
        await head.waitFor();
        if ((await head.getAttribute('aria-expanded')) === 'false') await head.click();
        await untilLoaded(page);
        expect([name, await violationsOf(page), await overflowOf(page)]).toEqual([name, [], []]);
      }
      await page.getByRole('button', { name: /Choose where backups lie/ }).click();
      await page.getByRole('button', { name: 'Make another vault' }).click();
      await page.getByRole('radio', { name: 'An S3 bucket' }).check();
      expect([await violationsOf(page), await overflowOf(page)]).toEqual([[], []]);
    });
  }
});
