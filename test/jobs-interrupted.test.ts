import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { glob as globFiles, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cancelJobAs, runAgain } from '#app/jobs/job-service.ts';
import type { OpenApplication } from '#app/open-application.ts';
import { changeSite } from '#app/sites/registered-sites.ts';
import { type Dispatcher, startDispatcher } from '#app/work/dispatcher.ts';
import { isAlive } from '#base/is-alive.ts';
import { finalStates, type Job } from '#control/jobs/job.ts';
import { readJob } from '#control/jobs/read-jobs.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { siteDigest } from './support/site-digest.ts';
import { administrator, ask, TestServer, untilState } from './support/test-server.ts';

// What becomes of jobs when their worker, their server or the control database dies, and when they are cancelled. A lock on a table of the site keeps a
// job in its middle for as long as a test needs.

let server: TestServer;
let app: OpenApplication;
let wiki: LiveSite;
const dispatchers: Dispatcher[] = [];
const servers: ChildProcess[] = [];
const locks: Client[] = [];

beforeAll(async () => {
  server = await TestServer.open();
  app = await server.application();
  wiki = await server.site(app, 'wiki');
  await server.site(app, 'other', 5);
  await server.vault(app, 'main');
});
afterAll(() => server.close());
afterEach(async () => {
  for (const lock of locks.splice(0)) await lock.end().catch(() => {});
  for (const one of servers.splice(0)) one.kill('SIGKILL');
  for (const dispatcher of dispatchers.splice(0)) await dispatcher.stop(0);
});

const backup = { type: 'site-backup', site: 'wiki', attachments: true, keepPermanently: false } as const;
const otherBackup = { ...backup, site: 'other' } as const;

async function dispatch(): Promise<void> {
  dispatchers.push(await startDispatcher(await server.application()));
}

/** Nothing that reads this table of the site goes on until release(). */
async function hold(table = 'bodycontent', mode = 'ACCESS EXCLUSIVE'): Promise<{ release(): Promise<void> }> {
  const client = new Client(wiki.databaseUrl);
  client.on('error', () => {});
  locks.push(client);
  await client.connect();
  await client.query(`BEGIN; LOCK TABLE public.${table} IN ${mode} MODE`);
  return {
    async release() {
      await client.query('ROLLBACK');
      await client.end();
    },
  };
}

/** The job is at work, and stands at the lock. */
async function untilHeld(job: Job): Promise<Job> {
  const started = await untilState(app, job.id, ['PROCESSING', ...finalStates]);
  expect(started).toMatchObject({ state: 'PROCESSING', error: null });
  for (;;) {
    const [{ waiting }] = await server.sites.query<{ waiting: string }>(
      wiki,
      `SELECT count(*) AS waiting FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    if (Number(waiting) > 0) return started;
    expect(await readJob(app.control, job.id)).toMatchObject({ state: 'PROCESSING', error: null });
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function workerOf(job: Job): number {
  return Number(job.worker!.split(' ')[1]);
}

async function filesOf(site: LiveSite): Promise<string[]> {
  const folder = join(site.home, 'restore', 'site');
  return (await readdir(folder).catch(() => [])).sort();
}

/** A server of its own, as people start it. */
async function startServer(): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../bin/oxbow.js'), 'serve', '--no-sample', '--listen', '127.0.0.1:0'],
    {
      env: { ...process.env, OXBOW_HOME: join(server.folder, 'data'), OXBOW_CONTROL_DATABASE_URL: server.controlUrl },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  servers.push(child);
  for await (const text of child.stdout!) if (String(text).includes('ready at')) break;
  return child;
}

describe('a job', () => {
  it('whose worker is killed fails with the reason, leaves nothing, and can be run again; those behind it keep their place', async () => {
    const before = await filesOf(wiki);
    const lock = await hold();
    await dispatch();
    const job = await ask(app, backup);
    const started = await untilHeld(job);
    const next = await ask(app, backup);
    process.kill(workerOf(started), 'SIGKILL');
    const failed = await untilState(app, job.id);
    expect(failed).toMatchObject({
      state: 'FAILED',
      error: { code: 'INTERRUPTED', message: expect.stringContaining('SIGKILL') },
    });
    expect(failed.file).toMatchObject({ exists: false });
    // The next one has begun in its turn, and stands at the same lock.
    await untilHeld(next);
    const again = await runAgain(app, administrator, job.id);
    await lock.release();
    const [second, third] = [await untilState(app, next.id), await untilState(app, again.id)];
    expect([second.state, third.state]).toEqual(['FINISHED', 'FINISHED']);
    expect(third.started!.getTime()).toBeGreaterThanOrEqual(second.finished!.getTime());
    expect(await filesOf(wiki)).toEqual([...before, second.file!.name, third.file!.name].sort());
  });

  it('whose server is killed fails soon, on another server; what was queued is done there', async () => {
    const before = await filesOf(wiki);
    const lock = await hold();
    const child = await startServer();
    const job = await ask(app, backup);
    const started = await untilHeld(job);
    const queued = await ask(app, backup);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await dispatch();
    const failed = await untilState(app, job.id);
    expect(failed).toMatchObject({ state: 'FAILED', error: { code: 'INTERRUPTED' } });
    await lock.release();
    const done = await untilState(app, queued.id);
    expect(done.state).toBe('FINISHED');
    expect(await filesOf(wiki)).toEqual([...before, done.file!.name].sort());
    await expect.poll(() => isAlive(workerOf(started)), { timeout: 20_000 }).toBe(false);
  });

  it('fails when the control database crashes, and the queue goes on when it is back', async () => {
    const lock = await hold();
    await dispatch();
    const job = await ask(app, backup);
    await untilHeld(job);
    const queued = await ask(app, otherBackup);
    await untilState(app, queued.id, ['PROCESSING', ...finalStates]);
    // A backend that is killed takes the whole server down, which then recovers.
    const [{ pid }] = await app.control.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'oxbow worker' AND datname = current_database() LIMIT 1`,
    );
    process.kill(pid, 'SIGKILL');
    await lock.release().catch(() => {});
    const failed = await afterCrash(job.id);
    expect(failed).toMatchObject({ state: 'FAILED', error: { code: expect.stringMatching(/^(INTERRUPTED|DATABASE_LOST)$/) } });
    await afterCrash(queued.id);
    const again = await runAgain(app, administrator, job.id);
    expect((await untilState(app, again.id)).state).toBe('FINISHED');
  });

  it('uses what the interrupted one had uploaded, when it is run again', async () => {
    await writeFile(join(wiki.home, 'attachments', 'large'), randomBytes(48_000_000));
    await changeSite(app, 'wiki', { limitRate: 24_000_000 });
    await dispatch();
    const job = await ask(app, { type: 'snapshot', site: 'wiki', vault: 'main' });
    const started = await untilState(app, job.id, ['PROCESSING', ...finalStates]);
    // Killed when a pack is there, and another one is not yet.
    while (!(await hasPack(join(server.folder, 'vault-main', 'packs')))) await new Promise((resolve) => setTimeout(resolve, 10));
    process.kill(workerOf(started), 'SIGKILL');
    expect(await untilState(app, job.id)).toMatchObject({ state: 'FAILED', error: { code: 'INTERRUPTED' } });
    await changeSite(app, 'wiki', { limitRate: 1_000_000_000 });
    const again = await untilState(app, (await runAgain(app, administrator, job.id)).id);
    expect(again).toMatchObject({ state: 'FINISHED', snapshotId: expect.any(String) });
    const { snapshot } = again.result as { snapshot: { statistics: { newBytes: number } } };
    expect(snapshot.statistics.newBytes).toBeLessThan(48_000_000 - 14_000_000);
    await rm(join(wiki.home, 'attachments', 'large'));
    const check = await untilState(app, (await ask(app, { type: 'check', vault: 'main', dataPercent: 100 })).id);
    expect(check).toMatchObject({ state: 'FINISHED', error: null });
  });
});

