import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OpenApplication } from '#app/open-application.ts';
import { type Dispatcher, startDispatcher } from '#app/work/dispatcher.ts';
import { tidyUp } from '#app/work/janitor.ts';
import { cancelJob } from '#control/jobs/cancel-job.ts';
import { finalStates, type Job } from '#control/jobs/job.ts';
import { planFile } from '#control/jobs/progress-job.ts';
import { readJob } from '#control/jobs/read-jobs.ts';
import { startNextJob } from '#control/jobs/start-job.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { ask, TestServer, untilState } from './support/test-server.ts';

// Several servers on one control database, and disks that do not do what is asked of them.

let server: TestServer;
let app: OpenApplication;
let wiki: LiveSite;
const dispatchers: Dispatcher[] = [];

beforeAll(async () => {
  server = await TestServer.open();
  app = await server.application();
  wiki = await server.site(app, 'wiki', 5);
  for (const name of ['second', 'third', 'fourth']) await server.site(app, name, 5);
});
afterAll(() => server.close());
afterEach(async () => {
  for (const dispatcher of dispatchers.splice(0)) await dispatcher.stop(0);
});

async function dispatch(application?: OpenApplication): Promise<void> {
  dispatchers.push(await startDispatcher(application ?? (await server.application())));
}

const backup = { type: 'site-backup', site: 'wiki', attachments: true, keepPermanently: false } as const;

/** A job in progress whose worker is gone, and what it had begun to write: a folder cannot be removed as a file is. */
async function deadJobWithStubbornFile(): Promise<Job> {
  const job = await ask(app, backup);
  await startNextJob(app.control, 'site:wiki', 'a host 1', app.now());
  const name = `stubborn-${job.id}.zip`;
  const path = join(wiki.home, 'restore', 'site', name);
  await mkdir(`${path}.partial`, { recursive: true });
  await writeFile(join(`${path}.partial`, 'x'), 'x');
  await planFile(app.control, job.id, { name, path });
  return job;
}

describe('two servers on one control database', () => {
  it('do each job once, in its turn, and no more at a time than each may', async () => {
    const asked: Job[] = [];
    for (let round = 0; round < 3; round++) {
      for (const site of ['wiki', 'second', 'third', 'fourth']) asked.push(await ask(app, { ...backup, site }));
    }
    for (let count = 0; count < 2; count++) {
      const one = await server.application();
      one.config.parallelJobs = 1;
      await dispatch(one);
    }
    const done: Job[] = [];
    for (const { id } of asked) done.push(await untilState(app, id));
    expect(new Set(done.map(({ state, error }) => `${state} ${error?.message ?? ''}`))).toEqual(new Set(['FINISHED ']));
    expect(new Set(done.map(({ worker }) => worker)).size).toBe(done.length);
    for (const site of ['wiki', 'second', 'third', 'fourth']) {
      const own = done.filter((job) => job.site === site);
      for (const [index, job] of own.entries()) {
        if (index > 0) expect(job.started!.getTime()).toBeGreaterThanOrEqual(own[index - 1].finished!.getTime());
      }
    }
    for (const { started } of done) {
      const beside = done.filter((job) => job.started! <= started! && started! < job.finished!);
      expect(beside.length).toBeLessThanOrEqual(2);
    }
  });
});

describe('a file that cannot be removed', () => {
  it('does not keep a dead job from its end, nor others from their turn', async () => {
    const job = await deadJobWithStubbornFile();
    await dispatch();
    const other = await ask(app, { ...backup, site: 'second' });
    const over = await Promise.race([untilState(app, other.id), new Promise((r) => setTimeout(() => r('stuck'), 20_000))]);
    expect(over).toMatchObject({ state: 'FINISHED' });
    expect(await untilState(app, job.id)).toMatchObject({ state: 'FAILED', error: { code: 'INTERRUPTED' } });
  });

  it('does not keep the janitor from others', async () => {
    await dispatch();
    const [first, second] = [
      await untilState(app, (await ask(app, backup)).id),
      await untilState(app, (await ask(app, backup)).id),
    ];
    await rm(first.file!.path);
    await mkdir(join(first.file!.path, 'x'), { recursive: true });
    const later = { ...app, now: () => new Date(Date.now() + 73 * 3_600_000) };
    await tidyUp(later).catch(() => {});
    expect(await readdir(join(wiki.home, 'restore', 'site'))).not.toContain(second.file!.name);
    await rm(first.file!.path, { recursive: true });
  });
});

describe('a backup whose time has come', () => {
  it('stays as long as a restore of it waits or runs', async () => {
    await dispatch();
    const made = await untilState(app, (await ask(app, backup)).id);
    for (const dispatcher of dispatchers.splice(0)) await dispatcher.stop(0);
    const restore = await ask(app, { type: 'site-restore', site: 'wiki', fileName: made.file!.name });
    const later = { ...app, now: () => new Date(Date.now() + 73 * 3_600_000) };
    await tidyUp(later);
    expect((await readJob(app.control, made.id))!.file).toMatchObject({ exists: true });
    await cancelJob(app.control, restore.id, 'admin', app.now());
    await tidyUp(later);
    expect((await readJob(app.control, made.id))!.file).toMatchObject({ exists: false });
  });
});

describe('a worker', () => {
  it('whose session with the control database does not answer any more ends', async () => {
    await dispatch();
    const lock = new Client(wiki.databaseUrl);
    await lock.connect();
    await lock.query('BEGIN; LOCK TABLE public.bodycontent IN ACCESS EXCLUSIVE MODE');
    const job = await ask(app, backup);
    await untilState(app, job.id, ['PROCESSING', ...finalStates]);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const [{ pid }] = await app.control.query<{ pid: number }>(
      `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    const worker = Number((await readJob(app.control, job.id))!.worker!.split(' ')[1]);
    process.kill(pid, 'SIGSTOP');
    try {
      await expect
        .poll(
          () => {
            try {
              return process.kill(worker, 0);
            } catch {
              return false;
            }
          },
          { timeout: 30_000 },
        )
        .toBe(false);
    } finally {
      process.kill(pid, 'SIGCONT');
      await lock.query('ROLLBACK');
      await lock.end();
    }
    expect(await untilState(app, job.id)).toMatchObject({ state: 'FAILED', error: { code: 'INTERRUPTED' } });
  });
});
