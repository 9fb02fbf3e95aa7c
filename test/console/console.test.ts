import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/browser.ts';
import type { ConsoleServer } from '../support/console-server.ts';
import { ConsoleVisits, type Visit } from '../support/console-visits.ts';
import { untilState } from '../support/test-server.ts';

// The console in a real browser, against the real server: the main path of each screen, what goes wrong, and a restart.

const built = join(import.meta.dirname, '../../dist/web');

if (!chromiumPath) console.warn('No Chromium is installed (apt-get install chromium): the tests of the console are skipped.');

describe.skipIf(!chromiumPath)('the console', () => {
  let visits: ConsoleVisits;
  let server: ConsoleServer;
  const open = (visit?: Visit) => visits.page(visit);

  beforeAll(async () => {
    if (!existsSync(join(built, 'index.html'))) throw new Error('The console is not built: npm run build');
    visits = await ConsoleVisits.open();
    server = visits.server;
  });
  afterAll(() => visits?.close());
  afterEach(() => visits.leave());

  it('lets nobody in with a wrong password, and says so', async () => {
    const page = await open({ word: 'wrong' });
    await page.getByRole('alert').getByText('User name or password is wrong.').waitFor();
    await page.getByRole('textbox', { name: 'Password' }).fill(server.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
    await page.getByRole('button', { name: 'Administrator' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to Oxbow' }).waitFor();
  });

  it('backs a site up, live: from the button to the file, which can be kept and downloaded', async () => {
    const page = await open({ path: '/backup' });
    await page.getByRole('button', { name: 'Back up site' }).click();
    const dialogue = page.getByRole('dialog');
    await dialogue.getByRole('checkbox', { name: /As snapshot/ }).check();
    await dialogue.getByLabel('File name prefix').fill('by-hand');
    await dialogue.getByRole('button', { name: 'Back up', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: /Site backup \d+/ }).waitFor();
    // Without a reload.
    await page.getByText('Completed').waitFor({ timeout: 60_000 });
    await page
      .getByText(/by-hand-Confluence-site-export-/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Save permanently' }).click();
    await page.getByText('Never: saved permanently').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download', exact: true }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^by-hand-Confluence-site-export-.*\.zip$/);
    await page.getByText('Finished', { exact: false }).first().waitFor();
  });

  it('shows a snapshot, proves it, and says on the home page how it stands', async () => {
    const page = await open({ path: '/snapshots' });
    await page.getByRole('table').getByRole('link').first().click();
    await page.getByRole('heading', { level: 2, name: /Spaces \(\d+\)/ }).waitFor();
    await page.getByRole('button', { name: 'Drill' }).click();
    await page.getByRole('heading', { level: 1, name: /Drill \d+/ }).waitFor();
    await page.getByText('Completed').waitFor({ timeout: 60_000 });
    await page.getByRole('link', { name: 'Home' }).click();
    await page.getByText('A snapshot exists, but no schedule is on.').waitFor();
    await page.getByText(/The last good backup is of/).waitFor();
  });

  it('makes a schedule in words, shows its next runs and what its rules would keep, and runs it', async () => {
    const page = await open({ path: '/schedules' });
    await page.getByRole('button', { name: 'Add a schedule' }).click();
    const dialogue = page.getByRole('dialog');
    await dialogue.getByLabel('Name').fill('Every night');
    await dialogue.getByRole('combobox', { name: 'How often' }).click();
    await page.getByRole('option', { name: 'On some weekdays' }).click();
    await dialogue.getByLabel('At', { exact: true }).fill('02:30');
    expect(await dialogue.getByLabel('Cron expression').inputValue()).toBe('30 2 * * 1-5');
    await dialogue.getByText('every weekday at 02:30').waitFor();
    expect(await dialogue.getByRole('listitem').count()).toBe(5);
    await dialogue.getByRole('combobox', { name: 'How often' }).click();
    await page.getByRole('option', { name: 'By a cron expression' }).click();
    await dialogue.getByLabel('Cron expression').fill('nonsense');
    await dialogue.getByText(/nonsense/).waitFor();
    await dialogue.getByLabel('Cron expression').fill('30 2 * * 1-5');
    await dialogue.getByLabel('daily').fill('7');
    await dialogue.getByRole('button', { name: 'What would stay' }).click();
    await dialogue.getByText(/snapshots? stays?, 0 go\./).waitFor();
    await dialogue.getByRole('cell', { name: /daily/ }).first().waitFor();
    await dialogue.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('cell', { name: /every weekday at 02:30/ }).waitFor();
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.getByText(/Started \(asked for by admin\)/).waitFor();
    await page.getByText('Ok', { exact: true }).waitFor({ timeout: 60_000 });
    await page.getByRole('link', { name: 'Home' }).click();
    await page.getByText('Protected.').waitFor();
  });

  it('shows vaults and their keys, tests a site, and makes a token that is shown once', async () => {
    const page = await open({ path: '/storage' });
    await page.getByRole('heading', { level: 2, name: 'main' }).waitFor();
    await page.getByText('Keys', { exact: true }).click();
    await page.getByText('used by this server').waitFor();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Test connection' }).click();
    await page.getByRole('cell', { name: /PostgreSQL \d+/ }).waitFor();
    await page.getByRole('tab', { name: 'Access tokens' }).click();
    await page.getByLabel('New token').fill('script');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByText(/^oxb_/).waitFor();
    await page.getByRole('tab', { name: 'Audit log' }).click();
    await page.getByRole('cell', { name: 'token.create' }).waitFor();
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText('The log is what was written.').waitFor();
  });

  it('shows somebody who administers a space that space alone', async () => {
    const page = await open({ name: 'spacey', word: 'of spacey' });
    await page.getByRole('heading', { level: 1, name: 'Your spaces' }).waitFor();
    await page
      .getByRole('cell', { name: new RegExp(server.spaceKey) })
      .first()
      .waitFor();
    // The head, and one space.
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    await page.getByRole('link', { name: 'Backup and restore' }).click();
    await page.getByRole('heading', { level: 1, name: 'Backup and restore' }).waitFor();
    expect(await page.getByRole('button', { name: /Back up site|Restore site/ }).count()).toBe(0);
    expect(await page.getByRole('link', { name: /Home|Storage|Snapshots|Schedules/ }).count()).toBe(0);
    await page.getByText('Nothing in the last two weeks.').waitFor();
    await page.getByRole('button', { name: 'Back up spaces' }).click();
    const dialogue = page.getByRole('dialog');
    const spaces = dialogue.getByRole('region', { name: 'Spaces' }).getByRole('checkbox');
    await spaces.first().waitFor();
    expect(await spaces.count()).toBe(1);
    await spaces.first().check();
    await dialogue.getByRole('button', { name: 'Back up', exact: true }).click();
    await page.getByText('Completed').waitFor({ timeout: 60_000 });
    await page.getByRole('link', { name: 'Download', exact: true }).waitFor();
  });

  it('stays where it is through a restart of the server, and says what became of a job', async () => {
    const { Client } = await import('pg');
    const lock = new Client(server.site.databaseUrl);
    await lock.connect();
    await lock.query('BEGIN; LOCK TABLE public.bodycontent IN ACCESS EXCLUSIVE MODE');
    const page = await open({ path: '/backup' });
    await page.getByRole('button', { name: 'Back up site' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Back up', exact: true }).click();
    await page.getByText('In progress').waitFor();
    const id = page.url().split('/').at(-1)!;
    await server.stop();
    await page.getByText('Reconnecting').waitFor();
    await lock.query('ROLLBACK');
    await lock.end();
    await server.start();
    await untilState(server.app, id);
    await page
      .getByRole('alert')
      .getByText(/Interrupted/)
      .waitFor({ timeout: 30_000 });
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Run again' }).click();
    await page.getByText('Completed').waitFor({ timeout: 60_000 });
  });

  it('works by the keyboard alone', async () => {
    const page = await open();
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
    await page.locator('body').press('Tab');
    for (let i = 0; i < 20 && !(await page.evaluate('document.activeElement?.className === "skip-link"')); i++)
      await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    const link = page.getByRole('link', { name: 'Backup and restore' });
    await link.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Backup and restore' }).waitFor();
    await page.getByRole('button', { name: 'Back up site' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  });
});
