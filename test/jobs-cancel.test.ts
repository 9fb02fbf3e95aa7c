import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobRequest } from '#app/jobs/job-request.ts';
import { cancelJobAs } from '#app/jobs/job-service.ts';
import type { OpenApplication } from '#app/open-application.ts';
import { type Dispatcher, startDispatcher } from '#app/work/dispatcher.ts';
import { finalStates } from '#control/jobs/job.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { siteDigest } from './support/site-digest.ts';
import { administrator, ask, TestServer, untilState } from './support/test-server.ts';

// Each kind of job is cancelled at many moments. Whether it was in time or too late: the site is as it was or as it was asked for, no file is half
// there, no work folder stays, and the vault stays whole.

let server: TestServer;
let app: OpenApplication;
let wiki: LiveSite;
let dispatcher: Dispatcher;
let siteFile = '';
let spaceFile = '';
let key = '';
let snapshot = '';

beforeAll(async () => {
  server = await TestServer.open();
  app = await server.application();
  wiki = await server.site(app, 'wiki', 600);
  await server.vault(app, 'main');
  await server.vault(app, 'second');
  dispatcher = await startDispatcher(await server.application());
  const spaces = await server.sites.query<{ key: string }>(wiki, 'SELECT spacekey AS key FROM public.spaces ORDER BY 1');
  key = spaces.map((space) => space.key).find((one) => !one.startsWith('~'))!;
  const done = async (request: JobRequest) => (await untilState(app, (await ask(app, request)).id)).file?.name ?? '';
  siteFile = await done({ type: 'site-backup', site: 'wiki', attachments: true, keepPermanently: true });
  spaceFile = await done({ type: 'space-backup', site: 'wiki', spaceKeys: [key], keepPermanently: true });
  snapshot = (await untilState(app, (await ask(app, { type: 'snapshot', site: 'wiki', vault: 'main' })).id)).snapshotId!;
});
afterAll(async () => {
  await dispatcher.stop(0);
  await server.close();
});

const requests: [string, () => JobRequest][] = [
  ['site-backup', () => ({ type: 'site-backup', site: 'wiki', attachments: true, keepPermanently: false })],
  ['space-backup', () => ({ type: 'space-backup', site: 'wiki', spaceKeys: [key], keepPermanently: false })],
  ['site-restore', () => ({ type: 'site-restore', site: 'wiki', fileName: siteFile })],
  ['space-restore', () => ({ type: 'space-restore', site: 'wiki', fileName: spaceFile, spaceKeys: [key], replace: true })],
  ['snapshot', () => ({ type: 'snapshot', site: 'wiki', vault: 'main', full: true })],
  ['import', () => ({ type: 'import', site: 'wiki', vault: 'main', scope: 'SITE', fileName: siteFile })],
  ['export', () => ({ type: 'export', site: 'wiki', vault: 'main', snapshot, keepPermanently: false })],
  ['restore-snapshot', () => ({ type: 'restore-snapshot', site: 'wiki', vault: 'main', snapshot })],
  ['check', () => ({ type: 'check', vault: 'main', dataPercent: 100 })],
  ['prune', () => ({ type: 'prune', vault: 'main' })],
  ['repair', () => ({ type: 'repair', vault: 'main' })],
  ['drill', () => ({ type: 'drill', vault: 'main', snapshot })],
  ['copy', () => ({ type: 'copy', vault: 'main', otherVault: 'second' })],
  ['compare', () => ({ type: 'compare', vault: 'main', snapshot, with: { site: 'wiki' } })],
];
const moments = [0, 200, 500, 1000, 2000];

/** Two of the moments for each type, all of them over the types; with OXBOW_EVERY_MOMENT all for each. */
function momentsOf(type: string): number[] {
  const first = requests.findIndex(([name]) => name === type);
  return moments.filter((_, i) => process.env.OXBOW_EVERY_MOMENT || (i + first) % moments.length < 2);
}

/** But for what a restore that came to its end keeps, so that it can be rolled back. */
async function namesOfHome(): Promise<string[]> {
  return (await readdir(wiki.home)).filter((name) => !/^(attachments|home)-before-/.test(name)).sort();
}

async function filesOf(): Promise<string[]> {
  const names: string[] = [];
  for (const scope of ['site', 'space']) {
    for (const name of await readdir(join(wiki.home, 'restore', scope)).catch(() => [])) names.push(`${scope}/${name}`);
  }
  return names.filter((name) => !name.includes('before-replace')).sort();
}

describe('a job that is cancelled at any moment leaves nothing', () => {
  it.each(requests)('%s', async (type, request) => {
    for (const wait of momentsOf(type)) {
      const [files, homeBefore] = [await filesOf(), await namesOfHome()];
      const isReplace = request().type === 'space-restore';
      const digest = isReplace ? null : await siteDigest(wiki);
      const job = await ask(app, request());
      await untilState(app, job.id, ['PROCESSING', ...finalStates]);
      await new Promise((resolve) => setTimeout(resolve, wait));
      await cancelJobAs(app, administrator, job.id);
      const over = await untilState(app, job.id);
      expect(['CANCELLED', 'FINISHED'], `${over.error?.code} ${over.error?.message}`).toContain(over.state);
      const made = over.state === 'FINISHED' && over.file && ['site-backup', 'space-backup', 'export'].includes(over.type);
      const own = made ? [`${over.type === 'space-backup' ? 'space' : 'site'}/${over.file!.name}`] : [];
      expect(await filesOf(), `after ${wait} ms`).toEqual([...files, ...own].sort());
      expect(await namesOfHome()).toEqual(homeBefore);
      if (digest) expect(await siteDigest(wiki), `after ${wait} ms`).toEqual(digest);
      // The process ends right after its job.
      await expect.poll(() => readdir(join(server.folder, 'data', 'work')), { timeout: 20_000 }).toEqual([]);
    }
  });

  it('and the vaults are whole', async () => {
    for (const vault of ['main', 'second']) {
      const check = await untilState(app, (await ask(app, { type: 'check', vault, dataPercent: 100 })).id);
      expect(check).toMatchObject({ state: 'FINISHED', error: null });
    }
    const drill = await untilState(app, (await ask(app, { type: 'drill', vault: 'main', snapshot })).id);
    expect(drill).toMatchObject({ state: 'FINISHED', error: null });
  });
});
