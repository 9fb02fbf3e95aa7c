import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sizeOf } from '#app/file-size.ts';
import { isOxbowError } from '#base/errors.ts';
import type { RunContext } from '#base/run-context.ts';
import { backupSite } from '#flows/backup/backup-site.ts';
import { exportSnapshot } from '#flows/export/export-snapshot.ts';
import { generateLiveSite } from '#flows/generate/generate-site.ts';
import { inspectBackup } from '#flows/inspect/inspect-backup.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { dropPreviousSite } from '#sites/live/restore/rollback.ts';
import { findSnapshot, type ListedSnapshot } from '#vault/snapshots/list-snapshots.ts';
import { type FaultPlan, FaultyStore } from '#vault/store/faulty-store.ts';
import type { Vault } from '#vault/vault.ts';
import { testVault } from '#vault/vault-fixture.ts';
import { TestSites } from '../../../test/support/test-sites.ts';
import { restoreNames, type WholeState, wholeState } from '../../../test/support/whole-sites.ts';
import { restoreSnapshot } from './restore-snapshot.ts';

// Restores and exports of a snapshot whose store fails at its n-th call, for every n: the target stays as it was, the same again succeeds. They only
// read: before and after the effect is the same, but for a list that breaks off.

let sites: TestSites;
let vault: Vault;
let snapshot: ListedSnapshot;
let spaceKey: string;
/** A Confluence with a home of its own, to copy. */
let populated: LiveSite;

beforeAll(async () => {
  sites = await TestSites.open();
  const source = await sites.create();
  await generateLiveSite({ pages: 12, seed: 3, attachmentBytes: 400_000 }, source, await sites.context());
  await dropPreviousSite(source);
  await mkdir(join(source.home, 'keys'));
  await writeFile(join(source.home, 'keys', 'site.key'), 'of the source');
  const [space] = await sites.query(source, `SELECT spacekey FROM spaces WHERE spacetype = 'global' ORDER BY spaceid LIMIT 1`);
  spaceKey = space.spacekey;
  vault = await testVault();
  snapshot = await findSnapshot(vault, (await backupSite(source, vault, {}, await sites.context())).snapshot.id);
  populated = await sites.create();
  await generateLiveSite({ pages: 6, seed: 4, attachmentBytes: 20_000 }, populated, await sites.context());
  await dropPreviousSite(populated);
  await mkdir(join(populated.home, 'keys'));
  await writeFile(join(populated.home, 'keys', 'site.key'), 'of the target');
});
afterAll(async () => await sites.close());

/** Something that reads a snapshot and changes a target. */
interface Operation {
  /** Which of two calls fail; to save time; both restores of a site together try all. */
  only?: 'odd' | 'even';
  target(): Promise<LiveSite>;
  run(vault: Vault, target: LiveSite, context: RunContext): Promise<unknown>;
  state(target: LiveSite): Promise<unknown>;
  /** After a run that succeeded. */
  done(target: LiveSite, state: unknown): Promise<void>;
}

async function copyOfPopulated(): Promise<LiveSite> {
  const copy = await sites.create(populated);
  await cp(populated.home, copy.home, { recursive: true });
  return copy;
}

const isSource = async (_target: LiveSite, state: unknown) => {
  const { rows, files } = state as WholeState;
  expect(rows.spaces.split(' ')[0]).not.toBe('0');
  expect(Object.keys(files)).toContain('keys/site.key');
};

const operations: Record<string, Operation> = {
  'a restore over a site': {
    only: 'odd',
    target: copyOfPopulated,
    run: (from, target, context) => restoreSnapshot(from, snapshot, target, { acceptVersion: true }, context),
    state: wholeState,
    done: isSource,
  },
  'a restore into nothing': {
    only: 'even',
    async target() {
      const site = await sites.create();
      await sites.query(site, 'DROP SCHEMA public CASCADE; CREATE SCHEMA public');
      return { ...site, home: join(site.home, 'not', 'there') };
    },
    run: (from, target, context) => restoreSnapshot(from, snapshot, target, {}, context),
    state: wholeState,
    done: isSource,
  },
  'a restore of a space': {
    only: 'odd',
    target: copyOfPopulated,
    run: (from, target, context) =>
      restoreSnapshot(from, snapshot, target, { spaceKeys: [spaceKey], asKey: 'RESTORED', acceptVersion: true }, context),
    state: wholeState,
    done: async (target) => {
      expect(await sites.query(target, `SELECT 1 FROM spaces WHERE spacekey = 'RESTORED'`)).toHaveLength(1);
    },
  },
  'an export': {
    async target() {
      const home = join(sites.folder, `export-${Math.random()}`);
      await mkdir(home);
      return { ...populated, home };
    },
    run: (from, { home }, context) => exportSnapshot(from, snapshot, join(home, 'export.zip'), {}, context, sizeOf),
    state: async ({ home }) => await readdir(home),
    done: async ({ home }) => {
      expect(await readdir(home)).toEqual(['export.zip']);
      expect((await inspectBackup(join(home, 'export.zip'), {}, await sites.context())).problems).toEqual([]);
    },
  },
};

describe.each(Object.keys(operations))('%s out of a store that fails', (name) => {
  const { target: newTarget, run, state, done, only } = operations[name];
  let calls: Record<string, number>;
  let target: LiveSite;
  let before: unknown;
  let failed = 0;

  beforeAll(async () => {
    const store = new FaultyStore(vault.store);
    const other = await newTarget();
    await run({ ...vault, store }, other, await sites.context());
    await done(other, await state(other));
    calls = store.callsByMethod;
    target = await newTarget();
    before = await state(target);
  });

  async function failAt(plan: FaultPlan): Promise<void> {
    const store = new FaultyStore(vault.store);
    store.plan = plan;
    const context = await sites.context();
    const error = await run({ ...vault, store }, target, context).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (error !== null && !isOxbowError(error)) throw error;
    const where = JSON.stringify(plan);
    expect(store.fired, where).toBe(1);
    expect(await readdir(context.workFolder), where).toEqual([]);
    await rm(context.workFolder, { recursive: true });
    // A look for a newer ledger has a second place to look at.
    if (!error) return await succeed();
    failed++;
    expect(error.code, where).toBe('STORE_UNAVAILABLE');
    expect(await state(target), where).toEqual(before);
    expect(restoreNames(target), where).toEqual([]);
  }

  /** After a run that succeeded; the next one gets another target. */
  async function succeed(): Promise<void> {
    await done(target, await state(target));
    target = await newTarget();
    before = await state(target);
  }

  it('at its n-th call leaves the target as it was, and can be run again', async () => {
    expect([calls.put, calls.delete]).toEqual([undefined, undefined]);
    let tried = 0;
    for (let at = only === 'even' ? 2 : 1; at <= total(calls); at += only ? 2 : 1) {
      tried++;
      await failAt({ at, when: 'before' });
    }
    expect(failed).toBeGreaterThanOrEqual(tried - 1);
    await run(vault, target, await sites.context());
    await succeed();
  });

  it('in the middle of its n-th list leaves the target as it was, and can be run again', async () => {
    for (let at = 1; at <= calls.list; at++) await failAt({ at, when: 'after', method: 'list' });
    await run(vault, target, await sites.context());
    await succeed();
  });
});

function total(calls: Record<string, number>): number {
  return Object.values(calls).reduce((sum, one) => sum + one, 0);
}
