import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JobRequest } from '#app/jobs/job-request.ts';
import { keepFile, openJobFile, runAgain } from '#app/jobs/job-service.ts';
import type { OpenApplication } from '#app/open-application.ts';
import { setUpgrading } from '#app/sites/registered-sites.ts';
import { type Dispatcher, startDispatcher } from '#app/work/dispatcher.ts';
import { tidyUp } from '#app/work/janitor.ts';
import { cancelJob } from '#control/jobs/cancel-job.ts';
import { readLog, readSkippedRecords } from '#control/jobs/job-log.ts';
import { listKnownSnapshots } from '#control/sites/known-snapshots.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { administrator, ask, TestServer, untilState } from './support/test-server.ts';

let server: TestServer;
let app: OpenApplication;
let wiki: LiveSite;
const dispatchers: Dispatcher[] = [];

beforeAll(async () => {
  server = await TestServer.open();
  app = await server.application();
  wiki = await server.site(app, 'wiki');
  await server.vault(app, 'main');
});
afterAll(() => server.close());
afterEach(async () => {
  for (const dispatcher of dispatchers.splice(0)) await dispatcher.stop(0);
});

async function dispatch(application = app): Promise<void> {
  dispatchers.push(await startDispatcher(application));
}

const siteBackup = { type: 'site-backup', site: 'wiki', attachments: true, keepPermanently: false } as const;

