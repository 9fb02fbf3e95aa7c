import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { callApi } from '../../../test/support/api-calls.ts';
import { type Answer, ConfluenceServer, type Role } from '../../../test/support/confluence-server.ts';
import { dropExpiredUploads } from './resumable-uploads.ts';

let server: ConfluenceServer;
let backups: { site: Buffer; space: Buffer };
let folder: string;

beforeAll(async () => {
  server = await ConfluenceServer.open();
  const { site, space } = await server.writeBackups();
  backups = { site: await readFile(site), space: await readFile(space) };
  await rm(site);
  await rm(space);
  folder = join(server.wiki.home, 'restore');
});
afterAll(() => server.close());
afterEach(async () => {
  server.app.config.minimumFreeBytes = 0;
  await server.app.control.query('DELETE FROM uploads');
  for (const path of await files()) await rm(join(folder, path));
});

/** Everything below the restore folder, hidden files too. */
async function files(): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((one) => one.isFile()).map((one) => join(one.parentPath.slice(folder.length + 1), one.name));
}

const metadata = (facts: Record<string, string>) =>
  Object.entries(facts)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');

async function begin(bytes: number, facts: Record<string, string> = {}, role: Role = 'root'): Promise<Answer> {
  return await callApi(server, role, 'POST /api/uploads', undefined, {
    'tus-resumable': '1.0.0',
    'upload-length': String(bytes),
    'upload-metadata': metadata({ site: 'wiki', scope: 'SITE', filename: 'backup.zip', ...facts }),
  });
}

async function begun(bytes: number, facts: Record<string, string> = {}): Promise<string> {
  const answer = await begin(bytes, facts);
  expect(answer.status, answer.text).toBe(201);
  return answer.headers.get('location')!;
}

async function send(at: string, offset: number, part: Uint8Array, role: Role = 'root'): Promise<Answer> {
  return await callApi(server, role, `PATCH ${at}`, part, {
    'tus-resumable': '1.0.0',
    'upload-offset': String(offset),
    'content-type': 'application/offset+octet-stream',
  });
}

/** Begins as one. */
const zip = (bytes: number) => Buffer.alloc(bytes, 'PK');

async function offsetOf(at: string): Promise<number> {
  const { headers, status } = await callApi(server, 'root', `HEAD ${at}`);
  expect(status).toBe(200);
  return Number(headers.get('upload-offset'));
}

/** A client of its own, which can stop in the middle. */
function client(at: string, offset: number, bytes: number) {
  const { hostname, port } = new URL(server.base);
  const sent = request({
    hostname,
    port,
    path: at,
    method: 'PATCH',
    headers: {
      ...server.authorization('root'),
      'upload-offset': String(offset),
      'content-type': 'application/offset+octet-stream',
      'content-length': String(bytes),
    },
  });
  sent.on('error', () => {});
  return sent;
}

async function untilOnDisk(bytes: number): Promise<void> {
  const [path] = (await files()).filter((name) => name.endsWith('.partial'));
  await expect.poll(async () => (await stat(join(folder, path))).size).toBeGreaterThanOrEqual(bytes);
}

