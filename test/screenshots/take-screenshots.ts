import { mkdir } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSchedule } from '#app/schedules/schedule-service.ts';
import { runSchedule } from '#app/schedules/scheduler.ts';
import { chromiumPath, openBrowser } from '../support/browser.ts';
import { ConsoleServer } from '../support/console-server.ts';
import { ask, untilState } from '../support/test-server.ts';

// npm run screenshots: every screen of the console, light and dark, into docs/screenshots.

const folder = join(import.meta.dirname, '../../docs/screenshots');

if (!chromiumPath) {
  process.stderr.write('No Chromium is installed: apt-get install chromium, or set OXBOW_CHROMIUM.\n');
  process.exit(1);
}
await mkdir(folder, { recursive: true });
const server = await ConsoleServer.open();
const { app } = server;
const schedule = await createSchedule(app, {
  name: 'Every night',
  site: 'wiki',
  vault: 'main',
  kind: 'backup',
  enabled: true,
  cron: '0 2 * * *',
  timeZone: 'Europe/Berlin',
  snapshot: true,
  tags: ['nightly'],
  retention: { last: 0, hourly: 0, daily: 14, weekly: 8, monthly: 12, yearly: 0, tags: [] },
});
for (const id of await runSchedule(app, schedule, 'sample')) await untilState(app, id);
const [backup] = [await ask(app, { type: 'site-backup', site: 'wiki', attachments: true, keepPermanently: false })];
await untilState(app, backup.id);
for (const request of [
  { type: 'space-backup', site: 'wiki', spaceKeys: [server.spaceKey], keepPermanently: true },
  { type: 'check', vault: 'main', dataPercent: 100 },
  { type: 'drill', vault: 'main' },
] as const) {
  await untilState(app, (await ask(app, request as never)).id);
}
const browser = await openBrowser();
try {
  for (const scheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      colorScheme: scheme,
      reducedMotion: 'reduce',
      timezoneId: 'Europe/Berlin',
      locale: 'en-GB',
    });
    const page = await context.newPage();
    const shoot = async (name: string) => {
      await page.waitForTimeout(700);
      // Folders and names of the machine that takes the pictures say nothing to anybody.
      await page.screenshot({
        path: join(folder, `${name}-${scheme}.png`),
        mask: [page.getByText(tmpdir()), page.getByText(hostname())],
        maskColor: '#808890',
      });
      process.stdout.write(`${name}-${scheme}.png\n`);
    };
    await page.goto(server.url);
    await page.getByLabel('User name').waitFor();
    await shoot('sign-in');
    await page.getByLabel('User name').fill('admin');
    await page.getByRole('textbox', { name: 'Password' }).fill(server.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
    await shoot('home');
    for (const name of ['backup', 'snapshots', 'schedules', 'storage', 'settings']) {
      await page.goto(`${server.url}/${name}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await shoot(name);
    }
    await page.goto(`${server.url}/jobs/${backup.id}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await shoot('task');
    await page.goto(`${server.url}/backup`);
    await page.getByRole('button', { name: 'Restore site' }).click();
    await page.getByRole('dialog').waitFor();
    await shoot('restore');
    await page.goto(`${server.url}/snapshots`);
    await page.getByRole('table').getByRole('button').first().click();
    await page
      .getByRole('dialog')
      .getByText(/Spaces \(/)
      .waitFor();
    await shoot('snapshot');
    await page.goto(`${server.url}/schedules`);
    await page.getByRole('button', { name: 'Every night', exact: true }).click();
    await page.getByRole('dialog').getByText('every day at 02:00').waitFor();
    await shoot('schedule');
    await context.close();
  }
} finally {
  await browser.close();
  await server.close();
}
