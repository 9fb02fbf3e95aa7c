import { mkdir, statfs, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cancelJobAs } from '#app/jobs/job-service.ts';
import type { OpenApplication } from '#app/open-application.ts';
import { changeSite } from '#app/sites/registered-sites.ts';
import { type Dispatcher, startDispatcher } from '#app/work/dispatcher.ts';
import { releaseWhatIsOver } from '#app/work/upgrade-watch.ts';
import { buildServer } from '#server/http/build-server.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { administrator, ask, TestServer, untilState } from './support/test-server.ts';

let server: TestServer;
let app: OpenApplication;
let wiki: LiveSite;
const dispatchers: Dispatcher[] = [];

beforeAll(async () => {
  server = await TestServer.open();
  app = await server.application();
  wiki = await server.site(app, 'wiki', 40);
  await server.vault(app, 'main');
});
afterAll(() => server.close());
afterEach(async () => {
  for (const dispatcher of dispatchers.splice(0)) await dispatcher.stop(0);
});

async function dispatch(application = app): Promise<void> {
  dispatchers.push(await startDispatcher(application));
}

const backup = { type: 'site-backup', site: 'wiki', attachments: true, keepPermanently: false } as const;

describe('a job', () => {
  it('that needs more memory than it may have fails alone: the server answers, and the next one is done', async () => {
    const small = await server.application();
    small.config.workerMemory = 32;
    await dispatch(small);
    const http = await buildServer(app);
    // A page of so many letters is read whole, for a body is one value.
    await server.sites.query(
      wiki,
      `UPDATE public.bodycontent SET body = repeat('memory ', 12000000) WHERE bodycontentid = (SELECT min(bodycontentid) FROM public.bodycontent)`,
    );
    const job = await untilState(app, (await ask(app, backup)).id);
    expect(job).toMatchObject({ state: 'FAILED', error: { code: 'WORKER_MEMORY' }, file: { exists: false } });
    expect((await http.inject({ url: '/healthz' })).statusCode).toBe(200);
    await server.sites.query(wiki, `UPDATE public.bodycontent SET body = 'short again' WHERE length(body) > 1000000`);
    await http.close();
    for (const dispatcher of dispatchers.splice(0)) await dispatcher.stop(0);
    await dispatch();
    expect((await untilState(app, (await ask(app, backup)).id)).state).toBe('FINISHED');
  });

  it('whose process ends before it has begun stays in the queue, and is done when that is mended', async () => {
    const broken = await server.application({ NODE_OPTIONS: '--no-such-option-of-node' });
    const first = await startDispatcher(broken);
    const job = await ask(app, backup);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect((await untilState(app, job.id, ['QUEUED'])).state).toBe('QUEUED');
    await first.stop(0);
    await dispatch();
    expect((await untilState(app, job.id)).state).toBe('FINISHED');
  });
});

describe('room on the disk', () => {
  it('is looked for before a backup, and watched while it is written', async () => {
    const folder = join(server.folder, 'elsewhere');
    await mkdir(folder, { recursive: true });
    await changeSite(app, 'wiki', { backupFolder: folder });
    const { bavail, bsize } = await statfs(folder);
    const tight = { ...app, config: { ...app.config, minimumFreeBytes: bavail * bsize + 1e12 } };
    await expect(ask(tight, backup)).rejects.toMatchObject({ code: 'DISK_SPACE', hint: expect.stringContaining('Make room') });
    // The worker reads the configuration itself: there the disk is too full, though nobody saw it before.
    const config = join(server.folder, 'tight.yaml');
    await writeFile(config, `minimumFree: ${Math.ceil((bavail * bsize) / 1e9) + 1000}G\n`);
    const worker = await server.application({ OXBOW_CONFIG: config });
    await dispatch(worker);
    const lock = await holdBodies();
    const job = await ask(app, backup);
    await untilState(app, job.id, ['PROCESSING']);
    // Longer than it takes to look at the disk once.
    await new Promise((resolve) => setTimeout(resolve, 4000));
    await lock();
    const over = await untilState(app, job.id);
    expect(over).toMatchObject({ state: 'FAILED', error: { code: 'DISK_SPACE' }, file: { exists: false } });
    await changeSite(app, 'wiki', { backupFolder: join(wiki.home, 'restore') });
  });

  it('is estimated for the first backup of a site, which nothing is known of yet', async () => {
    const huge = await server.site(app, 'huge', 5);
    await server.sites.query(
      huge,
      `UPDATE public.contentproperties SET longval = 1000000000000000 WHERE propertyname = 'FILESIZE'`,
    );
    await expect(ask(app, { ...backup, site: 'huge' })).rejects.toMatchObject({ code: 'DISK_SPACE' });
    // Its pages alone have room.
    const job = await ask(app, { ...backup, site: 'huge', attachments: false });
    await cancelJobAs(app, administrator, job.id);
  });

  /** Keeps a backup in its middle until the function is called. */
  async function holdBodies(): Promise<() => Promise<void>> {
    const { Client } = await import('pg');
    const client = new Client(wiki.databaseUrl);
    await client.connect();
    await client.query('BEGIN; LOCK TABLE public.bodycontent IN ACCESS EXCLUSIVE MODE');
    return async () => {
      await client.query('ROLLBACK');
      await client.end();
    };
  }
});

describe('a rolling upgrade', () => {
  let nodes: Server[] = [];
  afterEach(async () => {
    for (const node of nodes) await new Promise((resolve) => node.close(resolve));
    nodes = [];
  });

  /** A node of a Confluence that says which build it is, as XML or JSON. */
  async function node(build: () => number, isJson = false): Promise<string> {
    const one = createServer((request, response) => {
      if (request.url !== '/rest/applinks/1.0/manifest') response.writeHead(404).end();
      else
        response.end(
          isJson
            ? `{"typeId":"confluence","buildNumber":${build()}}`
            : `<manifest><buildNumber>${build()}</buildNumber></manifest>`,
        );
    });
    await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
    nodes.push(one);
    return `http://127.0.0.1:${(one.address() as AddressInfo).port}`;
  }

  it('is noticed by the builds of the nodes: jobs made meanwhile are held until all are the same', async () => {
    let second = 9012;
    const urls = [await node(() => 9012), await node(() => second, true), 'http://127.0.0.1:1'];
    await changeSite(app, 'wiki', { nodeUrls: urls });
    await dispatch();
    const before = await ask(app, backup);
    expect(before.held).toBe(false);
    expect((await untilState(app, before.id)).state).toBe('FINISHED');
    second = 9111;
    const held = await ask(app, backup);
    expect(held.held).toBe(true);
    await releaseWhatIsOver(app);
    expect((await untilState(app, held.id, ['QUEUED'])).held).toBe(true);
    second = 9012;
    await releaseWhatIsOver(app);
    expect((await untilState(app, held.id)).state).toBe('FINISHED');
    await changeSite(app, 'wiki', { nodeUrls: [] });
  });
});
