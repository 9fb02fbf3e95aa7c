import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isOxbowError } from '#base/errors.ts';
import type { RunContext } from '#base/run-context.ts';
import { generateLiveSite } from '#flows/generate/generate-site.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { dropPreviousSite } from '#sites/live/restore/rollback.ts';
import { checkVault } from '#vault/maintenance/check.ts';
import { openReader } from '#vault/read-session.ts';
import { listSnapshots, readContents } from '#vault/snapshots/list-snapshots.ts';
import { type FaultPlan, FaultyStore } from '#vault/store/faulty-store.ts';
import type { MemoryStore } from '#vault/store/memory-store.ts';
import type { Vault } from '#vault/vault.ts';
import { cloneVault, testVault } from '#vault/vault-fixture.ts';
import { TestSites } from '../../../test/support/test-sites.ts';
import { backupSite } from './backup-site.ts';
import { backupSpaces } from './backup-spaces.ts';

// A backup whose store fails at its n-th call, before or after the real effect, for every n. Nothing of it is visible unless all of it is; what was
// there stays; the next one succeeds.

let sites: TestSites;
let site: LiveSite;
let spaceKey: string;
/** A vault with a snapshot of the site as it was before its last edits. */
let start: Vault & { store: MemoryStore };
let earlier: { id: string; roots: string };

beforeAll(async () => {
  sites = await TestSites.open();
  site = await sites.create();
  await generateLiveSite({ pages: 12, seed: 3, attachmentBytes: 40_000 }, site, await sites.context());
  await dropPreviousSite(site);
  await writeFile(join(site.home, 'confluence.cfg.xml'), '<confluence-configuration/>');
  const vault = await testVault();
  const { snapshot } = await backupSite(site, vault, {}, await sites.context());
  start = cloneVault(vault);
  earlier = { id: snapshot.id, roots: await rootsOf(vault, snapshot.id) };
  await sites.query(site, `UPDATE bodycontent SET body = body || '<p>edited</p>' WHERE bodycontentid % 3 = 0`);
  await writeFile(join(site.home, 'confluence.cfg.xml'), '<confluence-configuration><edited/></confluence-configuration>');
  const [space] = await sites.query(site, `SELECT spacekey FROM spaces WHERE spacetype = 'global' ORDER BY spaceid LIMIT 1`);
  spaceKey = space.spacekey;
});
afterAll(async () => await sites.close());

/** Equal roots are equal rows and files. */
async function rootsOf(vault: Vault, id: string): Promise<string> {
  const { snapshots, damaged, missing } = await listSnapshots(vault);
  expect([damaged, missing]).toEqual([[], []]);
  const { tables, files } = await readContents(await openReader(vault), snapshots.find((one) => one.id === id)!);
  return JSON.stringify([files, ...tables.map(({ name, tree }) => [name, tree])]);
}

async function problemsOf(vault: Vault) {
  const { problems, damage } = await checkVault(vault, { data: 1, random: () => 0 }, await sites.context());
  return [...problems, ...damage];
}

const operations: Record<string, (vault: Vault, context: RunContext) => Promise<unknown>> = {
  'a backup': async (vault, context) => await backupSite(site, vault, {}, context),
  'a backup of a space': async (vault, context) => await backupSpaces(site, vault, { spaceKeys: [spaceKey], tags: [] }, context),
};

/** What is left in a work folder, or still open in it. */
function leftIn(folder: string): string[] {
  const descriptors = existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd') : [];
  const open = descriptors.flatMap((one) => {
    try {
      return [readlinkSync(`/proc/self/fd/${one}`)];
    } catch {
      return [];
    }
  });
  return [...readdirSync(folder), ...open.filter((path) => path.startsWith(folder))];
}

/** Calls with an effect. Those that only read fail the same before and after. */
const writing = ['put', 'putIfAbsent', 'delete'] as const;