describe('a job that is cancelled', () => {
  it('while it waits is over at once', async () => {
    const job = await ask(app, backup);
    expect(await cancelJobAs(app, administrator, job.id)).toMatchObject({ state: 'CANCELLED', started: null });
    await dispatch();
    expect((await untilState(app, (await ask(app, otherBackup)).id)).state).toBe('FINISHED');
    expect(await readJob(app.control, job.id)).toMatchObject({ state: 'CANCELLED', file: null });
  });

  it('in the middle of a backup leaves no file', async () => {
    const before = await filesOf(wiki);
    const lock = await hold();
    await dispatch();
    const job = await ask(app, backup);
    await untilHeld(job);
    expect((await cancelJobAs(app, administrator, job.id)).state).toBe('CANCELLING');
    const over = await untilState(app, job.id);
    expect(over).toMatchObject({ state: 'CANCELLED', cancelledBy: 'admin', error: null });
    await lock.release();
    expect(await filesOf(wiki)).toEqual(before);
  });

  it('in the middle of a restore leaves the site as it was', async () => {
    await dispatch();
    const made = await untilState(app, (await ask(app, backup)).id);
    await server.sites.query(wiki, `UPDATE public.content SET title = 'changed since' WHERE contenttype = 'PAGE'`);
    const before = await siteDigest(wiki);
    // It stands at the exchange of the tables, with everything done but the decision.
    const lock = await hold('content', 'ACCESS SHARE');
    const job = await ask(app, { type: 'site-restore', site: 'wiki', fileName: made.file!.name });
    await untilHeld(job);
    await cancelJobAs(app, administrator, job.id);
    const over = await untilState(app, job.id);
    expect(over).toMatchObject({ state: 'CANCELLED', error: null });
    await lock.release();
    expect(await siteDigest(wiki)).toEqual(before);
  });

  it('at any moment of a restore leaves the site as it was, or was too late', async () => {
    await dispatch();
    const made = await untilState(app, (await ask(app, backup)).id);
    const before = await siteDigest(wiki);
    for (const wait of [100, 500, 900, 1300, 1700]) {
      const job = await ask(app, { type: 'site-restore', site: 'wiki', fileName: made.file!.name });
      await untilState(app, job.id, ['PROCESSING', ...finalStates]);
      await new Promise((resolve) => setTimeout(resolve, wait));
      await cancelJobAs(app, administrator, job.id);
      const over = await untilState(app, job.id);
      expect(['CANCELLED', 'FINISHED']).toContain(over.state);
      expect(await siteDigest(wiki), `cancelled after ${wait} ms`).toEqual(before);
    }
  });
});

async function hasPack(folder: string): Promise<boolean> {
  for await (const _ of globFiles(join(folder, '*', '*'))) return true;
  return false;
}

/** The database may be away for some moments. */
async function afterCrash(id: string): Promise<Job> {
  for (;;) {
    const job = await readJob(app.control, id).catch(() => null);
    if (job && finalStates.includes(job.state)) return job;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
