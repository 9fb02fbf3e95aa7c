import { mkdir, readdir, readlink, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addLogLines, addSkippedRecords } from '#control/jobs/job-log.ts';
import { callApi, setJob } from '../../../test/support/api-calls.ts';
import { type Answer, ConfluenceServer, type Role } from '../../../test/support/confluence-server.ts';
import { job as jobContract, jobDetails, jobsAnswer } from '../contract/job-contract.ts';

let server: ConfluenceServer;
let a: string;
let b: string;

beforeAll(async () => {
  server = await ConfluenceServer.open();
  [a, b] = server.spaces;
  await server.writeBackups();
  await server.test.vault(server.app, 'main');
});
afterAll(() => server.close());
beforeEach(async () => {
  await server.app.control.query('DELETE FROM jobs');
});

const siteBackup = { type: 'site-backup', site: 'wiki', attachments: true, keepPermanently: false };
const spaceBackup = (...spaceKeys: string[]) => ({ type: 'space-backup', site: 'wiki', spaceKeys, keepPermanently: false });
const call = (role: Role, request: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> =>
  callApi(server, role, request, body, headers);

async function make(role: Role, request: unknown): Promise<string> {
  const answer = await call(role, 'POST /api/jobs', request);
  expect(answer.status, answer.text).toBe(201);
  return jobContract.parse(answer.json).id;
}

async function finish(id: string, content: string | Buffer = '0123456789'): Promise<string> {
  const folder = join(server.wiki.home, 'restore', 'made');
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${id}.zip`);
  await writeFile(path, content);
  await server.app.control.query(
    `UPDATE jobs SET state = 'FINISHED', started = created, finished = created, file_name = $2, file_path = $3, file_bytes = $4, file_exists = true,
       file_delete_time = created + interval '72 hours' WHERE id = $1`,
    [id, `Übung "${id}".zip`, path, content.length],
  );
  return path;
}

const idsOf = (answer: Answer) => jobsAnswer.parse(answer.json).jobs.map(({ id }) => id);
const roles: Role[] = ['root', 'keeper', 'carrier', 'reader', 'nobody'];

describe('jobs of the API', () => {
  it('are asked for in every form that there is', async () => {
    const inVault = { site: 'wiki', vault: 'main' };
    for (const request of [
      siteBackup,
      { ...siteBackup, fileNamePrefix: 'nightly', skipHistory: true },
      spaceBackup(a, b),
      { type: 'site-restore', site: 'wiki', fileName: 'site.zip', dryRun: true },
      { type: 'space-restore', site: 'wiki', fileName: 'space.zip', asKey: 'BESIDE', users: [{ from: 'x', to: 'y' }] },
      { type: 'snapshot', ...inVault, tags: ['nightly'] },
      { type: 'import', ...inVault, scope: 'SITE', fileName: 'site.zip' },
      { type: 'export', ...inVault, snapshot: 'latest', keepPermanently: true },
      { type: 'restore-snapshot', ...inVault, snapshot: 'latest', dryRun: true },
      { type: 'check', vault: 'main', dataPercent: 10 },
      { type: 'prune', vault: 'main', dryRun: true },
      { type: 'retention', vault: 'main', rules: { last: 3 } },
      { type: 'drill', vault: 'main' },
      { type: 'compare', vault: 'main', snapshot: 'latest', with: { site: 'wiki' } },
    ]) {
      const answer = await call('root', 'POST /api/jobs', request);
      expect(answer.status, `${request.type} ${answer.text}`).toBe(201);
      expect(jobContract.parse(answer.json)).toMatchObject({ type: request.type, createdBy: 'root' });
      expect(answer.json.cli).toMatch(/^oxbow /);
    }
    const lines = (await call('root', 'GET /api/audit?action=job.')).json;
    expect(lines.map(({ action }: { action: string }) => action)).toContain('job.restore-snapshot');
  });

  it('are refused with what is wrong', async () => {
    for (const [request, status, code] of [
      [{ ...siteBackup, site: 'nowhere' }, 404, 'SITE_UNKNOWN'],
      [spaceBackup('NO-SUCH'), 404, 'SPACE_UNKNOWN'],
      [spaceBackup(), 400, 'REQUEST_INVALID'],
      [{ ...siteBackup, surplus: 1 }, 400, 'REQUEST_INVALID'],
      [{ type: 'explode' }, 400, 'REQUEST_INVALID'],
      [{ type: 'site-restore', site: 'wiki', fileName: '../x.zip' }, 400, 'FILE_NAME_INVALID'],
      [{ type: 'site-restore', site: 'wiki', fileName: 'none.zip' }, 404, 'RESTORE_FILE_NOT_FOUND'],
      [{ type: 'check', vault: 'none' }, 404, 'VAULT_UNKNOWN'],
    ] as const) {
      expect(await call('root', 'POST /api/jobs', request), code).toMatchObject({ status, json: { error: { code } } });
    }
    await make('root', spaceBackup(a));
    expect(await call('root', 'POST /api/jobs', spaceBackup(a))).toMatchObject({
      status: 409,
      json: { error: { code: 'SAME_SPACES' } },
    });
  });

  it('are listed with filters, page by page, and with how many there are', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) ids.unshift(await make('root', siteBackup));
    const ofSchedule = await make('root', { type: 'check', vault: 'main' });
    await setJob(server, ofSchedule, 'schedule_id = 5');
    const old = await make('root', siteBackup);
    await setJob(server, old, `created = created - interval '15 days'`);

    const first = await call('root', 'GET /api/jobs?limit=3');
    expect(idsOf(first)).toEqual(ids.slice(0, 3));
    expect(first.json.total).toBe(7);
    const second = await call('root', `GET /api/jobs?limit=3&before=${ids[2]}`);
    expect(idsOf(second)).toEqual(ids.slice(3, 6));
    expect(second.json.total).toBe(7);
    expect(first.json.jobs.map((one: { placeInQueue: number }) => one.placeInQueue)).toEqual([6, 5, 4]);

    expect(idsOf(await call('root', 'GET /api/jobs?schedules=include'))).toContain(ofSchedule);
    expect(idsOf(await call('root', 'GET /api/jobs?scheduleId=5'))).toEqual([ofSchedule]);
    expect(idsOf(await call('root', 'GET /api/jobs?schedules=include&types=check,prune'))).toEqual([ofSchedule]);
    expect(idsOf(await call('root', 'GET /api/jobs?schedules=include&vault=main'))).toEqual([ofSchedule]);
    expect(idsOf(await call('root', 'GET /api/jobs?from=2020-01-01T00:00:00Z'))).toContain(old);
    expect(idsOf(await call('root', 'GET /api/jobs?states=FINISHED&states=FAILED'))).toEqual([]);
    expect(idsOf(await call('root', 'GET /api/jobs?owner=somebody'))).toEqual([]);
    for (const wrong of ['limit=0', 'limit=1001', 'types=explode', 'from=yesterday', 'schedules=x'])
      expect((await call('root', `GET /api/jobs?${wrong}`)).status, wrong).toBe(400);
  });

  it('show each person what is his, and never say that there is more', async () => {
    const over = async (role: Role, request: unknown) => {
      const id = await make(role, request);
      await setJob(server, id, `state = 'FINISHED', started = created, finished = created`);
      return id;
    };
    const site = await over('root', siteBackup);
    const space = await over('root', spaceBackup(a));
    const both = await over('root', spaceBackup(a, b));
    const own = await over('carrier', spaceBackup(b));
    const restore = await make('root', { type: 'space-restore', site: 'wiki', fileName: 'space.zip' });
    const seen: Record<string, string[]> = {
      root: [restore, own, both, space, site],
      keeper: [space],
      carrier: [own, both, space],
      reader: [],
    };
    for (const role of roles.slice(0, 4)) {
      const list = await call(role, 'GET /api/jobs');
      expect(idsOf(list), role).toEqual(seen[role]);
      expect(list.json.total, role).toBe(seen[role].length);
      for (const id of [site, space, both, own, restore, '999999']) {
        for (const what of ['', '/log', '/skipped', '/skipped.csv']) {
          const answer = await call(role, `GET /api/jobs/${id}${what}`);
          const expected = seen[role].includes(id) ? 200 : 404;
          expect(answer.status, `${role} ${id} ${what}`).toBe(expected);
          if (expected === 404) expect(answer.json.error.message).toBe(`There is no job ${id}.`);
        }
      }
      for (const [method, what] of [
        ['POST', 'cancel'],
        ['POST', 'run-again'],
        ['PUT', 'keep'],
        ['GET', 'download'],
        ['GET', 'events'],
      ]) {
        if (role === 'root') continue;
        const answer = await call(
          role,
          `${method} /api/jobs/${site}/${what}`,
          what === 'keep' ? { permanently: true } : undefined,
        );
        expect(answer.status, `${role} ${what}`).toBe(404);
      }
    }
    expect((await call('nobody', 'GET /api/jobs')).status).toBe(401);
  });

  it('tell everything of a task', async () => {
    const id = await make('root', siteBackup);
    await setJob(
      server,
      id,
      `state = 'PROCESSING', started = created + interval '3 seconds', phase = 'Rows', phase_done = 500, phase_total = 1000, phase_unit = 'rows',
       phase_started = now() - interval '10 seconds', records_total = 1000, records_processed = 500, records_skipped = 2, bytes_processed = 12345, warnings = 1`,
    );
    const details = jobDetails.parse((await call('root', `GET /api/jobs/${id}`)).json);
    expect(details).toMatchObject({
      state: 'PROCESSING',
      queueSeconds: 3,
      attachmentsIncluded: true,
      numberOfSpaces: 0,
      records: { total: 1000, processed: 500, skipped: 2 },
      bytesProcessed: 12345,
      warnings: 1,
      fileName: null,
      deleteScheduled: null,
      placeInQueue: 0,
      phase: { name: 'Rows', done: 500, total: 1000, unit: 'rows' },
      request: siteBackup,
      cli: 'oxbow export --site wiki --output FILE.zip',
    });
    expect(details.phase!.rate).toBeGreaterThan(0);
    expect(details.phase!.secondsLeft).toBeGreaterThan(0);
    await finish(id);
    const over = jobDetails.parse((await call('root', `GET /api/jobs/${id}`)).json);
    expect(over).toMatchObject({
      phase: null,
      elapsedSeconds: 0,
      fileName: `Übung "${id}".zip`,
      fileBytes: 10,
      fileExists: true,
    });
    expect(Date.parse(over.deleteScheduled!) - Date.parse(over.createdOn)).toBe(72 * 3_600_000);
  });

  it('are told in brief where many are, and whole where one is', async () => {
    const users = Array.from({ length: 500 }, (_, n) => ({ from: `user-${n}`, to: `person-${n}` }));
    const id = await make('root', { type: 'space-restore', site: 'wiki', fileName: 'space.zip', users });
    await setJob(server, id, `result = jsonb_build_object('plan', repeat('x', 1000))`);
    const list = await call('root', 'GET /api/jobs');
    expect(list.json.jobs[0].request.users).toHaveLength(20);
    expect(list.text).not.toContain('xxxx');
    const details = (await call('root', `GET /api/jobs/${id}`)).json;
    expect(details.request.users).toEqual(users);
    expect(details.result.plan).toHaveLength(1000);
  });

  it('are cancelled by their owner and by administrators, and asked for again', async () => {
    const id = await make('carrier', spaceBackup(a));
    expect(await call('keeper', `POST /api/jobs/${id}/cancel`)).toMatchObject({ status: 404 });
    expect(await call('carrier', `POST /api/jobs/${id}/run-again`)).toMatchObject({
      status: 409,
      json: { error: { code: 'JOB_NOT_OVER' } },
    });
    expect(await call('carrier', `POST /api/jobs/${id}/cancel`)).toMatchObject({
      status: 200,
      json: { state: 'CANCELLED', cancelledBy: 'carrier' },
    });
    expect(await call('carrier', `POST /api/jobs/${id}/run-again`)).toMatchObject({
      status: 201,
      json: { state: 'QUEUED', runAgainOf: id },
    });
    const before = await make('root', siteBackup);
    expect(await call('keeper', 'POST /api/sites/wiki/clear-queue')).toMatchObject({ status: 403 });
    expect(await call('root', 'POST /api/sites/wiki/clear-queue')).toMatchObject({ status: 200, json: { cancelled: 2 } });
    expect((await call('root', `GET /api/jobs/${before}`)).json.state).toBe('CANCELLED');
  });

  it('give their file away whole or in ranges, and go on where a download broke off', async () => {
    const id = await make('root', siteBackup);
    expect(await call('root', `GET /api/jobs/${id}/download`)).toMatchObject({ status: 404 });
    const path = await finish(id);
    const whole = await call('root', `GET /api/jobs/${id}/download`);
    expect(whole).toMatchObject({ status: 200, text: '0123456789' });
    expect(whole.headers.get('content-type')).toBe('application/octet-stream');
    expect(whole.headers.get('content-length')).toBe('10');
    expect(whole.headers.get('content-disposition')).toBe(
      `attachment; filename="_bung _${id}_.zip"; filename*=UTF-8''%C3%9Cbung%20%22${id}%22.zip`,
    );
    const etag = whole.headers.get('etag')!;
    const range = async (headers: Record<string, string>) => {
      const { status, text, headers: sent } = await call('root', `GET /api/jobs/${id}/download`, undefined, headers);
      return [status, text, sent.get('content-range')];
    };
    expect(await range({ range: 'bytes=4-' })).toEqual([206, '456789', 'bytes 4-9/10']);
    expect(await range({ range: 'bytes=0-0' })).toEqual([206, '0', 'bytes 0-0/10']);
    expect(await range({ range: 'bytes=-3' })).toEqual([206, '789', 'bytes 7-9/10']);
    expect(await range({ range: 'bytes=-30' })).toEqual([206, '0123456789', 'bytes 0-9/10']);
    expect(await range({ range: 'bytes=8-100' })).toEqual([206, '89', 'bytes 8-9/10']);
    expect(await range({ range: 'bytes=10-' })).toEqual([416, '', 'bytes */10']);
    expect(await range({ range: 'bytes=-0' })).toEqual([416, '', 'bytes */10']);
    for (const odd of ['bytes=5-2', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=-', 'x'])
      expect(await range({ range: odd }), odd).toEqual([200, '0123456789', null]);
    expect(await range({ range: 'bytes=4-', 'if-range': etag })).toEqual([206, '456789', 'bytes 4-9/10']);
    expect(await range({ range: 'bytes=4-', 'if-range': '"another"' })).toEqual([200, '0123456789', null]);
    const head = await call('root', `HEAD /api/jobs/${id}/download`);
    expect([head.status, head.headers.get('content-length'), head.headers.get('accept-ranges')]).toEqual([200, '10', 'bytes']);
    const [line] = (await call('root', 'GET /api/audit?action=file.download')).json;
    expect(line).toMatchObject({ actor: 'root', site: 'wiki', details: { job: id } });

    expect((await call('carrier', `GET /api/jobs/${id}/download`)).status).toBe(404);
    await rm(path);
    expect(await call('root', `GET /api/jobs/${id}/download`)).toMatchObject({
      status: 410,
      json: { error: { code: 'FILE_GONE' } },
    });
    expect((await call('root', `GET /api/jobs/${id}`)).json).toMatchObject({
      fileExists: false,
      fileName: `Übung "${id}".zip`,
      deleteScheduled: null,
    });
    const empty = await make('root', siteBackup);
    await finish(empty, '');
    expect(await call('root', `GET /api/jobs/${empty}/download`)).toMatchObject({ status: 200, text: '' });
  });

  it.runIf(process.platform === 'linux')(
    'let go of their file when a download breaks off, and send it to its end when it is deleted meanwhile',
    async () => {
      const id = await make('root', siteBackup);
      const path = await finish(id);
      const bytes = 200_000_000;
      await truncate(path, bytes);
      const links = async () => {
        const all = await readdir('/proc/self/fd');
        return (await Promise.all(all.map((one) => readlink(`/proc/self/fd/${one}`).catch(() => '')))).filter((to) =>
          to.startsWith(path),
        );
      };
      const begin = async () => {
        const abort = new AbortController();
        const { body } = await fetch(`${server.base}/api/jobs/${id}/download`, {
          headers: server.authorization('root'),
          signal: abort.signal,
        });
        const reader = body!.getReader();
        const first = await reader.read();
        return { abort, reader, read: first.value!.length };
      };
      const broken = await begin();
      expect(await links()).toHaveLength(1);
      broken.abort.abort();
      await expect.poll(links).toEqual([]);

      const whole = await begin();
      await rm(path);
      let read = whole.read;
      for (let part = await whole.reader.read(); !part.done; part = await whole.reader.read()) read += part.value.length;
      expect(read).toBe(bytes);
      await expect.poll(links).toEqual([]);
    },
  );

  it('keep their file for ever, or not, as is decided later', async () => {
    const id = await make('carrier', spaceBackup(a));
    expect((await call('carrier', `PUT /api/jobs/${id}/keep`, { permanently: true })).status).toBe(410);
    await finish(id);
    expect((await call('carrier', `PUT /api/jobs/${id}/keep`, { permanently: true })).json).toMatchObject({
      deleteScheduled: null,
    });
    expect((await call('carrier', `PUT /api/jobs/${id}/keep`, { permanently: false })).json.deleteScheduled).not.toBeNull();
    expect((await call('carrier', `PUT /api/jobs/${id}/keep`, {})).status).toBe(400);
  });

  it('give their log line by line', async () => {
    const id = await make('root', siteBackup);
    const line = (n: number) => ({ time: new Date(), level: 'info' as const, code: null, message: `line ${n}`, object: null });
    await addLogLines(
      server.app.control,
      id,
      Array.from({ length: 25 }, (_, n) => line(n)),
    );
    const messages = async (query: string) =>
      (await call('root', `GET /api/jobs/${id}/log?${query}`)).json.map((one: { message: string }) => one.message);
    expect(await messages('limit=3')).toEqual(['line 0', 'line 1', 'line 2']);
    expect(await messages('limit=2&last=true')).toEqual(['line 23', 'line 24']);
    const [, , third] = (await call('root', `GET /api/jobs/${id}/log?limit=3`)).json;
    expect(await messages(`limit=2&after=${third.id}`)).toEqual(['line 3', 'line 4']);
  });

  it('give the records that were skipped, each with its reason: searched, page by page, and as a file', async () => {
    const id = await make('root', siteBackup);
    const records = Array.from({ length: 2500 }, (_, n) => ({ code: 'SKIPPED', object: `Page ${n}`, reason: `of "a", ${n}` }));
    records.push({ code: 'SKIPPED', object: '=cmd|calc', reason: 'ends\nhere' });
    await addSkippedRecords(server.app.control, id, records);
    const first = (await call('root', `GET /api/jobs/${id}/skipped?limit=2`)).json;
    expect(first).toMatchObject([{ object: 'Page 0' }, { object: 'Page 1' }]);
    expect((await call('root', `GET /api/jobs/${id}/skipped?limit=1&after=${first[1].id}`)).json).toMatchObject([
      { object: 'Page 2' },
    ]);
    expect((await call('root', `GET /api/jobs/${id}/skipped?search=PAGE%20249`)).json).toHaveLength(11);
    const csv = await call('root', `GET /api/jobs/${id}/skipped.csv`);
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(csv.headers.get('content-disposition')).toContain(`skipped-records-${id}.csv`);
    const lines = csv.text.split('\r\n');
    expect(lines[0].replace('\ufeff', '')).toBe('code,record,reason');
    expect(lines[1]).toBe('SKIPPED,Page 0,"of ""a"", 0"');
    // A spreadsheet would run it.
    expect(lines[2501]).toBe(`SKIPPED,'=cmd|calc,"ends\nhere"`);
    expect(lines).toHaveLength(2503);
  });
});
