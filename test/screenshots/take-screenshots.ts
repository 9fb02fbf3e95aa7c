import { mkdir } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { changeSchedule, createSchedule } from '#app/schedules/schedule-service.ts';
import { chromiumPath, openBrowser } from '../support/browser.ts';
import { ConsoleServer } from '../support/console-server.ts';
import { ask, untilState } from '../support/test-server.ts';
import { liveThroughAMonth } from './month-of-history.ts';

// npm run screenshots: every screen of the console, light and dark, into docs/screenshots.

const folder = join(import.meta.dirname, '../../docs/screenshots');

if (!chromiumPath) {
  process.stderr.write('No Chromium is installed: apt-get install chromium, or set OXBOW_CHROMIUM.\n');
  process.exit(1);
}
await mkdir(folder, { recursive: true });
const browser = await openBrowser();
const server = await ConsoleServer.open();
const { app } = server;
for (const scheme of ['light', 'dark'] as const) await shootFirstRun(scheme);
const nightly = {
  name: 'Every night',
  site: 'wiki',
  vault: 'main',
  kind: 'backup',
  enabled: true,
  cron: '0 2 * * *',
  timeZone: 'Europe/Berlin',
  snapshot: true,
  tags: ['nightly'],
} as const;
const schedule = await createSchedule(app, { ...nightly, tags: [...nightly.tags] });
const moveBack = await liveThroughAMonth(server, schedule);
await createSchedule(app, {
  name: 'Weekly drill',
  vault: 'main',
  kind: 'drill',
  enabled: false,
  cron: '0 5 * * 0',
  timeZone: 'Europe/Berlin',
} as never);
const run = async (request: object) => {
  const { id } = await ask(app, request as never);
  return await untilState(app, id);
};
const backup = await run({ type: 'site-backup', site: 'wiki', attachments: true, keepPermanently: false });
await run({ type: 'space-backup', site: 'wiki', spaceKeys: [server.spaceKey], keepPermanently: true });
await run({ type: 'check', vault: 'main', dataPercent: 100 });
await run({ type: 'drill', vault: 'main' });
const plan = await run({ type: 'site-restore', site: 'wiki', fileName: backup.file!.name, dryRun: true });
// An hour of work, and what changed in it.
await server.server.sites.query(server.site, `UPDATE public.content SET title = title || ' (draft)' WHERE contentid % 7 = 0`);
const before = await app.control.query<{ id: string }>(`SELECT id FROM snapshots ORDER BY time DESC LIMIT 1`);
const changed = await run({ type: 'snapshot', site: 'wiki', vault: 'main', tags: ['before the upgrade'] });
const comparison = await run({ type: 'compare', vault: 'main', snapshot: before[0].id, with: { snapshot: changed.snapshotId } });
await moveBack();
// Only now: all nights are of today, to whom the vault is asked.
const retention = { last: 0, hourly: 0, daily: 14, weekly: 8, monthly: 12, yearly: 0, tags: [] };
await changeSchedule(app, schedule.id, { ...nightly, tags: [...nightly.tags], retention });
try {
  for (const scheme of ['light', 'dark'] as const) {
    const look = { viewport: { width: 1280, height: 800 }, colorScheme: scheme, locale: 'en-GB', timezoneId: 'Europe/Berlin' };
    const context = await browser.newContext({ ...look, reducedMotion: 'reduce' });
    const page = await context.newPage();
    const shoot = async (name: string, of: Page = page) => {
      await of.waitForTimeout(700);
      await of.evaluate(plainNames());
      await of.screenshot({ path: join(folder, `${name}-${scheme}.png`) });
      process.stdout.write(`${name}-${scheme}.png\n`);
    };
    const signIn = async (on: Page, name: string, word: string) => {
      await on.getByLabel('User name').fill(name);
      await on.getByRole('textbox', { name: 'Password' }).fill(word);
      await on.getByRole('button', { name: 'Sign in', exact: true }).click();
      await on.getByRole('navigation', { name: 'Main' }).waitFor();
    };
    const goTo = async (path: string) => {
      await page.goto(`${server.url}${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
    };
    await page.goto(server.url);
    await page.getByLabel('User name').waitFor();
    await shoot('sign-in');
    await signIn(page, 'admin', server.password);
    await page.getByRole('region', { name: 'How it stands' }).waitFor();
    await shoot('home');
    for (const name of ['backup', 'snapshots', 'schedules', 'storage', 'settings']) {
      await goTo(`/${name}`);
      if (name === 'settings') {
        await page.getByRole('button', { name: 'Test connection' }).click();
        await page.getByRole('table', { name: 'Test connection' }).waitFor();
      }
      await shoot(name);
    }
    await goTo(`/jobs/${backup.id}`);
    await shoot('task');
    await goTo(`/jobs/${plan.id}`);
    await shoot('plan');
    await goTo('/backup');
    await page.getByRole('button', { name: 'Back up spaces' }).click();
    await page.getByRole('dialog').getByRole('checkbox').first().waitFor();
    await shoot('back-up-spaces');
    await goTo('/restore?scope=SPACE');
    await page.getByRole('radio', { name: /main/ }).first().click();
    await page.getByRole('checkbox', { name: new RegExp(`\\(${server.spaceKey}\\)`) }).check();
    await shoot('restore');
    await page.getByRole('button', { name: 'Next', exact: true }).click();
    await page.getByRole('radio', { name: /^Replace it/ }).click();
    await shoot('restore-where');
    await page.getByRole('button', { name: 'Make the plan' }).click();
    await page.getByLabel('Search users').waitFor();
    await shoot('restore-plan');
    await goTo(`/jobs/${comparison.id}`);
    await page.getByRole('heading', { level: 2, name: 'Report' }).waitFor();
    await shoot('report');
    await goTo(`/snapshots/main/${changed.snapshotId}`);
    await page
      .getByRole('button', { name: /^Look inside/ })
      .first()
      .waitFor();
    await shoot('snapshot');
    await goTo('/schedules');
    await page.getByRole('button', { name: 'Every night', exact: true }).click();
    await page.getByRole('dialog').getByText('every day at 02:00').waitFor();
    await page.getByRole('button', { name: 'What would stay' }).click();
    await page.getByText(/snapshots stay, /).scrollIntoViewIfNeeded();
    await shoot('schedule');
    const other = await browser.newContext({ ...look, reducedMotion: 'reduce' });
    const theirs = await other.newPage();
    await theirs.goto(server.url);
    await signIn(theirs, 'spacey', 'of spacey');
    await theirs.getByRole('heading', { level: 1, name: 'Your spaces' }).waitFor();
    await shoot('spaces', theirs);
    await other.close();
    await context.close();
  }
} finally {
  await browser.close();
  await server.close();
}

/** The guide, as it stands before anything was backed up. */
async function shootFirstRun(colorScheme: 'light' | 'dark'): Promise<void> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    colorScheme,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(`${server.url}/first-run`);
  await page.getByLabel('User name').fill('admin');
  await page.getByRole('textbox', { name: 'Password' }).fill(server.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'Back up now' }).waitFor();
  await page.waitForTimeout(700);
  await page.screenshot({ path: join(folder, `first-run-${colorScheme}.png`) });
  process.stdout.write(`first-run-${colorScheme}.png\n`);
  await context.close();
}

/** Folders and names of the machine that takes the pictures say nothing to anybody. */
function plainNames(): string {
  const places = JSON.stringify(`${tmpdir()}/oxbow-[^/\\s]+/(?:data/)?`);
  return `{
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode())
      node.textContent = node.textContent.replaceAll(new RegExp(${places}, 'g'), '/srv/oxbow/').replaceAll(${JSON.stringify(` on ${hostname()}`)}, ' on oxbow-1');
  }`;
}
