import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/browser.ts';
import { ConsoleVisits, overflowOf, untilLoaded, violationsOf } from '../support/console-visits.ts';
import { ask, untilState } from '../support/test-server.ts';

// Every screen, and every dialogue, in both schemes and at both ends of the widths.

const built = join(import.meta.dirname, '../../dist/web');
const screens = ['/', '/first-run', '/backup', '/restore', '/spaces', '/snapshots', '/schedules', '/storage', '/settings'];
const dialogues: [path: string, button: string][] = [
  ['/backup', 'Back up site'],
  ['/backup', 'Back up spaces'],
  ['/schedules', 'Add a schedule'],
  ['/storage', 'Add a vault'],
  ['/settings', 'Add a site'],
];

describe.skipIf(!chromiumPath)('the looks of the console', () => {
  let visits: ConsoleVisits;
  /** Pages of single jobs and of a snapshot. */
  const single: string[] = [];

  beforeAll(async () => {
    visits = await ConsoleVisits.open();
    const { app } = visits.server;
    const backup = await ask(app, { type: 'site-backup', site: 'wiki', attachments: true, keepPermanently: false });
    const fileName = (await untilState(app, backup.id)).file!.name;
    const plan = await ask(app, { type: 'site-restore', site: 'wiki', fileName, dryRun: true });
    const snapshot = await ask(app, { type: 'snapshot', site: 'wiki', vault: 'main' });
    single.push(`/snapshots/main/${(await untilState(app, snapshot.id)).snapshotId}`);
    for (const { id } of [backup, plan, snapshot]) {
      await untilState(app, id);
      single.push(`/jobs/${id}`);
    }
  });
  afterAll(() => visits?.close());
  afterEach(() => visits.leave());

  async function openDialogue(page: Page, path: string, button: string): Promise<void> {
    await visits.goTo(page, path);
    await page.getByRole('button', { name: button }).click();
    await page.getByRole('dialog').waitFor();
    await untilLoaded(page);
  }

  it('needs less than 250 kB of packed script to show the first screen, and has nothing inline', async () => {
    expect(readFileSync(join(built, 'index.html'), 'utf8')).not.toMatch(/<script(?![^>]*\ssrc=)/);
    const page = await visits.page();
    await page.getByRole('region', { name: 'How it stands' }).waitFor();
    const scripts = await page.evaluate(
      `performance.getEntriesByType('resource').map((one) => new URL(one.name).pathname).filter((path) => path.endsWith('.js'))`,
    );
    const all = [...new Set(scripts as string[])];
    expect(all.length).toBeGreaterThan(1);
    const bytes = all.reduce((sum, path) => sum + gzipSync(readFileSync(join(built, path))).length, 0);
    expect(bytes).toBeLessThan(250_000);
  });

  it('keeps its budgets on every screen: what is loaded, how often is asked, how far things jump', async () => {
    const page = await visits.page();
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.addInitScript(
      `window.jumps = 0; new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) window.jumps += one.value; }).observe({ type: 'layout-shift', buffered: true });`,
    );
    for (const path of [...screens, ...single]) {
      await visits.goTo(page, path);
      const [requests, packed, jumps] = (await page.evaluate(`(() => {
        const all = performance.getEntriesByType('resource').filter(({ name }) => !name.endsWith('/api/events'));
        return [all.length, all.reduce((sum, one) => sum + one.encodedBodySize, 0), window.jumps];
      })()`)) as number[];
      // Scripts, styles and letters once, then some questions to the API.
      expect([path, requests <= 60, packed < 700_000, jumps < 0.25, requests, packed, jumps].slice(0, 4)).toEqual([
        path,
        true,
        true,
        true,
      ]);
    }
  });

  for (const [scheme, width] of [
    ['light', 360],
    ['dark', 2560],
  ] as const) {
    it(`gives axe nothing to find and fits ${width} pixels without scrolling sideways (${scheme})`, async () => {
      const page = await visits.page({ scheme, width });
      const sound = async (at: string) => {
        expect([at, await violationsOf(page)]).toEqual([at, []]);
        expect([at, await overflowOf(page)]).toEqual([at, []]);
      };
      for (const path of [...screens, ...single]) {
        await visits.goTo(page, path);
        await sound(path);
      }
      for (const [path, button] of dialogues) {
        await openDialogue(page, path, button);
        await sound(button);
      }
    });
  }

  it('gives axe nothing to find at a usual width', async () => {
    const page = await visits.page();
    for (const path of [...screens, ...single]) {
      await visits.goTo(page, path);
      expect([path, await violationsOf(page)]).toEqual([path, []]);
    }
  });
});
