import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { changeSite } from '#app/sites/registered-sites.ts';
import { type Answer, ConfluenceServer, type Role } from '../../../test/support/confluence-server.ts';

let server: ConfluenceServer;
let a: string;
let b: string;

beforeAll(async () => {
  server = await ConfluenceServer.open();
  [a, b] = server.spaces;
  await server.writeBackups();
});
afterAll(() => server.close());
beforeEach(async () => {
  await server.app.control.query('DELETE FROM jobs');
});

const siteBackup = { skipAttachments: false, keepPermanently: false };
const spaceBackup = (...spaceKeys: string[]) => ({ spaceKeys, keepPermanently: false });

/** As who is right for the site, though he has no account there: an account of another site shows a token. */
async function callAs(role: Role, request: string, body?: unknown): Promise<Answer> {
  if (role !== 'stranger') return await server.call(role, request, { body });
  const text = await server.token('stranger', ['read', 'backup', 'restore', 'download', 'administer']);
  return await server.call('nobody', request, { body, headers: { authorization: `Bearer ${text}` } });
}

async function make(role: Role, request: string, body: unknown): Promise<string> {
  const answer = await server.call(role, request, { body });
  expect(answer.status, answer.text).toBe(200);
  return /^\{"id":(\d+),/.exec(answer.text)![1];
}

/** Moves a job on as a worker would. */
async function set(id: string, changes: string): Promise<void> {
  await server.app.control.query(`UPDATE jobs SET ${changes} WHERE id = $1`, [id]);
}

async function finish(id: string, content = 'PK of a test'): Promise<string> {
  const folder = join(server.wiki.home, 'restore', 'made');
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${id}.zip`);
  await writeFile(path, content);
  await server.app.control.query(
    `UPDATE jobs SET state = 'FINISHED', started = created, finished = created, file_name = $2, file_path = $3, file_bytes = $4, file_exists = true
     WHERE id = $1`,
    [id, `${id}.zip`, path, content.length],
  );
  return path;
}

async function idsOf(role: Role, query: string): Promise<string[]> {
  const { status, text } = await server.call(role, `GET /jobs${query}`);
  expect(status, text).toBe(200);
  return [...text.matchAll(/"id":(\d+),/g)].map(([, id]) => id);
}

const roles: Role[] = ['root', 'keeper', 'carrier', 'reader', 'stranger', 'nobody'];

describe('permissions of Confluence’s API', () => {
  it.each<[string, () => unknown, number[]]>([
    ['POST /backup/site', () => siteBackup, [200, 403, 403, 403, 403, 401]],
    ['POST /backup/space', () => spaceBackup(a), [200, 200, 200, 403, 403, 401]],
    ['POST /backup/space', () => spaceBackup(a, b), [200, 403, 200, 403, 403, 401]],
    ['POST /restore/site', () => ({ fileName: 'site.zip' }), [200, 403, 403, 403, 403, 401]],
    ['POST /restore/space', () => ({ fileName: 'space.zip', skipReindex: true }), [200, 403, 403, 403, 403, 401]],
    ['GET /restore/files', () => undefined, [200, 400, 400, 400, 400, 401]],
    ['GET /jobs', () => undefined, [200, 200, 200, 200, 200, 401]],
    ['GET /jobs/1', () => undefined, [404, 404, 404, 404, 404, 401]],
    ['PUT /jobs/1/cancel', () => undefined, [404, 404, 404, 404, 404, 401]],
    ['GET /jobs/1/download', () => undefined, [404, 404, 404, 404, 404, 401]],
    ['PUT /jobs/clear-queue', () => undefined, [200, 403, 403, 403, 403, 401]],
  ])('are those of its table: %s', async (request, body, statuses) => {
    for (const [n, role] of roles.entries()) {
      await server.app.control.query('DELETE FROM jobs');
      const answer = await callAs(role, request, body());
      expect(answer.status, `${role}: ${answer.text}`).toBe(statuses[n]);
    }
  });

  it('show a job to its owner and to system administrators, and let them cancel it', async () => {
    const id = await make('carrier', 'POST /backup/space', spaceBackup(a));
    for (const [n, role] of roles.entries()) {
      const status = [200, 404, 200, 404, 404, 401][n];
      expect((await callAs(role, `GET /jobs/${id}`)).status, role).toBe(status);
      expect((await callAs(role, `PUT /jobs/${id}/cancel`)).status, role).toBe(status);
      if (role === 'nobody') continue;
      const list = await callAs(role, 'GET /jobs');
      expect(list.text.includes(`"id":${id},`), role).toBe(status === 200);
    }
  });

  it('do not take somebody for the owner who has his name elsewhere', async () => {
    const id = await make('carrier', 'POST /backup/space', spaceBackup(a));
    await set(id, `realm = 'local'`);
    expect((await server.call('carrier', `GET /jobs/${id}`)).status).toBe(404);
    expect((await server.call('carrier', `PUT /jobs/${id}/cancel`)).status).toBe(404);
    expect(await idsOf('carrier', '')).toEqual([]);
  });

  it('come before what a body says', async () => {
    for (const request of ['POST /backup/site', 'POST /restore/site', 'POST /restore/space']) {
      expect((await server.call('reader', request, { body: { wrong: true } })).status, request).toBe(403);
    }
  });

  it('let a backup be downloaded by who administers the site, or may export every space of it', async () => {
    const space = await make('root', 'POST /backup/space', spaceBackup(a));
    const both = await make('root', 'POST /backup/space', spaceBackup(b));
    await set(both, `space_keys = ARRAY['${a}', '${b}']`);
    const site = await make('root', 'POST /backup/site', siteBackup);
    for (const id of [space, both, site]) await finish(id);
    const statuses = {
      [space]: [200, 200, 200, 404, 404, 401],
      [both]: [200, 404, 200, 404, 404, 401],
      [site]: [200, 404, 404, 404, 404, 401],
    };
    for (const [id, expected] of Object.entries(statuses)) {
      for (const [n, role] of roles.entries()) {
        expect((await callAs(role, `GET /jobs/${id}/download`)).status, `${role} ${id}`).toBe(expected[n]);
      }
    }
  });

  it('are narrowed by the scopes of a token', async () => {
    const id = await make('root', 'POST /backup/site', siteBackup);
    const reading = { authorization: `Bearer ${await server.token('root', ['read'])}` };
    const statusOf = async (request: string, body?: unknown) =>
      (await server.call('nobody', request, { body, headers: reading })).status;
    expect(await statusOf(`GET /jobs/${id}`)).toBe(200);
    expect(await statusOf('GET /jobs')).toBe(200);
    expect(await statusOf('POST /backup/site', siteBackup)).toBe(403);
    expect(await statusOf('POST /restore/site', { fileName: 'site.zip' })).toBe(403);
    expect(await statusOf(`PUT /jobs/${id}/cancel`)).toBe(403);
    expect(await statusOf('PUT /jobs/clear-queue')).toBe(403);
    await finish(id);
    expect(await statusOf(`GET /jobs/${id}/download`)).toBe(404);
    const making = { authorization: `Bearer ${await server.token('root', ['backup'])}` };
    expect((await server.call('nobody', 'POST /backup/site', { body: siteBackup, headers: making })).status).toBe(200);
    expect((await server.call('nobody', 'GET /jobs', { headers: making })).status).toBe(403);
  });

  it('ask for credentials as Confluence does', async () => {
    for (const headers of [{}, { authorization: 'Bearer oxb_wrong' }, { authorization: 'Basic x' }] as Record<string, string>[]) {
      const answer = await server.call('nobody', 'GET /jobs', { headers });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="Confluence"');
      expect(answer.json).toMatchObject({ statusCode: 401, data: { authorized: false }, reason: 'Unauthorized' });
    }
  });

  it('hold for each site by itself', async () => {
    const id = await make('root', 'POST /backup/site', siteBackup);
    const theirs = await server.call('stranger', 'POST /backup/site', { body: siteBackup, site: 'other' });
    expect(theirs.status, theirs.text).toBe(200);
    expect(theirs.json.owner).toBe('stranger');
    expect((await server.call('stranger', `GET /jobs/${id}`, { site: 'other' })).status).toBe(404);
    expect((await server.call('root', `GET /jobs/${id}`, { site: 'wiki' })).text).toContain(`"id":${id},`);
    // A system administrator of the default site administers the server; he is signed in by a token, for his account is of another site.
    const headers = { authorization: `Bearer ${await server.token('root', ['read'])}` };
    expect((await server.call('nobody', `GET /jobs/${id}`, { site: 'other', headers })).status).toBe(404);
    expect((await server.call('nobody', `GET /jobs/${theirs.json.id}`, { site: 'other', headers })).status).toBe(200);
    expect((await server.call('nobody', 'GET /jobs', { site: 'nowhere', headers })).status).toBe(404);
    await finish(id);
    const downloading = { authorization: `Bearer ${await server.token('root', ['download'])}` };
    for (const [site, status] of [
      ['wiki', 200],
      ['other', 404],
    ] as const) {
      expect((await server.call('nobody', `GET /jobs/${id}/download`, { site, headers: downloading })).status).toBe(status);
    }
  });
});

describe('the site of a request', () => {
  it('is the one of the path, else the one of the host, else the default', async () => {
    await changeSite(server.app, 'other', { host: 'other.example.com' });
    const base = '/rest/api/backup-restore/jobs';
    const whose = async (url: string, host: string, role: Role) => {
      const response = await server.http.inject({ method: 'GET', url, headers: { host, ...server.authorization(role) } });
      return response.statusCode;
    };
    await make('root', 'POST /backup/site', siteBackup);
    const headers = { host: 'other.example.com:8443', ...server.authorization('stranger') };
    const url = '/rest/api/backup-restore/backup/site';
    const theirs = await server.http.inject({ method: 'POST', url, payload: siteBackup, headers });
    const list = await server.http.inject({ method: 'GET', url: base, headers });
    expect(list.json().map(({ id }: { id: number }) => id)).toEqual([theirs.json().id]);
    expect(await server.app.control.query('SELECT site FROM jobs WHERE id = $1', [theirs.json().id])).toEqual([
      { site: 'other' },
    ]);
    expect(await whose(base, 'other.example.com:8443', 'stranger')).toBe(200);
    expect(await whose(base, 'OTHER.example.com', 'stranger')).toBe(200);
    expect(await whose(base, 'other.example.com', 'root')).toBe(401);
    expect(await whose(base, 'wiki.example.com', 'root')).toBe(200);
    expect(await whose(base, 'wiki.example.com', 'stranger')).toBe(401);
    expect(await whose(`/sites/wiki${base}`, 'other.example.com', 'root')).toBe(200);
  });
});

describe('bodies', () => {
  it.each<[string, unknown]>([
    ['POST /backup/site', undefined],
    ['POST /backup/site', {}],
    ['POST /backup/site', '[]'],
    ['POST /backup/site', '{"skipAttachments":'],
    ['POST /backup/site', { keepPermanently: true }],
    ['POST /backup/site', { skipAttachments: true }],
    ['POST /backup/site', { ...siteBackup, skipAttachments: 'false' }],
    ['POST /backup/site', { ...siteBackup, keepPermanently: null }],
    ['POST /backup/site', { ...siteBackup, fileNamePrefix: 7 }],
    ['POST /backup/site', { ...siteBackup, fileNamePrefix: 'x'.repeat(256) }],
    ['POST /backup/site', { ...siteBackup, spaceKeys: [] }],
    ['POST /backup/site', '{"skipAttachments":true,"keepPermanently":true,"__proto__":{}}'],
    ['POST /backup/space', { keepPermanently: true }],
    ['POST /backup/space', { spaceKeys: [], keepPermanently: true }],
    ['POST /backup/space', { spaceKeys: 'A', keepPermanently: true }],
    ['POST /backup/space', { spaceKeys: ['NO-SUCH-SPACE'], keepPermanently: true }],
    ['POST /backup/space', { spaceKeys: ['A'], keepPermanently: true, skipAttachments: true }],
    ['POST /restore/site', {}],
    ['POST /restore/site', { fileName: '' }],
    ['POST /restore/site', { fileName: 'no-such.zip' }],
    ['POST /restore/site', { fileName: '../space/space.zip' }],
    ['POST /restore/site', { fileName: '/etc/passwd' }],
    ['POST /restore/site', { fileName: 'site.zip', replace: true }],
    ['POST /restore/space', { fileName: 'site.zip' }],
    ['POST /restore/space', { fileName: 'space.zip', skipReindex: 'yes' }],
  ])('are refused when they are wrong: %s %j', async (request, body) => {
    const answer = await server.call('root', request, { body, headers: { 'content-type': 'application/json' } });
    expect(answer.status, answer.text).toBe(400);
    expect(answer.json).toMatchObject({ statusCode: 400, data: { valid: false, successful: false }, reason: 'Bad Request' });
    expect(answer.json.message).toMatch(/\w/);
    expect(await idsOf('root', '')).toEqual([]);
  });

  it('have the form of Confluence when they are errors', async () => {
    expect((await server.call('reader', 'POST /backup/site', { body: siteBackup })).json).toEqual({
      statusCode: 403,
      data: {
        authorized: false,
        valid: true,
        allowedInReadOnlyMode: true,
        errors: [{ message: { key: 'NOT_PERMITTED', args: [] } }],
        successful: false,
      },
      message: 'reader may not do that. A system administrator of the site may do that.',
      reason: 'Forbidden',
    });
    expect((await server.call('root', 'GET /nothing')).json).toMatchObject({ statusCode: 404, reason: 'Not Found' });
  });

  it('are JSON and nothing else, so that no form of another web page is taken for it', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml']) {
      const headers = { 'content-type': type };
      const answer = await server.call('root', 'POST /backup/site', { body: JSON.stringify(siteBackup), headers });
      expect(answer.status).toBe(415);
    }
    const foreign = { origin: 'https://evil.example.com' };
    expect((await server.call('root', 'POST /backup/site', { body: siteBackup, headers: foreign })).status).toBe(403);
  });

  it('may be absent where none is needed, whatever the client announces', async () => {
    const id = await make('root', 'POST /backup/site', siteBackup);
    for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
      const headers = { 'content-type': type, 'content-length': '0' };
      expect((await server.call('root', `PUT /jobs/${id}/cancel`, { body: '', headers })).status).toBe(200);
      expect((await server.call('root', 'PUT /jobs/clear-queue', { body: '', headers })).status).toBe(200);
    }
  });

  it('are what the job will do', async () => {
    await make('root', 'POST /backup/site', { skipAttachments: true, keepPermanently: true, fileNamePrefix: 'x' });
    await make('root', 'POST /backup/site', siteBackup);
    await make('root', 'POST /restore/site', { fileName: 'site.zip', skipReindex: true });
    const jobs = await server.app.control.query<{ parameters: object }>('SELECT parameters FROM jobs ORDER BY id');
    expect(jobs.map(({ parameters }) => parameters)).toEqual([
      { type: 'site-backup', site: 'wiki', attachments: false, keepPermanently: true, fileNamePrefix: 'x' },
      { type: 'site-backup', site: 'wiki', attachments: true, keepPermanently: false },
      { type: 'site-restore', site: 'wiki', fileName: 'site.zip', skipReindex: true },
    ]);
  });

  it('may have null for what is not required', async () => {
    await make('root', 'POST /backup/site', { ...siteBackup, fileNamePrefix: null });
    await make('root', 'POST /restore/site', { fileName: 'site.zip', skipReindex: null });
  });
});

describe('jobs in Confluence’s API', () => {
  it('are answered to the letter when they are made', async () => {
    const { text, json, headers } = await server.call('root', 'POST /backup/space', { body: spaceBackup(b, a, b) });
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(text).toBe(
      `{"id":${json.id},"jobOperation":"BACKUP","jobScope":"SPACE","jobState":"QUEUED","createTime":"${json.createTime}","startProcessingTime":null,` +
        '"finishProcessingTime":null,"cancelTime":null,"errorMessage":null,"owner":"root","cancelledBy":null,"fileName":null,' +
        `"spaceKeys":"${b},${a}","fileDeleteTime":null,"fileExists":false,"statistics":{"totalObjectsCount":0,"processedObjectsCount":0,` +
        '"persistedObjectsCount":0,"skippedObjectsCount":0,"reusedObjectsCount":0}}',
    );
    expect(json.createTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect((await server.call('root', `GET /jobs/${json.id}`)).text).toBe(text);
    expect((await server.call('root', 'GET /jobs')).text).toBe(`[${text}]`);
  });

  it('have ids of 64 bits, exactly', async () => {
    await server.app.control.query('ALTER TABLE jobs ALTER COLUMN id RESTART WITH 9223372036854775001');
    const id = await make('root', 'POST /backup/site', siteBackup);
    expect(id).toBe('9223372036854775001');
    for (const request of [`GET /jobs/${id}`, 'GET /jobs', `PUT /jobs/${id}/cancel`]) {
      expect((await server.call('root', request)).text).toContain('"id":9223372036854775001,');
    }
    expect((await server.call('root', 'GET /jobs/9223372036854775000')).status).toBe(404);
    await server.app.control.query('ALTER TABLE jobs ALTER COLUMN id RESTART WITH 1000');
  });

  it('are not found by what is no id', async () => {
    for (const id of ['x', '-1', '1.5', '1e3', '99999999999999999999', '%27', 'clear-queue']) {
      expect((await server.call('root', `GET /jobs/${id}`)).status, id).toBe(400);
      expect((await server.call('root', `PUT /jobs/${id}/cancel`)).status, id).toBe(404);
      expect((await server.call('root', `GET /jobs/${id}/download`)).status, id).toBe(404);
    }
    expect((await server.call('root', 'GET /jobs/9999999999999999999')).status).toBe(404);
  });

  it('are refused for spaces that are queued or in progress (409)', async () => {
    const id = await make('carrier', 'POST /backup/space', spaceBackup(a, b));
    const again = () => server.call('keeper', 'POST /backup/space', { body: spaceBackup(a) });
    expect((await again()).json).toMatchObject({ statusCode: 409, reason: 'Conflict' });
    expect((await server.call('root', 'POST /restore/space', { body: { fileName: 'space.zip' } })).status).toBe(409);
    await set(id, `state = 'PROCESSING', started = created`);
    expect((await again()).status).toBe(409);
    await set(id, `state = 'FAILED', finished = created`);
    expect((await again()).status).toBe(200);
    await make('root', 'POST /backup/site', siteBackup);
    await make('root', 'POST /backup/site', siteBackup);
  });

  it('are listed the newest first, 25 unless asked for otherwise, and found by each filter', async () => {
    const site = await make('root', 'POST /backup/site', siteBackup);
    const space = await make('keeper', 'POST /backup/space', spaceBackup(a));
    await set(space, `state = 'FINISHED', finished = created`);
    const both = await make('carrier', 'POST /backup/space', spaceBackup(a, b));
    const restore = await make('root', 'POST /restore/site', { fileName: 'site.zip' });
    await set(restore, `state = 'FAILED', finished = created`);
    await set(both, `state = 'FINISHED', finished = created`);
    const spaceRestore = await make('root', 'POST /restore/space', { fileName: 'space.zip' });
    const all = [spaceRestore, restore, both, space, site];
    expect(await idsOf('root', '')).toEqual(all);
    expect(await idsOf('root', '?limit=2')).toEqual([spaceRestore, restore]);
    expect(await idsOf('root', '?jobScope=SPACE')).toEqual([spaceRestore, both, space]);
    expect(await idsOf('root', '?jobScope=SITE&jobOperation=BACKUP')).toEqual([site]);
    expect(await idsOf('root', '?jobOperation=RESTORE')).toEqual([spaceRestore, restore]);
    expect(await idsOf('root', '?jobStates=FINISHED')).toEqual([both, space]);
    expect(await idsOf('root', '?jobStates=FINISHED,FAILED')).toEqual([restore, both, space]);
    expect(await idsOf('root', '?jobStates=FAILED&jobStates=QUEUED')).toEqual([spaceRestore, restore, site]);
    expect(await idsOf('root', `?spaceKey=${b}`)).toEqual([both]);
    expect(await idsOf('root', '?owner=Keeper')).toEqual([space]);
    expect(await idsOf('root', '?owner=nobody-at-all')).toEqual([]);
    expect(await idsOf('keeper', '')).toEqual([space]);
    expect(await idsOf('keeper', '?owner=keeper')).toEqual([space]);
    expect(await idsOf('keeper', '?owner=root')).toEqual([]);
    expect(await idsOf('reader', '')).toEqual([]);
    await set(space, `created = '2026-01-31T01:00:00.500Z'`);
    await set(both, `created = '2026-01-30T00:00:00Z'`);
    const early = 'toDate=2026-01-31T02:00:00.000Z';
    expect(await idsOf('root', `?${early}`)).toEqual([both, space]);
    expect(await idsOf('root', `?${early}&fromDate=2026-01-31T02:00:00.500+0100`)).toEqual([space]);
    expect(await idsOf('root', `?${early}&fromDate=2026-01-31T02:00:00.501%2B0100`)).toEqual([]);
    expect((await server.call('root', 'GET /jobs?jobStates=DONE')).status).toBe(400);
  });

  it('are 25 when nothing is said, more when asked for', async () => {
    const id = await make('root', 'POST /backup/site', siteBackup);
    await server.app.control.query(
      `INSERT INTO jobs (type, queue, site, state, owner, realm, created) SELECT type, queue, site, 'FAILED', owner, realm, created
       FROM jobs, generate_series(1, 40) WHERE id = $1`,
      [id],
    );
    expect(await idsOf('root', '')).toHaveLength(25);
    expect(await idsOf('root', '?limit=100')).toHaveLength(41);
  });

  it('are Confluence’s four and exports from snapshots; those of schedules among them', async () => {
    const add = async (type: string, changes = '') => {
      const [{ id }] = await server.app.control.query<{ id: string }>(
        `INSERT INTO jobs (type, queue, site, state, owner, realm, created) VALUES ($1, 'site:wiki', 'wiki', 'QUEUED', 'system', 'local', now()) RETURNING id`,
        [type],
      );
      if (changes) await set(id, changes);
      return id;
    };
    const ours = [await add('snapshot'), await add('restore-snapshot'), await add('compare'), await add('import')];
    const site = await add('export');
    const space = await add('export', `space_keys = ARRAY['${a}']`);
    const scheduled = await add('site-backup', `schedule_id = 1`);
    expect(await idsOf('root', '')).toEqual([scheduled, space, site]);
    expect(await idsOf('root', '?jobScope=SPACE')).toEqual([space]);
    expect(await idsOf('root', '?jobScope=SITE')).toEqual([scheduled, site]);
    for (const id of ours) {
      expect((await server.call('root', `GET /jobs/${id}`)).status).toBe(404);
      expect((await server.call('root', `PUT /jobs/${id}/cancel`)).status).toBe(404);
    }
    // What this API does not show, it does not cancel.
    expect((await server.call('root', 'PUT /jobs/clear-queue')).text).toBe('3');
    const states = await server.app.control.query<{ state: string }>('SELECT state FROM jobs WHERE id = ANY($1)', [ours]);
    expect(states.map(({ state }) => state)).toEqual(['QUEUED', 'QUEUED', 'QUEUED', 'QUEUED']);
  });

  it('are cancelled where they wait, asked to end where they run, and left alone where they are over', async () => {
    const id = await make('root', 'POST /backup/site', siteBackup);
    const cancelled = await server.call('root', `PUT /jobs/${id}/cancel`);
    expect(cancelled.json).toMatchObject({ jobState: 'CANCELLED', cancelledBy: 'root', cancelTime: expect.any(String) });
    expect((await server.call('root', `PUT /jobs/${id}/cancel`)).text).toBe(cancelled.text);
    await set(id, `state = 'PROCESSING', cancelled = NULL, cancelled_by = NULL`);
    expect((await server.call('root', `PUT /jobs/${id}/cancel`)).json).toMatchObject({ jobState: 'CANCELLING' });
    for (const state of ['COMPLETING', 'FINISHED', 'FAILED']) {
      await set(id, `state = '${state}'`);
      expect((await server.call('root', `PUT /jobs/${id}/cancel`)).json).toMatchObject({ jobState: state });
    }
  });

  it('that wait are cancelled all at once, and those in progress go on', async () => {
    const running = await make('root', 'POST /backup/site', siteBackup);
    await set(running, `state = 'PROCESSING', started = created`);
    await make('carrier', 'POST /backup/space', spaceBackup(a));
    await make('root', 'POST /backup/site', siteBackup);
    const answer = await server.call('root', 'PUT /jobs/clear-queue');
    expect([answer.text, answer.headers.get('content-type')]).toEqual(['2', 'application/json; charset=utf-8']);
    expect((await server.call('root', 'PUT /jobs/clear-queue')).text).toBe('0');
    expect((await server.call('root', `GET /jobs/${running}`)).json.jobState).toBe('PROCESSING');
  });
});

describe('files in Confluence’s API', () => {
  it('that can be restored are listed, of one scope or of both', async () => {
    const site = {
      fileName: 'site.zip',
      fileCreationTime: expect.stringMatching(/Z$/),
      fileSize: expect.any(Number),
      jobScope: 'SITE',
    };
    const space = { ...site, fileName: 'space.zip', jobScope: 'SPACE' };
    expect((await server.call('root', 'GET /restore/files')).json).toEqual([site, space]);
    expect((await server.call('root', 'GET /restore/files?jobScope=SITE')).json).toEqual([site]);
    expect((await server.call('root', 'GET /restore/files?jobScope=space')).json).toEqual([space]);
    expect((await server.call('root', 'GET /restore/files?jobScope=')).json).toEqual([site, space]);
    expect((await server.call('root', 'GET /restore/files?jobScope=ALL')).status).toBe(400);
  });

  it('are downloaded whole and in parts', async () => {
    const id = await make('root', 'POST /backup/site', siteBackup);
    await finish(id, 'PK0123456789');
    const get = (headers: Record<string, string> = {}) => server.call('root', `GET /jobs/${id}/download`, { headers });
    const whole = await get();
    expect([whole.status, whole.text]).toEqual([200, 'PK0123456789']);
    expect(whole.headers.get('content-type')).toBe('application/octet-stream');
    expect(whole.headers.get('content-disposition')).toContain(`filename="${id}.zip"`);
    expect(whole.headers.get('accept-ranges')).toBe('bytes');
    const tag = whole.headers.get('etag')!;
    for (const [range, text, place] of [
      ['bytes=0-1', 'PK', '0-1'],
      ['bytes=2-', '0123456789', '2-11'],
      ['bytes=-3', '789', '9-11'],
      ['bytes=10-999', '89', '10-11'],
    ]) {
      const part = await get({ range });
      expect([part.status, part.text, part.headers.get('content-range')]).toEqual([206, text, `bytes ${place}/12`]);
      expect((await get({ range, 'if-range': tag })).status).toBe(206);
      expect((await get({ range, 'if-range': '"another"' })).status).toBe(200);
    }
    const beyond = await get({ range: 'bytes=12-' });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */12']);
  });

  it('are not there before the end of the job, nor after they were deleted; the job stays', async () => {
    const id = await make('root', 'POST /backup/site', siteBackup);
    const statusOf = async () => (await server.call('root', `GET /jobs/${id}/download`)).status;
    expect(await statusOf()).toBe(404);
    const path = await finish(id);
    expect(await statusOf()).toBe(200);
    await rm(path);
    expect(await statusOf()).toBe(404);
    expect((await server.call('root', `GET /jobs/${id}`)).json).toMatchObject({ fileExists: false, fileName: `${id}.zip` });
  });

  it('that are downloaded or restored stand in the audit log', async () => {
    const id = await make('keeper', 'POST /backup/space', spaceBackup(a));
    await finish(id);
    await server.call('carrier', `GET /jobs/${id}/download`);
    const lines = await server.app.control.query<{ actor: string; action: string; object: string }>(
      'SELECT actor, action, object FROM audit ORDER BY id DESC LIMIT 2',
    );
    expect(lines).toEqual([
      { actor: 'carrier', action: 'file.download', object: `${id}.zip` },
      { actor: 'keeper', action: 'job.space-backup', object: a },
    ]);
  });
});
