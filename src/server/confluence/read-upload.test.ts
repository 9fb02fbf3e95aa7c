import { readdir, readFile, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, ConfluenceServer, type Role } from '../../../test/support/confluence-server.ts';

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
  await server.app.control.query('DELETE FROM jobs');
  for (const path of await files()) await rm(join(folder, path));
});

/** Everything below the restore folder, hidden files too. */
async function files(): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((one) => one.isFile()).map((one) => join(one.parentPath.slice(folder.length + 1), one.name));
}

function form(...parts: [name: string, value: Buffer | string, fileName?: string][]): FormData {
  const data = new FormData();
  for (const [name, value, fileName] of parts) {
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, new Blob([new Uint8Array(value)]), fileName ?? 'backup.zip');
  }
  return data;
}

async function upload(
  role: Role,
  kind: 'site' | 'space',
  body: FormData | string,
  headers: Record<string, string> = { 'x-atlassian-token': 'nocheck' },
): Promise<Answer> {
  return await server.call(role, `POST /restore/${kind}/upload`, { body, headers });
}

async function expectNothing(answer: Answer, status: number): Promise<void> {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.json).toMatchObject({ statusCode: status, message: expect.stringMatching(/\w/) });
  expect(await files()).toEqual([]);
  expect(await server.app.control.query('SELECT id FROM jobs UNION ALL SELECT 0 FROM uploads')).toEqual([]);
}

