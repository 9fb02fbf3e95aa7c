import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isOxbowError } from '#base/errors.ts';
import { checkVault } from './maintenance/check.ts';
import { copySnapshots } from './maintenance/copy-snapshots.ts';
import { forgetSnapshots, markSnapshot } from './maintenance/forget.ts';
import { prune } from './maintenance/prune.ts';
import { repairVault } from './maintenance/repair.ts';
import { findSnapshot, listSnapshots } from './snapshots/list-snapshots.ts';
import { type FaultPlan, FaultyStore } from './store/faulty-store.ts';
import { MemoryStore } from './store/memory-store.ts';
import { initVault, openVault, type Vault } from './vault.ts';
import {
  bytes,
  cloneVault,
  content,
  type Digests,
  digestsOf,
  holder,
  passphrase,
  readBack,
  type TestContent,
  testContext,
  testVault,
  writeSnapshot,
} from './vault-fixture.ts';
import { addKey, changeKey, removeKey } from './vault-keyring.ts';

// The passphrases of these tests protect nothing, and are tried a hundred times.
vi.mock('node:crypto', async (original) => {
  const real = await original<typeof import('node:crypto')>();
  type Done = (error: null, key: Buffer) => void;
  const scrypt = (password: string, salt: Buffer, length: number, _cost: object, done: Done) =>
    done(null, Buffer.from(real.hkdfSync('sha256', password, salt, 'test', length)));
  return { ...real, scrypt };
});

// Every operation, failing at its n-th call of the store, before or after the real effect, for every n. Afterwards everything that was stored is
// read back, a check finds nothing, and the same operation again succeeds.

let context: Awaited<ReturnType<typeof testContext>>;
/** A vault with a past: two snapshots, and one that was forgotten. */
let start: Vault & { store: MemoryStore };
let held: Map<string, Digests>;
let first: string;
let second: string;

const base = content(150, 0, 100_000);
const edited = content(150, 20, 100_000);
const other: TestContent = { tables: { content: [] }, files: { x: bytes(50, 100_000) } };

beforeAll(async () => {
  context = await testContext();
  const vault = await testVault();
  first = (await writeSnapshot(vault, base, context, ['first'])).id;
  const gone = await writeSnapshot(vault, other, context);
  second = (await writeSnapshot(vault, edited, context)).id;
  await forgetSnapshots(vault, [await findSnapshot(vault, gone.id)]);
  start = cloneVault(vault);
  held = new Map([
    [first, digestsOf(base)],
    [second, digestsOf(edited)],
  ]);
});
afterAll(() => context.remove());

const check = (vault: Vault) => checkVault(vault, { data: 1, random: () => 0 }, context);

interface Operation {
  run: (vault: Vault) => Promise<unknown>;
  /** Snapshots that it may or must remove. */
  removes?: () => string[];
  /** Changes the vault before. */
  prepare?: (vault: Vault & { store: MemoryStore }) => Promise<void> | void;
  /** After the operation has succeeded. */
  done?: (vault: Vault) => Promise<void>;
}

const more = content(120, 10, 100_000);

