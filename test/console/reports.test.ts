import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JobRequest } from '#app/jobs/job-request.ts';
import { chromiumPath } from '../support/browser.ts';
import type { ConsoleServer } from '../support/console-server.ts';
import { ConsoleVisits, violationsOf } from '../support/console-visits.ts';
import { ask, untilState } from '../support/test-server.ts';

// What a job reported, in words: real jobs of each type, good ones and bad ones.

describe.skipIf(!chromiumPath)('the report of a job', () => {
  let visits: ConsoleVisits;
  let server: ConsoleServer;
  let page: Page;
  const snapshots: string[] = [];

  const run = async (request: JobRequest) => await untilState(server.app, (await ask(server.app, request)).id);
  /** Runs a job and goes to its page. */
  const report = async (request: JobRequest) => {
    const { id } = await run(request);
    await visits.goTo(page, `/jobs/${id}`);
    await page.getByRole('heading', { level: 2, name: /^(Report|The plan)$/ }).waitFor();
    return id;
  };
  const says = (text: string | RegExp) => page.getByText(text).first().waitFor();

  beforeAll(async () => {
    visits = await ConsoleVisits.open();
    server = visits.server;
    const snapshot = async () => snapshots.push((await run({ type: 'snapshot', site: 'wiki', vault: 'main' })).snapshotId!);
    await snapshot();
    await server.server.sites.query(
      server.site,
      `UPDATE public.content SET title = title || ' renamed' WHERE contentid IN (
         SELECT c.contentid FROM public.content c JOIN public.spaces s USING (spaceid)
         WHERE s.spacekey = '${server.spaceKey}' AND c.contenttype = 'PAGE' AND c.prevver IS NULL ORDER BY 1 LIMIT 2)`,
    );
    await snapshot();
  });
  afterAll(() => visits?.close());
  afterEach(() => visits.leave());

  it('of a comparison counts by space and table, and names what is different', async () => {
    page = await visits.page();
    await report({ type: 'compare', vault: 'main', snapshot: snapshots[0], with: { snapshot: snapshots[1] } });
    await says('0 added, 2 changed, 0 removed');
    const named = page.getByRole('table', { name: 'By name' });
    await named
      .getByRole('cell', { name: /renamed/ })
      .first()
      .waitFor();
    expect(await named.getByRole('row').count()).toBe(3);
    expect(await violationsOf(page)).toEqual([]);
    await page.getByLabel('Search', { exact: true }).fill('nothing like it');
    await says('Nothing is like that.');
    await report({ type: 'compare', vault: 'main', snapshot: snapshots[1], with: { snapshot: snapshots[1] } });
    await says(/are the same: every row and every file/);
  });

  it('of a backup says what it holds and what of it was new', async () => {
    page = await visits.page();
    await report({ type: 'snapshot', site: 'wiki', vault: 'main' });
    await says('New since the one before');
    await page.getByRole('link', { name: /Open the snapshot/ }).click();
    await page.getByRole('heading', { level: 2, name: 'What changed' }).waitFor();
    await report({ type: 'site-backup', site: 'wiki', attachments: true, keepPermanently: false });
    await says('the whole site');
  });

  it('of a file says what it is and whether it can be restored', async () => {
    const { file } = await run({ type: 'space-backup', site: 'wiki', spaceKeys: [server.spaceKey], keepPermanently: false });
    page = await visits.page();
    await report({ type: 'inspect', site: 'wiki', scope: 'SPACE', fileName: file!.name });
    await says(/^It can be restored\./);
    await says('backup of spaces');
    expect(await page.getByRole('table', { name: 'Spaces' }).getByRole('row').count()).toBe(2);
  });

  it('of a plan of a whole site counts tables, rows and files', async () => {
    page = await visits.page();
    await report({ type: 'restore-snapshot', site: 'wiki', vault: 'main', snapshot: snapshots[1], dryRun: true });
    await says('Nothing was written. This is what a restore would do.');
    await says(/the Confluence that is there, 8\.5\.6/);
  });

  it('of a drill gives the verdict and how long a recovery takes', async () => {
    page = await visits.page();
    await report({ type: 'drill', vault: 'main', snapshot: snapshots[1] });
    await says(/^This snapshot restores\. It took/);
    await says(/\d+ tables, [\d,]+ rows, \d+ files/);
  });

  it('of rules of retention and of a prune says what would go, and that nothing went', async () => {
    page = await visits.page();
    const rules = { last: 1, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, tags: [] };
    await report({ type: 'retention', vault: 'main', rules, dryRun: true });
    await says(/^Nothing was forgotten\. .* 1 stay, \d+ go\./);
    await page.getByRole('cell', { name: 'last 1' }).waitFor();
    await report({ type: 'prune', vault: 'main', dryRun: true });
    await says('Nothing was removed. This is what a prune would do.');
  });

  it('that an older version wrote is shown as it is, and takes nothing with it', async () => {
    const { id } = await run({ type: 'prune', vault: 'main', dryRun: true });
    await server.app.control.query(
      `UPDATE jobs SET type = 'compare', result = '{"tables": {"content": null}, "equal": false}' WHERE id = $1`,
      [id],
    );
    page = await visits.page();
    await visits.goTo(page, `/jobs/${id}`);
    await says(/This report is of another version of Oxbow/);
    await page.getByText('Everything that was reported').click();
    await says(/"content": null/);
    await page.getByRole('heading', { level: 2, name: 'Log' }).waitFor();
  });

  it('of a check says that the vault is sound; and of a damaged one which pages lost something', async () => {
    page = await visits.page();
    await report({ type: 'check', vault: 'main', dataPercent: 100 });
    await says('The vault is sound as far as it was looked at.');
    const folder = join(server.server.folder, 'vault-main', 'packs');
    const paths = (await readdir(folder, { recursive: true })).map((name) => join(folder, name));
    const sizes = await Promise.all(paths.map(async (path) => ({ path, facts: await stat(path) })));
    const [{ path }] = sizes.filter(({ facts }) => facts.isFile()).sort((a, b) => b.facts.size - a.facts.size);
    const bytes = await readFile(path);
    for (let at = 100; at < bytes.length - 100; at += 50) bytes[at] ^= 1;
    await writeFile(path, bytes);
    await report({ type: 'check', vault: 'main', dataPercent: 100 });
    await says(/^The vault has (one problem|\d+ problems)\./);
    await page.getByRole('table', { name: 'What is lost, by snapshot' }).waitFor();
    await says(/A repair takes what is lost from a second vault/);
    expect(await violationsOf(page)).toEqual([]);
    await report({ type: 'repair', vault: 'main', dryRun: true });
    await says(/^Nothing was changed\. .* would be mended\./);
  });
});