describe('an upload', () => {
  it('comes in parts, is seen under its name when it is whole, and can be restored then', async () => {
    const whole = backups.site;
    const at = await begun(whole.length);
    const third = Math.floor(whole.length / 3);
    expect(await offsetOf(at)).toBe(0);
    const first = await send(at, 0, whole.subarray(0, third));
    expect(first.status, first.text).toBe(204);
    expect(first.headers.get('upload-offset')).toBe(String(third));
    expect(first.headers.get('tus-resumable')).toBe('1.0.0');
    expect(Date.parse(first.headers.get('upload-expires')!)).toBeGreaterThan(Date.now());
    expect((await files()).filter((name) => !name.includes('.upload-'))).toEqual([]);
    expect((await callApi(server, 'root', 'GET /api/sites/wiki/restore-files')).json).toEqual([]);
    await send(at, third, whole.subarray(third, 2 * third));
    const last = await send(at, 2 * third, whole.subarray(2 * third));
    expect(last.headers.get('oxbow-file-name')).toBe('backup.zip');
    expect(await files()).toEqual(['site/backup.zip']);
    expect(await readFile(join(folder, 'site/backup.zip'))).toEqual(whole);
    expect((await callApi(server, 'root', 'GET /api/sites/wiki/restore-files')).json).toMatchObject([
      { fileName: 'backup.zip', scope: 'SITE', bytes: whole.length },
    ]);
    // It says so for a while, and giving it up then takes nothing away.
    expect(await offsetOf(at)).toBe(whole.length);
    expect((await callApi(server, 'root', `DELETE ${at}`)).status).toBe(204);
    expect(await files()).toEqual(['site/backup.zip']);
    const [line] = (await callApi(server, 'root', 'GET /api/audit?action=file.upload')).json;
    expect(line).toMatchObject({ actor: 'root', site: 'wiki', object: 'backup.zip' });
    const request = { type: 'site-restore', site: 'wiki', fileName: 'backup.zip', dryRun: true };
    expect((await callApi(server, 'root', 'POST /api/jobs', request)).status).toBe(201);
  });

  it('goes on where it broke off, with what had come before its client died', async () => {
    const whole = backups.site;
    const at = await begun(whole.length);
    const half = Math.floor(whole.length / 2);
    const dying = client(at, 0, whole.length);
    dying.write(whole.subarray(0, half));
    await untilOnDisk(half);
    dying.destroy();
    expect(await offsetOf(at)).toBe(half);
    expect((await send(at, half, whole.subarray(half))).status).toBe(204);
    expect(await readFile(join(folder, 'site/backup.zip'))).toEqual(whole);
  });

  it('goes on though the old connection is dead without anybody having noticed', async () => {
    const whole = backups.space;
    const at = await begun(whole.length, { scope: 'SPACE' });
    const stuck = client(at, 0, whole.length);
    stuck.write(whole.subarray(0, 1000));
    await untilOnDisk(1000);
    expect(await offsetOf(at)).toBe(1000);
    expect((await send(at, 1000, whole.subarray(1000))).status).toBe(204);
    stuck.destroy();
    expect(await readFile(join(folder, 'space/backup.zip'))).toEqual(whole);
  });

  it('is published when the server ended between the last byte and that', async () => {
    const whole = backups.site;
    const at = await begun(whole.length);
    const [{ path }] = await server.app.control.query<{ path: string }>('SELECT path FROM uploads');
    await writeFile(path, whole);
    expect(await offsetOf(at)).toBe(whole.length);
    expect(await files()).toEqual(['site/backup.zip']);
  });

  it('takes another name where there is one already, and no folder of its own', async () => {
    for (const [given, name] of [
      ['backup.zip', 'backup.zip'],
      ['backup.zip', 'backup-1.zip'],
      ['../../etc/passwd', 'passwd.zip'],
      ['C:\\backups\\old.ZIP', 'old.ZIP'],
      ['Ü\r\nx: y.zip', '___x_ y.zip'],
      ['.hidden.zip', '_hidden.zip'],
    ]) {
      const at = await begun(backups.site.length, { filename: given });
      const { headers } = await send(at, 0, backups.site);
      expect(decodeURIComponent(headers.get('oxbow-file-name') ?? ''), given).toBe(name);
    }
    expect(await files()).toHaveLength(6);
  });

  it('is refused at its end, and leaves nothing, when it is no backup of the kind', async () => {
    for (const [bytes, code] of [
      [backups.space, 'BACKUP_WRONG_KIND'],
      [randomBytes(5000).fill('X', 0, 1), 'ZIP_NOT_A_ZIP'],
      [backups.site.subarray(0, 20_000), 'ZIP_TRUNCATED'],
    ] as const) {
      const at = await begun(bytes.length);
      const answer = await send(at, 0, bytes);
      expect(answer, code).toMatchObject({ status: 400, json: { error: { code } } });
      expect(answer.text).not.toContain('.upload-');
      expect(await files()).toEqual([]);
      expect((await callApi(server, 'root', `HEAD ${at}`)).status).toBe(404);
    }
  });

  it('is refused at its first byte when it is no zip, and not after tens of gigabytes', async () => {
    const at = await begun(500_000_000);
    const large = client(at, 0, 500_000_000);
    const status = new Promise((resolve) => large.on('response', ({ statusCode }) => resolve(statusCode)));
    large.write('no zip');
    expect(await status).toBe(400);
    large.destroy();
    expect(await files()).toEqual([]);
    expect((await callApi(server, 'root', `HEAD ${at}`)).status).toBe(404);
  });

  it('is refused where a part does not fit', async () => {
    const at = await begun(100);
    expect(await send(at, 50, zip(10))).toMatchObject({ status: 409, json: { error: { code: 'UPLOAD_OFFSET' } } });
    expect(await send(at, 0, zip(101))).toMatchObject({ status: 413, json: { error: { code: 'UPLOAD_TOO_LARGE' } } });
    const wrongType = await callApi(server, 'root', `PATCH ${at}`, 'x', { 'upload-offset': '0', 'content-type': 'text/plain' });
    expect(wrongType).toMatchObject({ status: 415, json: { error: { code: 'CONTENT_TYPE' } } });
    const newer = await callApi(server, 'root', `HEAD ${at}`, undefined, { 'tus-resumable': '2.0.0' });
    expect(newer.status).toBe(412);
    expect(newer.headers.get('tus-version')).toBe('1.0.0');
  });

  it('is not begun with what makes no sense', async () => {
    expect((await begin(0)).status).toBe(400);
    expect((await begin(-1)).status).toBe(400);
    expect((await begin(2 ** 52)).status).toBe(413);
    expect((await begin(10, { scope: 'ALL' })).status).toBe(400);
    expect((await begin(10, { site: '../x' })).status).toBe(400);
    expect((await begin(10, { filename: '' })).status).toBe(400);
    expect((await begin(10, { filename: '/' })).json).toMatchObject({ error: { code: 'FILE_NAME_INVALID' } });
    expect((await begin(10, { site: 'nowhere' })).json).toMatchObject({ error: { code: 'SITE_UNKNOWN' } });
    server.app.config.minimumFreeBytes = Number.MAX_SAFE_INTEGER;
    expect(await begin(10)).toMatchObject({ status: 507, json: { error: { code: 'DISK_SPACE' } } });
    expect(await files()).toEqual([]);
  });

  it('is of whom it began, and of nobody else', async () => {
    const at = await begun(100);
    for (const role of ['keeper', 'carrier', 'reader'] as const) {
      expect((await begin(10, {}, role)).status, role).toBe(403);
      expect((await send(at, 0, zip(1), role)).status, role).toBe(404);
      expect((await callApi(server, role, `HEAD ${at}`)).status, role).toBe(404);
      expect((await callApi(server, role, `DELETE ${at}`)).status, role).toBe(404);
    }
    expect((await begin(10, {}, 'nobody')).status).toBe(401);
    expect(await offsetOf(at)).toBe(0);
  });

  it('has a bound: twenty at once', async () => {
    for (let i = 0; i < 20; i++) await begun(10);
    expect(await begin(10)).toMatchObject({ status: 429, json: { error: { code: 'TOO_MANY_UPLOADS' } } });
  });

  it('goes when nothing came in a day, and when it is given up', async () => {
    const given = await begun(100);
    await send(given, 0, zip(10));
    expect((await callApi(server, 'root', `DELETE ${given}`)).status).toBe(204);
    expect(await files()).toEqual([]);
    const forgotten = await begun(100);
    await send(forgotten, 0, zip(10));
    await dropExpiredUploads(server.app);
    expect(await offsetOf(forgotten)).toBe(10);
    await dropExpiredUploads({ ...server.app, now: () => new Date(Date.now() + 25 * 3_600_000) });
    expect(await files()).toEqual([]);
    expect((await callApi(server, 'root', `HEAD ${forgotten}`)).status).toBe(404);
  });

  it('says what of the protocol is understood', async () => {
    const { headers, status } = await callApi(server, 'root', 'OPTIONS /api/uploads');
    expect(status).toBe(204);
    expect(headers.get('tus-extension')).toBe('creation,termination,expiration');
    expect(headers.get('tus-version')).toBe('1.0.0');
  });
});