describe.each(Object.keys(operations))('%s whose store fails', (name) => {
  const run = operations[name];
  let after: string;
  let calls: Record<string, number>;

  beforeAll(async () => {
    const vault = cloneVault(start);
    const store = new FaultyStore(vault.store);
    await run({ ...vault, store }, await sites.context());
    calls = store.callsByMethod;
    after = await newRoots(vault);
  });

  async function newRoots(vault: Vault): Promise<string> {
    const { snapshots } = await listSnapshots(vault);
    return await rootsOf(vault, snapshots.find(({ id }) => id !== earlier.id)!.id);
  }

  /** Whether the operation failed. */
  async function failAt(plan: FaultPlan): Promise<boolean> {
    const vault = cloneVault(start);
    const store = new FaultyStore(vault.store);
    store.plan = plan;
    const context = await sites.context();
    const error = await run({ ...vault, store }, context).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    // Defects have no code.
    if (error !== null && !isOxbowError(error)) throw error;
    expect(leftIn(context.workFolder), JSON.stringify(plan)).toEqual([]);
    expect(store.fired, JSON.stringify(plan)).toBeGreaterThan(0);
    if (error && !plan.error) expect(error.code).toBe('STORE_UNAVAILABLE');
    const { snapshots } = await listSnapshots(vault);
    expect(snapshots.map(({ id }) => id)).toContain(earlier.id);
    expect(snapshots.length).toBeLessThanOrEqual(2);
    if (!error) expect(snapshots).toHaveLength(2);
    if (snapshots.length === 2) expect(await newRoots(vault)).toBe(after);
    expect(await problemsOf(vault)).toEqual([]);
    await run(vault, await sites.context());
    expect(await newRoots(vault)).toBe(after);
    expect(await rootsOf(vault, earlier.id)).toBe(earlier.roots);
    expect(await problemsOf(vault)).toEqual([]);
    return error !== null;
  }

  it('at its n-th call, before the effect, is not visible and can be run again', async () => {
    const all = Object.values(calls).reduce((sum, one) => sum + one, 0);
    let failed = 0;
    for (let at = 1; at <= all; at++) if (await failAt({ at, when: 'before' })) failed++;
    expect(failed).toBeGreaterThan(5);
  });

  it('at its n-th writing call, after the effect, is not visible or is complete, and can be run again', async () => {
    for (const method of writing) for (let at = 1; at <= (calls[method] ?? 0); at++) await failAt({ at, when: 'after', method });
  });

  it('from its n-th call on for good is not visible, and can be run again when the store is back', async () => {
    const all = Object.values(calls).reduce((sum, one) => sum + one, 0);
    for (let at = 1; at <= all; at += 3) await failAt({ at, when: 'before', every: true });
  });
});

describe('a backup of much whose store fails while tables are read', () => {
  it('ends with that error, whichever pack it was, and can be run again', async () => {
    const big = await sites.create(site);
    for (const name of ['one', 'two', 'three'])
      await sites.query(
        big,
        `CREATE TABLE ${name} AS SELECT i AS id, (SELECT string_agg(md5(i || '.' || k), '') FROM generate_series(1, 60) k) AS body
         FROM generate_series(1, 6000) i; ALTER TABLE ${name} ADD PRIMARY KEY (id); UPDATE ${name} SET body = md5('${name}') || body`,
      );
    const vault = cloneVault(start);
    for (const at of [2, 2, 3]) {
      const store = new FaultyStore(vault.store);
      // Puts: the lease, then packs.
      store.plan = { at, when: 'before', method: 'put', every: true };
      const failed = backupSite(big, { ...vault, store }, {}, await sites.context());
      await expect(failed).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect((await listSnapshots(vault)).snapshots).toHaveLength(1);
    }
    await backupSite(big, vault, {}, await sites.context());
    expect((await listSnapshots(vault)).snapshots).toHaveLength(2);
    expect(await problemsOf(vault)).toEqual([]);
  });
});
