import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listJobs } from '#control/jobs/read-jobs.ts';
import { chromiumPath } from '../support/browser.ts';
import type { ConsoleServer } from '../support/console-server.ts';
import { ConsoleVisits, overflowOf, violationsOf } from '../support/console-visits.ts';
import { ask, untilState } from '../support/test-server.ts';

// Snapshots in a real browser: what is in one, what changed, and what can be done with it.

describe.skipIf(!chromiumPath)('the screens of snapshots', () => {
  let visits: ConsoleVisits;
  let server: ConsoleServer;
  let title: string;
  let newest: string;

  beforeAll(async () => {
    visits = await ConsoleVisits.open();
    server = visits.server;
    const snapshot = async () =>
      (await untilState(server.app, (await ask(server.app, { type: 'snapshot', site: 'wiki', vault: 'main' })).id)).snapshotId!;
    await snapshot();
    const [page] = await server.server.sites.query<{ id: string; title: string }>(
      server.site,
      `SELECT c.contentid AS id, c.title FROM public.content c JOIN public.spaces s USING (spaceid)
       WHERE s.spacekey = '${server.spaceKey}' AND c.contenttype = 'PAGE' AND c.prevver IS NULL AND c.content_status = 'current' ORDER BY 1 LIMIT 1`,
    );
    title = 'Changed since the night before';
    await server.server.sites.query(
      server.site,
      'UPDATE public.content SET title = $1::text, lowertitle = lower($1::text) WHERE contentid = $2',
      [title, page.id],
    );
    newest = await snapshot();
  });
  afterAll(() => visits?.close());
  afterEach(() => visits.leave());

  it('find a snapshot by its tag and protection, which are given on its own page', async () => {
    const page = await visits.page();
    await visits.goTo(page, `/snapshots/main/${newest}`);
    await page.getByRole('combobox', { name: 'Tags' }).fill('before the move');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Protect' }).click();
    await page.getByRole('button', { name: 'Lift protection' }).waitFor();
    expect(await page.getByRole('button', { name: 'Forget' }).isDisabled()).toBe(true);
    await page.getByRole('link', { name: /All snapshots/ }).click();
    // The head and both.
    await expect.poll(() => page.getByRole('row').count()).toBe(3);
    await page.getByPlaceholder(/Search by date/).fill('MOVE');
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    await page.getByText('1 snapshot', { exact: true }).waitFor();
    await page.getByPlaceholder(/Search by date/).fill('nothing like it');
    await page.getByText('No snapshot is like that.').waitFor();
    await page.getByPlaceholder(/Search by date/).fill('');
    await page.getByRole('combobox', { name: 'Which' }).click();
    await page.getByRole('option', { name: 'Protected' }).click();
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
  });

  it('show what changed since the one before, by space and kind, and lead to it by name', async () => {
    const page = await visits.page();
    await visits.goTo(page, `/snapshots/main/${newest}`);
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    const spaces = page.getByRole('table', { name: 'By space' });
    await spaces.waitFor({ timeout: 60_000 });
    expect(await spaces.getByRole('row', { name: new RegExp(`^${server.spaceKey} 0 1 0`) }).count()).toBe(1);
    await page
      .getByRole('table', { name: 'By kind' })
      .getByRole('row', { name: /^content 0 1 0/ })
      .waitFor();
    expect(await violationsOf(page)).toEqual([]);
    // It is there at once when one comes again, and not asked for anew.
    await page.reload();
    await spaces.waitFor();
    expect((await listJobs(server.app.control, { types: ['compare'], limit: 10 })).length).toBe(1);
    await page.getByRole('link', { name: 'All differences, by name' }).click();
    await page.getByRole('heading', { level: 1, name: /Compare \d+/ }).waitFor();
  });

  it('compare a snapshot with the site as it is now', async () => {
    const page = await visits.page();
    await visits.goTo(page, `/snapshots/main/${newest}`);
    await page.getByRole('combobox', { name: 'Compare with' }).click();
    await page.getByRole('option', { name: 'the site as it is now' }).click();
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await page.getByText(/^Nothing is different\.|^From .* to wiki:/).waitFor({ timeout: 60_000 });
  });

  it('open a space, find a page by its title, and show its source; on a narrow screen too', async () => {
    const page = await visits.page({ width: 360 });
    await visits.goTo(page, `/snapshots/main/${newest}`);
    await page.getByLabel('Search spaces by name or key').fill(server.spaceKey);
    await page.getByRole('button', { name: `Look inside: ${server.spaceKey}` }).click();
    await page.getByLabel('Search titles').fill('night before');
    await page.getByRole('button', { name: title }).click();
    await page.getByLabel('Source of the page').first().waitFor();
    expect(await overflowOf(page)).toEqual([]);
    expect(await violationsOf(page)).toEqual([]);
    await page.getByLabel('Search titles').fill('');
    await page.getByText('Attachments', { exact: true }).click();
    const files = page.getByRole('region', { name: 'Attachments' }).getByRole('button');
    await files.first().waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), files.first().click()]);
    expect(await download.failure()).toBeNull();
    const error = { code: 'CONTENT_NOT_FOUND', message: 'The snapshot has no file of version 1.' };
    await page.route('**/attachments/*', (route) => route.fulfill({ status: 404, json: { error } }));
    await files.first().click();
    await page.getByRole('alert').getByText(error.message).waitFor();
    await page.getByLabel('Search titles').fill('nothing like it');
    await page.getByText('Nothing is like that.').waitFor();
  });

  it('export a snapshot for an old Confluence, and forget it in numbers', async () => {
    const page = await visits.page();
    await visits.goTo(page, '/snapshots');
    // The older one.
    await page.getByRole('table').getByRole('link').last().click();
    await page.getByRole('button', { name: 'Export as XML backup' }).click();
    const dialogue = page.getByRole('dialog');
    await dialogue.getByText('Confluence up to 8.2').click();
    await dialogue.getByRole('button', { name: 'Export as XML backup' }).click();
    await page.getByRole('heading', { level: 1, name: /Export of a snapshot \d+/ }).waitFor();
    await page.getByText('Completed').waitFor({ timeout: 60_000 });
    await page.getByRole('link', { name: 'Download', exact: true }).waitFor();
    await visits.goTo(page, '/snapshots');
    await page.getByRole('table').getByRole('link').last().click();
    await page.getByRole('button', { name: 'Forget' }).click();
    await page
      .getByRole('dialog')
      .getByText(/holds [\d,.]+ rows and \d+ files/)
      .waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click();
    await page.getByRole('heading', { level: 1, name: 'Snapshots' }).waitFor();
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
  });
});
