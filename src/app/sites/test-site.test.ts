import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { v4Path, ver003Folder } from '#model/attachment-paths.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { TestServer } from '../../../test/support/test-server.ts';
import type { OpenApplication } from '../open-application.ts';
import { addSite, changeSite } from './registered-sites.ts';
import { testSite } from './test-site.ts';

let server: TestServer;
let app: OpenApplication;
let site: LiveSite;

beforeAll(async () => {
  server = await TestServer.open();
  app = await server.application();
  site = await server.site(app, 'wiki');
}, 120_000);
afterAll(() => server.close());

/** The steps that are not ok, as text. */
async function amiss(name = 'wiki'): Promise<string[]> {
  const { ok, steps } = await testSite(app, name);
  const found = steps.filter(({ state }) => state !== 'ok');
  expect(ok).toBe(!found.some(({ state }) => state === 'failed'));
  for (const { state, hint } of found) if (state !== 'skipped') expect(hint).toBeTruthy();
  return found.map(({ name: step, state, message }) => `${state} ${step}: ${message}`);
}

describe('the test of a site', () => {
  it('says of a sound site what it is', async () => {
    const { ok, steps } = await testSite(app, 'wiki');
    expect(ok).toBe(true);
    expect(steps.map(({ name }) => name)).toEqual([
      'Database',
      'Tables',
      'Confluence',
      'Clock',
      'Attachments',
      'Home directory',
      'Folder for backups',
    ]);
    expect(steps.find(({ name }) => name === 'Confluence')?.message).toContain('9012');
    expect(steps.find(({ name }) => name === 'Attachments')?.message).toContain('v4');
    expect(JSON.stringify(steps)).not.toContain(new URL(site.databaseUrl).password);
  });

  it('tells of a database that does not answer, and looks at the folders all the same', async () => {
    await addSite(app, { name: 'away', databaseUrl: 'postgres://u:secret@127.0.0.1:1/none', home: '/nowhere' });
    const found = await amiss('away');
    expect(found[0]).toMatch(/^failed Database: .*127\.0\.0\.1:1/);
    expect(found).toContainEqual(expect.stringMatching(/^failed Home directory: .*ENOENT/));
    expect(found.filter((line) => line.startsWith('skipped'))).toHaveLength(4);
    expect(found.join()).not.toContain('secret');
  });

  it('tells of a refused password', async () => {
    const url = new URL(site.databaseUrl);
    url.password = 'wrong';
    await addSite(app, { name: 'refused', databaseUrl: url.href, home: site.home });
    expect((await amiss('refused'))[0]).toMatch(/^failed Database: .*refused/);
  });

  it('names the tables that the user may not read', async () => {
    await server.sites.query(site, `CREATE ROLE looker LOGIN PASSWORD 'looking'`);
    await server.sites.query(
      site,
      'GRANT SELECT ON ALL TABLES IN SCHEMA public TO looker; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO looker',
    );
    const url = new URL(site.databaseUrl);
    Object.assign(url, { username: 'looker', password: 'looking' });
    await addSite(app, { name: 'looker', databaseUrl: url.href, home: site.home });
    expect(await amiss('looker')).toEqual([]);
    await server.sites.query(site, 'REVOKE SELECT ON bodycontent, label FROM looker');
    expect(await amiss('looker')).toEqual([expect.stringMatching(/^failed Tables: looker may not read bodycontent, label:/)]);
    await server.sites.query(site, 'REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM looker');
    expect((await amiss('looker'))[0]).toMatch(/^failed Tables: looker may not read .* and \d+ more/);
  });

  it('tells of another database', async () => {
    await addSite(app, { name: 'empty', databaseUrl: await server.sites.emptyDatabase(), home: site.home });
    expect(await amiss('empty')).toEqual([
      expect.stringMatching(/^failed Tables: .*no tables/),
      expect.stringMatching(/^failed Confluence:/),
    ]);
  });

  it('tells of clocks that differ', async () => {
    const late = { ...app, now: () => new Date(Date.now() + 3_600_000) };
    const { ok, steps } = await testSite(late, 'wiki');
    expect(ok).toBe(true);
    expect(steps.find(({ name }) => name === 'Clock')).toMatchObject({
      state: 'warning',
      message: expect.stringMatching(/3[56]\d\d s/),
    });
  });

  it('tells of a home that belongs to another database, and of files that are missing', async () => {
    const other = join(server.folder, 'other-home');
    await mkdir(join(other, 'attachments', 'v4'), { recursive: true });
    await changeSite(app, 'wiki', { home: other });
    expect(await amiss()).toEqual([expect.stringMatching(/^failed Attachments: None/)]);
    await changeSite(app, 'wiki', { home: site.home });
    const [{ id, version, container, space }] = await server.sites.query(
      site,
      `SELECT a.contentid::text AS id, a.version::text AS version, a.pageid::text AS container, p.spaceid::text AS space
       FROM content a JOIN content p ON p.contentid = a.pageid WHERE a.contenttype = 'ATTACHMENT' AND a.prevver IS NULL AND a.content_status = 'current'
       ORDER BY a.contentid DESC LIMIT 1`,
    );
    const newer = join(site.home, 'attachments', v4Path(id, version));
    const older = join(site.home, 'attachments', ver003Folder(space, container, id));
    await rename(newer, `${newer}-away`);
    expect(await amiss()).toEqual([expect.stringMatching(new RegExp(`^warning Attachments: 1 of the newest .*${id}`))]);
    await mkdir(older, { recursive: true });
    await rename(`${newer}-away`, join(older, version));
    expect(await amiss()).toEqual([]);
  });

  it('tells of folders that are not what they should be', async () => {
    const folder = join(server.folder, 'some');
    await mkdir(folder);
    await writeFile(join(server.folder, 'file'), '');
    await changeSite(app, 'wiki', { install: folder, localHome: folder, backupFolder: join(server.folder, 'file', 'restore') });
    expect(await amiss()).toEqual([
      expect.stringMatching(/^warning Local home/),
      expect.stringMatching(/^warning Install directory/),
      expect.stringMatching(/^failed Folder for backups/),
    ]);
    app.config.minimumFreeBytes = Number.MAX_SAFE_INTEGER;
    await changeSite(app, 'wiki', {
      install: join(folder, 'none'),
      localHome: site.home,
      backupFolder: join(folder, 'new', 'deep'),
    });
    expect(await amiss()).toEqual([
      expect.stringMatching(/^failed Install directory: .*ENOENT/),
      expect.stringMatching(/^failed Folder for backups: .*bytes free/),
    ]);
    app.config.minimumFreeBytes = 0;
    await mkdir(join(folder, 'confluence'));
    await changeSite(app, 'wiki', { install: folder });
    expect(await amiss()).toEqual([]);
  });

  it('is of a site that the server knows', async () => {
    await expect(testSite(app, 'nowhere')).rejects.toMatchObject({ code: 'SITE_UNKNOWN' });
  });
});
