import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/browser.ts';
import { ConsoleVisits } from '../support/console-visits.ts';
import { ask, untilState } from '../support/test-server.ts';

// A site of ten thousand spaces with a thousand tasks; lines that break; sessions that end.

const spaces = 10_000;
const tasks = 1000;

describe.skipIf(!chromiumPath)('the console of a large site', () => {
  let visits: ConsoleVisits;

  beforeAll(async () => {
    visits = await ConsoleVisits.open();
    const { server } = visits;
    await server.server.sites.query(
      server.site,
      `INSERT INTO public.spaces (spaceid, spacename, spacekey, lowerspacekey, spacetype, spacestatus)
       SELECT 5000000 + n, 'Team ' || n, 'TEAM' || n, 'team' || n, 'global', 'CURRENT' FROM generate_series(1, ${spaces}) n`,
    );
    await server.app.control.query(
      `INSERT INTO jobs (type, queue, site, state, owner, realm, parameters, space_keys, created, started, finished, records_skipped, error_code, error_message, error_hint)
       SELECT 'space-backup', 'site:wiki', 'wiki', CASE WHEN n % 50 = 0 THEN 'FAILED' ELSE 'FINISHED' END, CASE WHEN n % 2 = 0 THEN 'ann' ELSE 'ben' END,
         'wiki', jsonb_build_object('type', 'space-backup', 'site', 'wiki', 'spaceKeys', ARRAY['TEAM' || n], 'keepPermanently', false), ARRAY['TEAM' || n], now() - make_interval(mins => n), now(), now(), 700,
         CASE WHEN n % 50 = 0 THEN 'DISK_FULL' END, CASE WHEN n % 50 = 0 THEN 'The disk is full.' END, CASE WHEN n % 50 = 0 THEN 'Make room.' END
       FROM generate_series(${tasks}, 1, -1) n`,
    );
  });
  afterAll(() => visits?.close());
  afterEach(() => visits.leave());

  /** How many elements the page has: what is out of sight is not drawn. */
  const elements = (page: Page) => page.evaluate('document.querySelectorAll("*").length') as Promise<number>;

  it('lists a thousand tasks without drawing them all, and filters them', async () => {
    const page = await visits.page({ path: '/backup' });
    await page.getByText('1000 tasks in the last two weeks').waitFor();
    expect(await elements(page)).toBeLessThan(1500);
    const table = page.getByRole('table', { name: 'Recent activity' });
    await expect.poll(() => table.getAttribute('aria-rowcount')).toBe('1001');
    await page.getByRole('region', { name: 'Recent activity' }).evaluate((frame) => frame.scrollTo(0, 1e9));
    await table.getByRole('link', { name: 'TEAM1000', exact: true }).waitFor();
    await page.getByRole('textbox', { name: 'User', exact: true }).fill('Ann');
    await page.getByText('500 tasks in the last two weeks').waitFor();
    await page.getByRole('combobox', { name: 'Status' }).click();
    await page.getByRole('option', { name: 'Failed' }).click();
    await page.getByText('20 tasks in the last two weeks').waitFor();
    await page.getByRole('textbox', { name: 'User', exact: true }).fill('nobody');
    await page.getByRole('button', { name: 'Show everything' }).click();
    await page.getByText('1000 tasks in the last two weeks').waitFor();
  });

  it('finds a space among ten thousand', async () => {
    const page = await visits.page({ path: '/backup' });
    await page.getByRole('button', { name: 'Back up spaces' }).click();
    const dialogue = page.getByRole('dialog');
    await dialogue.getByRole('button', { name: /Choose all 10,?\d\d\d found/ }).waitFor();
    expect(await elements(page)).toBeLessThan(2500);
    await dialogue.getByRole('textbox', { name: /Search spaces/ }).fill('team 7777');
    await dialogue.getByRole('button', { name: 'Choose all 1 found' }).click();
    await dialogue.getByText('1 chosen').waitFor();
    expect(await dialogue.getByRole('checkbox', { name: 'Team 7777 (TEAM7777)' }).isChecked()).toBe(true);
  });

  it('finds a moment among thousands of snapshots, and in it a space among ten thousand', async () => {
    const { app } = visits.server;
    const { id } = await ask(app, { type: 'snapshot', site: 'wiki', vault: 'main' });
    await untilState(app, id);
    // Hour by hour, over more than half a year.
    await app.control.query(
      `INSERT INTO snapshots (vault, id, site, time, facts)
       SELECT vault, md5(n::text) || md5('x' || n), site, time - make_interval(hours => n), facts FROM snapshots, generate_series(1, 5000) n`,
    );
    const page = await visits.page();
    await visits.goTo(page, '/snapshots');
    await page.getByText('5001 snapshots', { exact: true }).waitFor();
    expect(await elements(page)).toBeLessThan(2500);
    await visits.goTo(page, '/restore?scope=SPACE');
    await page
      .getByText(/: \d+ snapshots?$/)
      .first()
      .waitFor();
    expect(await elements(page)).toBeLessThan(2500);
    await page.getByRole('button', { name: 'The month before' }).click();
    await page
      .getByRole('button', { name: /: 24 snapshots$/ })
      .first()
      .click();
    expect(await page.getByRole('radio', { name: /main/ }).count()).toBe(24);
    await page.getByRole('button', { name: 'The next month' }).click();
    await page
      .getByRole('button', { name: /: \d+ snapshots?$/ })
      .last()
      .click();
    await page.getByRole('radio', { name: /main/ }).first().click();
    await page.getByRole('button', { name: /^All 10,?\d\d\d$/ }).waitFor();
    expect(await elements(page)).toBeLessThan(2500);
    await page.getByLabel('Search spaces by name or key').fill('team 7777');
    await page.getByRole('checkbox', { name: 'Team 7777 (TEAM7777)' }).check();
    await page.getByText('1 chosen').waitFor();
    await app.control.query('DELETE FROM jobs WHERE id = $1', [id]);
    await app.control.query(
      'DELETE FROM snapshots WHERE id IN (SELECT md5(n::text) || md5($1 || n) FROM generate_series(1, 5000) n)',
      ['x'],
    );
  });

  it('says of a task that failed what to do, and pages through what it skipped', async () => {
    const { app } = visits.server;
    const [{ id }] = await app.control.query<{ id: string }>(`SELECT id FROM jobs WHERE state = 'FAILED' ORDER BY id LIMIT 1`);
    await app.control.query(
      `INSERT INTO job_skipped_records (job_id, code, object, reason) SELECT $1, 'X', 'Page ' || n, 'for reason ' || n FROM generate_series(1, 700) n`,
      [id],
    );
    const page = await visits.page({ path: `/jobs/${id}` });
    await page.getByRole('alert').getByText('What to do: Make room.').waitFor();
    await page.getByRole('heading', { name: 'Skipped records (700)' }).waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByRole('button', { name: 'Show more' }).waitFor({ state: 'detached' });
    await page.getByRole('textbox', { name: 'Search' }).fill('reason 699');
    await page.getByRole('cell', { name: 'Page 699' }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download as CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/\.csv$/);
  });

  it('asks the server nothing while nothing changes', async () => {
    const page = await visits.page();
    await page.getByRole('region', { name: 'How it stands' }).waitFor();
    await page.waitForLoadState('load');
    await page.waitForTimeout(2000);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.waitForTimeout(4000);
    expect(asked).toEqual([]);
  });

  it('shows the log-in when the session is over, and comes back to where one was', async () => {
    const page = await visits.page({ path: '/backup' });
    await page.getByText('1000 tasks in the last two weeks').waitFor();
    await page.context().clearCookies();
    // The next question tells, whoever asks it: this click, or the page by itself.
    void page
      .getByRole('checkbox', { name: 'Show scheduled backups' })
      .click()
      .catch(() => {});
    await page.getByRole('heading', { name: 'Sign in to Oxbow' }).waitFor();
    await visits.signIn(page, 'admin', visits.server.password);
    await page.getByRole('heading', { level: 1, name: 'Backup and restore' }).waitFor();
  });

  it('goes on with an upload whose line breaks', async () => {
    const page = await visits.page({ path: '/backup' });
    let broken = 0;
    await page.route('**/api/uploads/*', async (route) => {
      if (route.request().method() === 'PATCH' && broken++ === 0) return await route.abort('connectionreset');
      return await route.continue();
    });
    await page.getByRole('button', { name: 'Restore spaces' }).click();
    await page.getByText('A backup file').click();
    const zip = Buffer.concat([Buffer.from('PK\u0005\u0006'), Buffer.alloc(18)]);
    await page.locator('input[type=file]').setInputFiles({ name: 'empty.zip', mimeType: 'application/zip', buffer: zip });
    await expect.poll(() => broken, { timeout: 20_000 }).toBeGreaterThan(1);
    // It came through at the second attempt; that it is no backup is said in words.
    await page.getByRole('alert').waitFor();
  });
});