const operations: Record<string, Operation> = {
  'a backup': {
    run: (vault) => writeSnapshot(vault, { ...more, files: { ...more.files, y: bytes(7, 120_000) } }, context),
    done: async (vault) => {
      const { snapshots } = await listSnapshots(vault);
      const written = digestsOf({ ...more, files: { ...more.files, y: bytes(7, 120_000) } });
      expect(await readBack(vault, snapshots.at(-1)!.id)).toEqual(written);
    },
  },
  forgetting: {
    run: async (vault) => {
      const { snapshots } = await listSnapshots(vault);
      await forgetSnapshots(
        vault,
        snapshots.filter(({ id }) => id === first),
      );
    },
    removes: () => [first],
    done: async (vault) => expect((await listSnapshots(vault)).snapshots.map(({ id }) => id)).toEqual([second]),
  },
  tagging: {
    run: async (vault) => markSnapshot(vault, await findSnapshot(vault, first), (marks) => ({ ...marks, protected: true })),
    done: async (vault) => expect((await findSnapshot(vault, first)).protected).toBe(true),
  },
  'a prune': {
    run: (vault) => prune(vault, { unusedShare: 0 }, context),
    done: async (vault) => {
      const report = await prune(vault, { dryRun: true, unusedShare: 0.2 }, context);
      expect([report.unused.packs, report.repacked.packs]).toEqual([0, 0]);
    },
  },
  'a repair': {
    prepare: ({ store }) => {
      const key = [...store.objects.keys()].find((one) => one.startsWith('index/'))!;
      store.objects.set(key, store.objects.get(key)!.subarray(1));
      store.objects.delete('config');
      const ledger = [...store.objects.keys()]
        .filter((one) => one.startsWith('ledger/'))
        .sort()
        .at(-1)!;
      store.objects.get(ledger)![60] ^= 1;
    },
    run: (vault) => repairVault(vault, {}, context),
    done: async (vault) => expect((await repairVault(vault, {}, context)).actions).toEqual([]),
  },
  'adding a passphrase': { run: (vault) => addKey(vault, 'another passphrase', 'second', context.now()) },
};

/** Calls with an effect: a call that only reads fails the same before and after. */
const writing = ['put', 'putIfAbsent', 'delete'] as const;

/** Plans a fault at each call in turn, until an attempt says that it met none. Gives the number of those met. */
async function eachFault(when: 'before' | 'after', attempt: (plan: FaultPlan) => Promise<boolean>): Promise<number> {
  let met = 0;
  const methods = when === 'before' ? [undefined] : writing;
  for (const method of methods) for (let at = 1; await attempt({ at, when, method }); at++) met++;
  return met;
}

describe.each(['before', 'after'] as const)('a store that fails %s the effect', (when) => {
  it.each(Object.keys(operations))('at the n-th call of %s costs nothing', async (name) => {
    const operation = operations[name];
    let errors = 0;
    const met = await eachFault(when, async (plan) => {
      const vault = cloneVault(start);
      await operation.prepare?.(vault);
      const store = new FaultyStore(vault.store);
      store.plan = plan;
      const error = await operation.run({ ...vault, store }).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (error && !isOxbowError(error)) throw error;
      if (store.fired === 0) return false;
      if (error) errors++;
      const removed = operation.removes?.() ?? [];
      // A check reads all data; after the repetition each snapshot is read back too.
      if (!operation.prepare) expect((await check(vault)).problems).toEqual([]);
      await operation.run(vault);
      await operation.done?.(vault);
      for (const [id, digests] of held) if (!removed.includes(id)) expect(await readBack(vault, id)).toEqual(digests);
      const report = await check(vault);
      expect([report.problems, report.damage]).toEqual([[], []]);
      return true;
    });
    expect(met).toBeGreaterThan(2);
    // Most faults are told. One after the effect may be found to have done no harm.
    if (when === 'before') expect(errors).toBeGreaterThan(3);
  });

  it('at the n-th call of a copy costs nothing, and a copy again uses what was uploaded', async () => {
    const target = await initVault(new MemoryStore(), 'another passphrase', { label: 's', now: context.now(), holder });
    const { snapshots } = await listSnapshots(start);
    let reused = 0;
    await eachFault(when, async (plan) => {
      const to = cloneVault(target);
      const store = new FaultyStore(to.store);
      store.plan = plan;
      const failed = await copySnapshots(start, { ...to, store }, snapshots, context).catch((error) => {
        if (!isOxbowError(error)) throw error;
      });
      if (store.fired === 0) return false;
      if (!failed) {
        expect((await check(to)).problems).toEqual([]);
        const report = await copySnapshots(start, to, snapshots, context);
        if (report.copied.some(({ newBytes }) => newBytes < 1000)) reused++;
      }
      for (const one of (await listSnapshots(to)).snapshots)
        expect(await readBack(to, one.id)).toEqual(held.get(one.copyOf!.snapshot));
      expect((await check(to)).problems).toEqual([]);
      return true;
    });
    expect(reused).toBeGreaterThan(1);
  });

  it('at the n-th call of making a vault leaves none, or one that works', async () => {
    await eachFault(when, async (plan) => {
      const inner = new MemoryStore();
      const store = new FaultyStore(inner);
      store.plan = plan;
      const options = { label: 'test', now: context.now(), holder };
      const made = await initVault(store, passphrase, options).catch(() => null);
      if (store.fired === 0) return false;
      const again = made ?? (await initVault(inner, passphrase, options).catch(() => null));
      const vault = again ?? (await openVault(inner, passphrase, holder));
      expect((await check({ ...vault, store: inner })).problems).toEqual([]);
      const snapshot = await writeSnapshot({ ...vault, store: inner }, other, context);
      expect(await readBack({ ...vault, store: inner }, snapshot.id)).toEqual(digestsOf(other));
      expect((await check({ ...vault, store: inner })).problems).toEqual([]);
      expect((await repairVault({ ...vault, store: inner }, {}, context)).actions).toEqual([]);
      return true;
    });
  });

  it('at the n-th call of changing or removing a passphrase leaves one that opens the vault', async () => {
    const vault = cloneVault(start);
    await addKey(vault, 'another passphrase', 'second', context.now());
    const both = cloneVault(vault);
    for (const change of [
      (one: Vault) => changeKey(one, 'a third passphrase', context.now()),
      (one: Vault) => removeKey(one, one.slot.id),
    ]) {
      await eachFault(when, async (plan) => {
        const copy = cloneVault(both);
        const store = new FaultyStore(copy.store);
        store.plan = plan;
        const done = await change({ ...copy, store }).catch(() => null);
        if (store.fired === 0) return false;
        expect((await check(copy)).problems).toEqual([]);
        if (!done) await change(copy).catch((error) => expect(isOxbowError(error, 'KEY_NOT_FOUND')).toBe(true));
        expect((await check(copy)).problems).toEqual([]);
        return true;
      });
    }
    await openVault(both.store, 'another passphrase', holder);
  });
});

