import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/browser.ts';
import type { ConsoleServer } from '../support/console-server.ts';
import { ConsoleVisits, untilLoaded } from '../support/console-visits.ts';
import { ask, untilState } from '../support/test-server.ts';

// Slow and broken lines, a server that errs or is away, uploads that are refused.

describe.skipIf(!chromiumPath)('the console in trouble', () => {
  let visits: ConsoleVisits;
  let server: ConsoleServer;

  beforeAll(async () => {
    visits = await ConsoleVisits.open();
    server = visits.server;
    const backup = await ask(server.app, { type: 'site-backup', site: 'wiki', attachments: true, keepPermanently: false });
    await untilState(server.app, backup.id);
  });
  afterAll(() => visits?.close());
  afterEach(() => visits.leave());

  /** The data of the screens; not who one is, nor the stream of what changes. */
  const data = /\/api\/(?!me$|events$|login$)/;
  const screens = ['/', '/first-run', '/backup', '/restore', '/snapshots', '/schedules', '/storage', '/settings', '/jobs/1'];

  it('waits in peace on a slow line: every screen says that it loads, and then shows what there is', async () => {
    const page = await visits.page();
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    await page.route(data, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      await route.continue();
    });
    for (const path of screens) {
      await page.goto(`${server.url}${path}`);
      await page.getByRole('status', { name: 'Loading' }).first().waitFor();
      await untilLoaded(page);
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect([path, await page.getByRole('alert').count()]).toEqual([path, 0]);
    }
  });

  const few = ['/', '/backup', '/jobs/1'];
  const troubles: [name: string, words: RegExp, status: number | null, body: string, paths: string[]][] = [
    ['errs', /Out of order/, 500, '{"error":{"code":"DEFECT","message":"Out of order."}}', few],
    ['is behind a proxy that does not reach it', /The server answered 503/, 503, '<html>Service unavailable</html>', screens],
    ['is gone', /The server does not answer/, null, '', few],
  ];
  for (const [name, words, status, body, paths] of troubles) {
    it(`says so when the server ${name}, and tries again when it is told to`, async () => {
      const page = await visits.page();
      await page.getByRole('navigation', { name: 'Main' }).waitFor();
      // The pauses between attempts are skipped.
      await page.clock.install();
      for (const path of paths) {
        await page.route(data, (route) => (status === null ? route.abort() : route.fulfill({ status, body })));
        await page.goto(`${server.url}${path}`);
        const said = page.getByRole('alert').getByText(words);
        await expect
          .poll(
            async () => {
              await page.clock.fastForward(4000);
              return await said.count();
            },
            { timeout: 20_000, message: path },
          )
          .toBeGreaterThan(0);
        await page.unroute(data);
        // What is asked anew by itself needs no button any more.
        await page
          .getByRole('button', { name: 'Try again' })
          .first()
          .click({ timeout: 2000 })
          .catch(() => {});
        await expect.poll(() => page.getByRole('alert').count(), { message: path }).toBe(0);
        await untilLoaded(page);
        await page.getByRole('heading', { level: 1 }).waitFor();
        expect([path, await page.getByRole('alert').count()]).toEqual([path, 0]);
      }
    });
  }

  /** Where a backup file of spaces can be uploaded. */
  async function giveFile(page: Page, bytes: number): Promise<void> {
    await page.locator('input[type=file]').setInputFiles({
      name: 'given.zip',
      mimeType: 'application/zip',
      buffer: Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(bytes)]),
    });
  }
  async function openUpload(visit: { name?: string; word?: string } = {}): Promise<Page> {
    const page = await visits.page({ path: '/restore', ...visit });
    await page.getByText('A backup file', { exact: true }).click();
    await page.getByRole('button', { name: 'Choose a file' }).waitFor();
    return page;
  }

  it('goes on with a slow upload where it was when the line breaks', async () => {
    const page = await openUpload();
    const offsets: string[] = [];
    let parts = 0;
    await page.route('**/api/uploads/*', async (route) => {
      if (route.request().method() !== 'PATCH') return await route.continue();
      offsets.push(route.request().headers()['upload-offset']);
      await new Promise((resolve) => setTimeout(resolve, 300));
      return ++parts === 2 ? await route.abort('connectionreset') : await route.continue();
    });
    await giveFile(page, 20_000_000);
    await page.getByText(/Uploading given.zip: 16.8 MB of 20 MB/).waitFor();
    await expect.poll(() => offsets.length, { timeout: 30_000 }).toBe(3);
    expect(offsets.map(Number)).toEqual([0, 16_777_216, 16_777_216]);
    // All of it came through; that it is no backup is said of the file.
    await page.getByRole('alert').waitFor({ timeout: 30_000 });
  });

  it('refuses an upload that the disk has no room for, or that is not allowed, in plain words and at once', async () => {
    const page = await openUpload();
    server.app.config.minimumFreeBytes = 1e15;
    try {
      await giveFile(page, 1000);
      await page
        .getByRole('alert')
        .getByText(/space|room|free/i)
        .first()
        .waitFor();
    } finally {
      server.app.config.minimumFreeBytes = 0;
    }
    await page.route('**/api/uploads', (route) =>
      route.fulfill({
        status: 403,
        contentType: 'application/json',
        body: '{"error":{"code":"NOT_PERMITTED","message":"Admin may not do that.","hint":"A system administrator of the site may do that."}}',
      }),
    );
    await giveFile(page, 1000);
    await page.getByRole('alert').getByText('Admin may not do that.').waitFor();
  });
});