describe('an upload', () => {
  it('is stored in the restore folder as it was, and its restore begins', async () => {
    for (const kind of ['site', 'space'] as const) {
      const token = kind === 'site' ? 'nocheck' : 'no-check';
      const answer = await upload('root', kind, form(['file', backups[kind], `${kind}.zip`]), { 'x-atlassian-token': token });
      expect(answer.status, answer.text).toBe(200);
      expect(answer.json).toMatchObject({
        jobOperation: 'RESTORE',
        jobScope: kind.toUpperCase(),
        jobState: 'QUEUED',
        fileName: `${kind}.zip`,
        fileExists: true,
        spaceKeys: kind === 'space' ? server.spaces[0] : null,
      });
      expect((await readFile(join(folder, kind, `${kind}.zip`))).equals(backups[kind])).toBe(true);
    }
    expect((await files()).sort()).toEqual(['site/site.zip', 'space/space.zip']);
  });

  it('does not replace a file of the same name', async () => {
    const names = [];
    for (let n = 0; n < 3; n++) names.push((await upload('root', 'site', form(['file', backups.site]))).json.fileName);
    expect(names).toEqual(['backup.zip', 'backup-1.zip', 'backup-2.zip']);
  });

  it('may have other fields beside the file, before and after it', async () => {
    const answer = await upload('root', 'site', form(['comment', 'x'], ['file', backups.site], ['submit', 'Upload and import']));
    expect(answer.status, answer.text).toBe(200);
  });

  it('gets a name without folders, whatever the client sends', async () => {
    const answer = await upload('root', 'site', form(['file', backups.site, '..\\..\\etc/../.x/..hidden']));
    expect(answer.json).toMatchObject({ fileName: expect.stringMatching(/^_[\w.]*\.zip$/) });
    expect(await files()).toHaveLength(1);
  });

  it('needs the header against cross-site requests, with one of its two values', async () => {
    for (const headers of [{}, { 'x-atlassian-token': 'check' }, { 'x-atlassian-token': '' }] as Record<string, string>[]) {
      await expectNothing(await upload('root', 'site', form(['file', backups.site]), headers), 403);
    }
  });

  it('is for system administrators of the site', async () => {
    for (const [role, status] of [
      ['keeper', 403],
      ['carrier', 403],
      ['reader', 403],
      ['nobody', 401],
    ] as [Role, number][]) {
      await expectNothing(await upload(role, 'space', form(['file', backups.space])), status);
    }
  });

  it('is refused when it is no zip, or no backup, or one of the other kind', async () => {
    await expectNothing(await upload('root', 'site', form(['file', Buffer.from('hello'), 'a.zip'])), 400);
    await expectNothing(await upload('root', 'site', form(['file', Buffer.alloc(0), 'a.zip'])), 400);
    await expectNothing(await upload('root', 'site', form(['file', Buffer.from('PK\x03\x04 and no more'), 'a.zip'])), 400);
    const cut = await upload('root', 'site', form(['file', backups.site.subarray(0, -100), 'a.zip']));
    await expectNothing(cut, 400);
    expect(cut.json.message).toMatch(/^a\.zip begins like a zip/);
    await expectNothing(await upload('root', 'site', form(['file', backups.space])), 400);
    await expectNothing(await upload('root', 'space', form(['file', backups.site])), 400);
  });

  it('is refused without a part "file", with a second file, and with fields beyond measure', async () => {
    await expectNothing(await upload('root', 'site', form()), 400);
    await expectNothing(await upload('root', 'site', form(['comment', 'x'])), 400);
    await expectNothing(await upload('root', 'site', form(['file', 'only a text'])), 400);
    await expectNothing(await upload('root', 'site', form(['attachment', backups.site])), 400);
    await expectNothing(await upload('root', 'site', form(['file', backups.site], ['file', backups.site])), 400);
    await expectNothing(await upload('root', 'site', form(['file', backups.site], ['other', Buffer.from('x')])), 400);
    const huge = 'x'.repeat(5_000_000);
    await expectNothing(await upload('root', 'site', form(['comment', huge], ['file', backups.site])), 400);
    await expectNothing(await upload('root', 'site', form(['file', backups.site], ['comment', huge])), 400);
    const many = Array.from({ length: 30 }, (_, n): [string, string] => [`field${n}`, 'x']);
    const answer = await upload('root', 'site', form(...many, ['file', backups.site]));
    await expectNothing(answer, 413);
  });

  it('is refused when it is no form', async () => {
    await expectNothing(await upload('root', 'site', '{}', { 'x-atlassian-token': 'nocheck' }), 400);
    const broken = { 'x-atlassian-token': 'nocheck', 'content-type': 'multipart/form-data' };
    await expectNothing(await upload('root', 'site', 'x', broken), 400);
    const other = { 'x-atlassian-token': 'nocheck', 'content-type': 'application/zip' };
    await expectNothing(await upload('root', 'site', 'PK', other), 415);
  });

  it('is refused before it comes where the disk has no room for it', async () => {
    const { hostname, port } = new URL(server.base);
    const headers = {
      ...server.authorization('root'),
      'x-atlassian-token': 'nocheck',
      'content-type': 'multipart/form-data; boundary=x',
      'content-length': String(2 ** 52),
    };
    const path = '/rest/api/backup-restore/restore/site/upload';
    const sent = request({ host: hostname, port, method: 'POST', path, headers });
    sent.on('error', () => {});
    sent.write('--x\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\nPK');
    const status = await new Promise((resolve) => sent.once('response', ({ statusCode }) => resolve(statusCode)));
    sent.destroy();
    expect(status).toBe(507);
    expect(await files()).toEqual([]);
  });

  it('that goes on for long after it was refused is read to its end, so that the client sees why', async () => {
    const { hostname, port } = new URL(server.base);
    const head = Buffer.from('--x\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\nno zip');
    const rest = Buffer.alloc(60_000_000);
    const headers = {
      ...server.authorization('root'),
      'x-atlassian-token': 'nocheck',
      'content-type': 'multipart/form-data; boundary=x',
      'content-length': String(head.length + rest.length),
    };
    const path = '/rest/api/backup-restore/restore/site/upload';
    const accepted = new Promise<Socket>((resolve) => server.http.server.once('connection', resolve));
    const sent = request({ host: hostname, port, method: 'POST', path, headers });
    const answer = new Promise((resolve) => sent.once('response', resolve)) as Promise<IncomingMessage>;
    const isSent = new Promise((resolve) => sent.once('finish', resolve));
    sent.write(head);
    sent.end(rest);
    // A client that reads the answer only when it has sent everything.
    await isSent;
    expect((await answer).statusCode).toBe(400);
    await until(async () => (await accepted).bytesRead > rest.length);
    sent.destroy();
    expect(await files()).toEqual([]);
  });

  it('that breaks off leaves nothing, wherever it breaks off', async () => {
    const boundary = '----oxbow';
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\nContent-Type: application/zip\r\n\r\n`;
    const body = Buffer.concat([Buffer.from(head), backups.site, Buffer.from(`\r\n--${boundary}--\r\n`)]);
    const { hostname, port } = new URL(server.base);
    const lines = [
      'POST /rest/api/backup-restore/restore/site/upload HTTP/1.1',
      'Host: wiki.example.com',
      `Authorization: ${server.authorization('root').authorization}`,
      'X-Atlassian-Token: nocheck',
      `Content-Type: multipart/form-data; boundary=${boundary}`,
      `Content-Length: ${body.length}`,
    ].join('\r\n');
    const start = Buffer.from(`${lines}\r\n\r\n`);
    const places = [0, 10, head.length - 1, head.length, head.length + 1, head.length + 5000, body.length - 10, body.length - 1];
    for (const bytes of places) {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      const isClosed = new Promise((resolve) => socket.once('close', resolve));
      await new Promise((resolve) => socket.write(Buffer.concat([start, body.subarray(0, bytes)]), resolve));
      // What is there of the file is being written by then.
      if (bytes < head.length + 5000) await new Promise((resolve) => setTimeout(resolve, 100));
      else {
        await until(async () => (await files()).some((path) => path.endsWith('.partial')));
        // By this a server that is started later would find it.
        const [{ path }] = await server.app.control.query<{ path: string }>('SELECT path FROM uploads');
        expect(await files()).toEqual([path.slice(folder.length + 1)]);
      }
      socket.resetAndDestroy();
      await isClosed;
      await until(async () => (await files()).length === 0);
      expect(await server.app.control.query('SELECT id FROM jobs')).toEqual([]);
    }
    // The form whose end never comes, on a connection that is closed in order.
    const answer = await upload('root', 'site', body.subarray(0, body.length - 6).toString('latin1'), {
      'x-atlassian-token': 'nocheck',
      'content-type': `multipart/form-data; boundary=${boundary}`,
    });
    await expectNothing(answer, 400);
  });

  it('leaves nothing where its restore is refused', async () => {
    const body = { spaceKeys: [server.spaces[0]], keepPermanently: false };
    const made = await server.call('root', 'POST /backup/space', { body });
    const answer = await upload('root', 'space', form(['file', backups.space]));
    expect(answer.status, answer.text).toBe(409);
    expect(await files()).toEqual([]);
    const jobs = await server.app.control.query<{ id: string }>('SELECT id FROM jobs');
    expect(jobs).toEqual([{ id: String(made.json.id) }]);
  });
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let n = 0; n < 400; n++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it did not become so');
}