describe('jobs', () => {
  it('back a site up into a file of its restore folder, with everything that people want to know of it', async () => {
    await dispatch();
    const asked = await ask(app, { ...siteBackup, fileNamePrefix: 'nightly ../x' });
    expect(asked).toMatchObject({ state: 'QUEUED', type: 'site-backup', owner: 'admin', file: null });
    const job = await untilState(app, asked.id);
    expect(job).toMatchObject({ state: 'FINISHED', error: null, phase: expect.anything() });
    expect(job.records.processed).toBe(job.records.total);
    expect(job.records.processed).toBeGreaterThan(100);
    expect(job.started!.getTime()).toBeGreaterThanOrEqual(job.created.getTime());
    expect(job.file).toMatchObject({
      exists: true,
      name: expect.stringMatching(/^nightly_.._x-Confluence-site-export-[-\d]+\.zip$/),
    });
    expect(job.file!.deleteTime!.getTime() - job.created.getTime()).toBe(72 * 3_600_000);
    expect((await stat(job.file!.path)).size).toBe(job.file!.bytes);
    expect(await readdir(join(wiki.home, 'restore', 'site'))).toEqual([job.file!.name]);
    expect(await openJobFile(app, administrator, job.id)).toMatchObject({ path: job.file!.path, bytes: job.file!.bytes });
    const messages = (await readLog(app.control, job.id, { limit: 100 })).map(({ message }) => message);
    expect(messages.at(-1)).toBe('Finished');
  });

  it('restore what they backed up: a site, and a space under another key, with every skipped record and its reason', async () => {
    await dispatch();
    const backup = await untilState(app, (await ask(app, siteBackup)).id);
    const restore = await untilState(
      app,
      (await ask(app, { type: 'site-restore', site: 'wiki', fileName: backup.file!.name })).id,
    );
    expect(restore).toMatchObject({ state: 'FINISHED', error: null });
    const spaces = await server.sites.query<{ key: string }>(wiki, 'SELECT spacekey AS key FROM public.spaces ORDER BY 1');
    const key = spaces.map((space) => space.key).find((one) => !one.startsWith('~'))!;
    const space: JobRequest = { type: 'space-backup', site: 'wiki', spaceKeys: [key], keepPermanently: true };
    const ofSpace = await untilState(app, (await ask(app, space)).id);
    expect(ofSpace).toMatchObject({ state: 'FINISHED', spaceKeys: [key], file: { deleteTime: null } });
    const under = { type: 'space-restore', site: 'wiki', fileName: ofSpace.file!.name, asKey: 'BESIDE' } as const;
    const beside = await untilState(app, (await ask(app, under)).id);
    expect(beside).toMatchObject({ state: 'FINISHED', error: null, spaceKeys: ['BESIDE'] });
    expect(beside.records.persisted).toBeGreaterThan(10);
    const skipped = await readSkippedRecords(app.control, beside.id, { limit: 1000 });
    expect(skipped.length).toBe(beside.records.skipped);
    const found = await server.sites.query(wiki, `SELECT 1 FROM public.spaces WHERE spacekey = 'BESIDE'`);
    expect(found).toHaveLength(1);
    // The wrong kind of file is told before it is queued.
    await expect(ask(app, { type: 'site-restore', site: 'wiki', fileName: ofSpace.file!.name })).rejects.toMatchObject({
      code: 'RESTORE_FILE_NOT_FOUND',
    });
  });

  it('tell what a backup is, and undo the last restore of a site', async () => {
    await dispatch();
    const backup = await untilState(app, (await ask(app, siteBackup)).id);
    const { name: fileName } = backup.file!;
    const inspected = await untilState(app, (await ask(app, { type: 'inspect', site: 'wiki', scope: 'SITE', fileName })).id);
    expect(inspected).toMatchObject({ state: 'FINISHED', error: null, result: expect.objectContaining({ kind: 'site' }) });
    await server.sites.query(wiki, `UPDATE public.spaces SET spacename = 'edited since'`);
    await untilState(app, (await ask(app, { type: 'site-restore', site: 'wiki', fileName })).id);
    const named = `SELECT 1 FROM public.spaces WHERE spacename = 'edited since'`;
    expect(await server.sites.query(wiki, named)).toEqual([]);
    const rolledBack = await untilState(app, (await ask(app, { type: 'rollback', site: 'wiki' })).id);
    expect(rolledBack).toMatchObject({ state: 'FINISHED', error: null });
    expect((await server.sites.query(wiki, named)).length).toBeGreaterThan(0);
  });

  it('keep snapshots in a vault, prove them, export them, compare them, and know them afterwards', async () => {
    await dispatch();
    const snapshot = await untilState(
      app,
      (await ask(app, { type: 'snapshot', site: 'wiki', vault: 'main', tags: ['nightly'] })).id,
    );
    expect(snapshot).toMatchObject({ state: 'FINISHED', error: null, snapshotId: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await listKnownSnapshots(app.control, { site: 'wiki' })).toMatchObject([{ vault: 'main', id: snapshot.snapshotId }]);
    const requests: JobRequest[] = [
      { type: 'check', vault: 'main', dataPercent: 100 },
      { type: 'export', site: 'wiki', vault: 'main', snapshot: 'latest', keepPermanently: false },
      { type: 'compare', vault: 'main', snapshot: 'latest', with: { site: 'wiki' } },
      { type: 'retention', vault: 'main', rules: { last: 1, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, tags: [] } },
      { type: 'prune', vault: 'main' },
      { type: 'restore-snapshot', site: 'wiki', vault: 'main', snapshot: 'latest' },
    ];
    for (const request of requests) {
      const job = await untilState(app, (await ask(app, request)).id);
      expect(job, `${request.type} ${job.error?.message}`).toMatchObject({ state: 'FINISHED', error: null });
      if (request.type === 'compare') expect(job.result).toMatchObject({ equal: true });
      if (request.type === 'export') expect((await stat(job.file!.path)).size).toBe(job.file!.bytes);
    }
  });

  it('fail with a reason that people can act on', async () => {
    await dispatch();
    await expect(ask(app, { ...siteBackup, site: 'nowhere' })).rejects.toMatchObject({ code: 'SITE_UNKNOWN' });
    const space = { type: 'space-backup', site: 'wiki', keepPermanently: false } as const;
    await expect(ask(app, { ...space, spaceKeys: ['NO-SUCH'] })).rejects.toMatchObject({ code: 'SPACE_UNKNOWN' });
    for (const fileName of ['../site/x.zip', '/etc/passwd', 'x.txt', '.hidden.zip', 'a\\b.zip']) {
      await expect(ask(app, { type: 'site-restore', site: 'wiki', fileName })).rejects.toMatchObject({
        code: 'FILE_NAME_INVALID',
      });
    }
    const job = await untilState(app, (await ask(app, { type: 'drill', vault: 'main', snapshot: 'ffffffffff' })).id);
    expect(job).toMatchObject({ state: 'FAILED', error: { code: 'SNAPSHOT_NOT_FOUND' } });
  });

  it('wait their turn: first in, first out for one site, at the same time for different ones', async () => {
    const first = await ask(app, siteBackup);
    const second = await ask(app, siteBackup);
    const other = await ask(app, { type: 'check', vault: 'main' });
    await dispatch();
    const [one, two, beside] = [
      await untilState(app, first.id),
      await untilState(app, second.id),
      await untilState(app, other.id),
    ];
    expect([one.state, two.state, beside.state]).toEqual(['FINISHED', 'FINISHED', 'FINISHED']);
    expect(two.started!.getTime()).toBeGreaterThanOrEqual(one.finished!.getTime());
    expect(beside.started!.getTime()).toBeLessThan(two.started!.getTime());
  });

  it('are refused for spaces that are queued already, and accepted again afterwards', async () => {
    const [{ key }] = await server.sites.query<{ key: string }>(
      wiki,
      'SELECT spacekey AS key FROM public.spaces ORDER BY 1 LIMIT 1',
    );
    const request: JobRequest = { type: 'space-backup', site: 'wiki', spaceKeys: [key], keepPermanently: false };
    const asked = await Promise.allSettled([ask(app, request), ask(app, request), ask(app, request)]);
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refused = asked.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
    expect(refused).toEqual(['SAME_SPACES', 'SAME_SPACES']);
    const [made] = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(await cancelJob(app.control, made.id, 'admin', new Date())).toMatchObject({
      state: 'CANCELLED',
      cancelledBy: 'admin',
    });
    const again = await ask(app, request);
    await cancelJob(app.control, again.id, 'admin', new Date());
  });

  it('are held while a rolling upgrade goes on, and start when it is over', async () => {
    await dispatch();
    await setUpgrading(app, 'wiki', true);
    const held = await ask(app, siteBackup);
    expect(held.held).toBe(true);
    const other = await untilState(app, (await ask(app, { type: 'check', vault: 'main' })).id);
    expect(other.state).toBe('FINISHED');
    expect((await untilState(app, held.id, ['QUEUED'])).state).toBe('QUEUED');
    await setUpgrading(app, 'wiki', false);
    expect((await untilState(app, held.id)).state).toBe('FINISHED');
  });

  it('lose their file after 72 hours, unless it is kept, which can be chosen both ways; and they stay in the list', async () => {
    await dispatch();
    const jobs = [await untilState(app, (await ask(app, siteBackup)).id), await untilState(app, (await ask(app, siteBackup)).id)];
    await keepFile(app, administrator, jobs[0].id, true);
    const later = { ...app, now: () => new Date(Date.now() + 73 * 3_600_000) };
    await tidyUp(later);
    const [kept, gone] = [await untilState(app, jobs[0].id), await untilState(app, jobs[1].id)];
    expect(kept.file).toMatchObject({ exists: true, deleteTime: null });
    expect(gone.file).toMatchObject({ exists: false });
    await expect(stat(gone.file!.path)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(openJobFile(app, administrator, gone.id)).rejects.toMatchObject({ code: 'FILE_GONE' });
    await expect(keepFile(app, administrator, gone.id, true)).rejects.toMatchObject({ code: 'FILE_GONE' });
    // Too late for the usual time: there is an hour to think again.
    const changed = await keepFile(later, administrator, kept.id, false);
    expect(changed.file!.deleteTime!.getTime()).toBeGreaterThan(later.now().getTime());
    await rm(kept.file!.path);
    await tidyUp(app);
    expect((await untilState(app, kept.id)).file).toMatchObject({ exists: false });
  });

  it('can be run again as they were asked for', async () => {
    await dispatch();
    const first = await untilState(app, (await ask(app, siteBackup)).id);
    const again = await runAgain(app, administrator, first.id);
    expect(again).toMatchObject({ runAgainOf: first.id, type: first.type, parameters: first.parameters });
    expect((await untilState(app, again.id)).state).toBe('FINISHED');
  });
});