describe('a store that is gone for good from the n-th call on', () => {
  it.each(['a backup', 'forgetting', 'a repair'])('during %s leaves what the next run, and a prune, go on from', async (name) => {
    const operation = operations[name];
    await eachFault('before', async (plan) => {
      const vault = cloneVault(start);
      await operation.prepare?.(vault);
      const store = new FaultyStore(vault.store);
      store.plan = { ...plan, every: true };
      await operation.run({ ...vault, store }).catch((error) => expect(isOxbowError(error)).toBe(true));
      if (store.fired === 0) return false;
      await operation.run(vault);
      await operation.done?.(vault);
      // Nobody's lease is left that would have to be waited for.
      const pruned = await prune(vault, {}, context);
      expect(pruned.waiting.packs).toBe(0);
      const report = await check(vault);
      expect([report.problems, report.damage]).toEqual([[], []]);
      const removed = operation.removes?.() ?? [];
      for (const [id, digests] of held) if (!removed.includes(id)) expect(await readBack(vault, id)).toEqual(digests);
      return true;
    });
  });
});

describe('a backup that was interrupted', () => {
  it('is continued: a second one stores only what the first had not, wherever it ended', async () => {
    const large: TestContent = { tables: content(3000).tables, files: { a: bytes(1, 40_000_000) } };
    const vault = await testVault();
    const whole = await writeSnapshot(cloneVault(vault), large, context);
    for (const at of [1, 2, 3]) {
      const copy = cloneVault(vault);
      const store = new FaultyStore(copy.store);
      // Puts: the lease, then packs.
      store.plan = { at: at + 1, when: 'before', method: 'put' };
      await expect(writeSnapshot({ ...copy, store }, large, context)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      const packs = [...copy.store.objects].filter(([key]) => key.startsWith('packs/'));
      const stored = packs.reduce((sum, [, data]) => sum + data.length, 0);
      const again = await writeSnapshot(copy, large, context);
      expect(again.statistics.newBytes).toBeLessThan(whole.statistics.newBytes - stored * 0.95 + 100_000);
      expect((await check(copy)).problems).toEqual([]);
    }
  });
});
