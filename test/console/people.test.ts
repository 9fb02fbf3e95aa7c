import { Client } from 'pg';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addSite } from '#app/sites/registered-sites.ts';
import { chromiumPath } from '../support/browser.ts';
import type { ConsoleServer } from '../support/console-server.ts';
import { ConsoleVisits } from '../support/console-visits.ts';
import { ask, untilState } from '../support/test-server.ts';

// Several people at once, sessions that end, what is not there and what is not allowed, a server that is away for a while.

describe.skipIf(!chromiumPath)('the console among people', () => {
  let visits: ConsoleVisits;
  let server: ConsoleServer;

  beforeAll(async () => {
    visits = await ConsoleVisits.open();
    server = visits.server;
    await server.makeSiteAdministrator('wendy', 'of wendy');
    const backup = await ask(server.app, { type: 'site-backup', site: 'wiki', attachments: true, keepPermanently: false });
    await untilState(server.app, backup.id);
  });
  afterAll(() => visits?.close());
  afterEach(async () => {
    await release();
    await visits.leave();
  });

  let lock: Client | null = null;
  /** No backup of the site gets further until they are released. */
  async function holdBackups(): Promise<void> {
    lock = new Client(server.site.databaseUrl);
    await lock.connect();
    await lock.query('BEGIN; LOCK TABLE public.bodycontent IN ACCESS EXCLUSIVE MODE');
  }
  async function release(): Promise<void> {
    await lock?.end();
    lock = null;
  }

  async function startBackup(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Back up site' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Back up', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: /Site backup \d+/ }).waitFor();
  }

  it('shows to one what another does, without a reload, and lets either stop it', async () => {
    const hers = await visits.page({ path: '/backup', name: 'wendy', word: 'of wendy' });
    await hers.getByRole('row', { name: /Completed/ }).waitFor();
    const his = await visits.page({ path: '/backup' });
    await holdBackups();
    await startBackup(his);
    const row = hers.getByRole('row', { name: /Site backup.*In progress/ });
    await row.getByRole('cell', { name: 'admin' }).waitFor();
    await row.getByRole('link').click();
    await hers.getByRole('button', { name: 'Cancel the task' }).click();
    await hers.getByRole('dialog').getByRole('button', { name: 'Cancel the task' }).click();
    for (const page of [hers, his]) {
      await page.getByText('Cancelled', { exact: true }).waitFor({ timeout: 30_000 });
      await page.getByText('Cancelled by').waitFor();
      await page.getByRole('region', { name: 'Task details' }).getByText('wendy', { exact: true }).waitFor();
      expect(await page.getByRole('alert').count()).toBe(0);
    }
  });

  it('shows to both that a backup runs, and its end', async () => {
    const his = await visits.page({ path: '/backup' });
    const hers = await visits.page({ path: '/backup', name: 'wendy', word: 'of wendy' });
    await hers.getByRole('row', { name: /Cancelled/ }).waitFor();
    await holdBackups();
    await startBackup(his);
    await hers.getByRole('row', { name: /In progress/ }).waitFor();
    await release();
    await expect.poll(() => hers.getByRole('row', { name: /Completed/ }).count(), { timeout: 30_000 }).toBe(2);
    await his.getByText('Completed').waitFor();
  });

  it('comes back by itself when the server was away', async () => {
    const page = await visits.page({ path: '/jobs/2' });
    await page.getByRole('link', { name: 'Recent activity' }).click();
    await page.locator('a[href="/jobs/1"]').waitFor();
    await server.stop();
    try {
      await page.getByText('Reconnecting').waitFor();
      await page.locator('a[href="/jobs/1"]').click();
      await page.getByRole('alert').getByText('The server does not answer.').waitFor({ timeout: 30_000 });
    } finally {
      await server.start();
    }
    await page.getByText('Live', { exact: true }).waitFor({ timeout: 60_000 });
    await page.getByRole('heading', { level: 1, name: 'Site backup 1' }).waitFor();
    await expect.poll(() => page.getByRole('alert').count()).toBe(0);
  });

  it('asks who one is when the session has ended, and goes back to where one was', async () => {
    const page = await visits.page({ path: '/jobs/1' });
    await page.getByRole('heading', { level: 1, name: 'Site backup 1' }).waitFor();
    await page.context().clearCookies();
    void page
      .getByRole('button', { name: 'Run again' })
      .click()
      .catch(() => {});
    await page.getByRole('heading', { name: 'Sign in to Oxbow' }).waitFor();
    await visits.signIn(page, 'admin', server.password);
    await page.getByRole('heading', { level: 1, name: 'Site backup 1' }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
  });

  it('says of a task and of a screen that are not there that they are not, and shows the way back', async () => {
    const page = await visits.page({ path: '/jobs/999999' });
    await page
      .getByRole('alert')
      .getByText(/There is no job/)
      .waitFor();
    await page.goto(`${server.url}/nowhere/at-all`);
    await page.getByRole('heading', { level: 1, name: 'There is nothing at this address.' }).waitFor();
    await page.getByRole('link', { name: 'To the first page' }).click();
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
  });

  it('refuses in plain words what somebody may not see or do', async () => {
    const page = await visits.page({ path: '/storage', name: 'spacey', word: 'of spacey' });
    await page
      .getByRole('alert')
      .getByText(/may not do that/)
      .waitFor();
    await page.goto(`${server.url}/jobs/1`);
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('button', { name: /Run again|Download/ }).count()).toBe(0);
  });

  it('leads who administers a site alone through what is his', async () => {
    // Who administers the usual site administers the server: here that is another one.
    const { site, app } = server;
    await addSite(app, { name: 'central', databaseUrl: site.databaseUrl, home: site.home, isDefault: true });
    const page = await visits.page({ path: '/first-run', name: 'wendy', word: 'wrong' });
    await page.getByRole('alert').waitFor();
    await page.getByRole('button', { name: 'My account is of another site' }).click();
    await page.getByLabel('Site', { exact: true }).fill('wiki');
    await visits.signIn(page, 'wendy', 'of wendy');
    await page.getByText('2 of 5 done').waitFor();
    await page.getByRole('button', { name: /Choose where backups lie/ }).click();
    await page.getByText('The administrator of Oxbow does this.').waitFor();
    await page.getByRole('button', { name: /Make the first backup/ }).click();
    await page.getByRole('button', { name: 'Back up now' }).click();
    await page.getByText('3 of 5 done').waitFor({ timeout: 30_000 });
    await page.getByText('The administrator of Oxbow does this.').waitFor();
  });
});
