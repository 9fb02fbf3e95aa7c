import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isOxbowError } from '#base/errors.ts';
import { takeLease } from './leases/lease.ts';
import { checkVault } from './maintenance/check.ts';
import { forgetSnapshots } from './maintenance/forget.ts';
import { prune } from './maintenance/prune.ts';
import { readMarks } from './maintenance/prune-marks.ts';
import { findSnapshot, listSnapshots } from './snapshots/list-snapshots.ts';
import { LateListStore } from './store/late-list-store.ts';
import type { MemoryStore } from './store/memory-store.ts';
import type { ByteRange, PutOptions, Store, StoredObject } from './store/store.ts';
import type { Vault } from './vault.ts';
import {
  bytes,
  cloneVault,
  content,
  type Digests,
  digestsOf,
  readBack,
  type TestContent,
  testContext,
  testVault,
  writeSnapshot,
  writeTree,
} from './vault-fixture.ts';
import { openWriteSession } from './write-session.ts';

// Two backups, forgetting and a prune at once on one store, in an order that a seed decides: each call of the store waits until it is its turn.

let context: Awaited<ReturnType<typeof testContext>>;
let start: Vault & { store: MemoryStore };
let old: string;
let kept: string;
const past = [content(300, 0, 100_000), content(300, 60, 100_000)];

beforeAll(async () => {
  context = await testContext();
  const vault = await testVault();
  old = (await writeSnapshot(vault, past[0], context)).id;
  kept = (await writeSnapshot(vault, past[1], context)).id;
  start = cloneVault(vault);
});
afterAll(() => context.remove());

const check = (vault: Vault) => checkVault(vault, { data: 1, random: () => 0 }, context);

/** Lets calls of the store go on one at a time, in an order that a seed decides. */
class Turns {
  readonly #waiting: (() => void)[] = [];
  readonly #random: () => number;
  #running = false;

  constructor(random: () => number) {
    this.#random = random;
  }

  async take(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#running) return;
    this.#running = true;
    // Everybody who is about to call has come forward by then.
    setImmediate(() =>
      setImmediate(() => {
        this.#running = false;
        const at = Math.floor(this.#random() * this.#waiting.length);
        this.#waiting.splice(at, 1)[0]?.();
        if (this.#waiting.length > 0) this.#pump();
      }),
    );
  }
}

class TurnStore implements Store {
  readonly location = 'turns';
  readonly concurrency = 2;
  readonly #inner: Store;
  readonly #turns: Turns;

  constructor(inner: Store, turns: Turns) {
    this.#inner = inner;
    this.#turns = turns;
  }
  async get(key: string, range?: ByteRange): Promise<Buffer> {
    await this.#turns.take();
    return await this.#inner.get(key, range);
  }
  async put(key: string, data: Buffer, options?: PutOptions): Promise<void> {
    await this.#turns.take();
    await this.#inner.put(key, data, options);
  }
  async putIfAbsent(key: string, data: Buffer, options?: PutOptions): Promise<boolean> {
    await this.#turns.take();
    return await this.#inner.putIfAbsent(key, data, options);
  }
  async size(key: string): Promise<number | null> {
    await this.#turns.take();
    return await this.#inner.size(key);
  }
  async *list(prefix: string): AsyncGenerator<StoredObject> {
    await this.#turns.take();
    yield* this.#inner.list(prefix);
  }
  async delete(key: string): Promise<void> {
    await this.#turns.take();
    await this.#inner.delete(key);
  }
  async close(): Promise<void> {}
}

function randomOf(seed: number): () => number {
  let state = (seed + 1) * 2654435761;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Codes with which work may give way to other work. */
const givesWay = ['PRUNED_MEANWHILE', 'VAULT_BUSY', 'LEASE_LOST'];

/** @param also what a prune may say when a list shows a snapshot before what it needs: then it removes nothing */
async function orGiveWay<T>(work: Promise<T>, also: string[] = []): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isOxbowError(error) && [...givesWay, ...also].includes(error.code)) return null;
    throw error;
  }
}

/** Rows and files of the forgotten snapshot, some of which only it had: a backup that relies on them must not lose them to the prune. */
const first: TestContent = { tables: past[0].tables, files: { ...past[0].files, one: bytes(71, 5000) } };
const second: TestContent = { tables: { ...past[0].tables, more: content(40).tables.content }, files: { two: bytes(72, 5000) } };

async function allHolds(vault: Vault, made: Map<string, Digests>): Promise<void> {
  for (const [id, digests] of made) expect(await readBack(vault, id)).toEqual(digests);
  const report = await check(vault);
  expect([report.problems, report.damage]).toEqual([[], []]);
}

describe('two backups, forgetting and a prune at once', () => {
  it('lose nothing, in whatever order their calls come', { timeout: 300_000 }, async () => {
    let backups = 0;
    let removed = 0;
    for (let seed = 0; seed < 40; seed++) {
      const vault = cloneVault(start);
      const store = new TurnStore(vault.store, new Turns(randomOf(seed)));
      const shared = { ...vault, store };
      const snapshot = await findSnapshot(vault, old);
      const [a, b, pruned] = await Promise.all([
        orGiveWay(writeSnapshot(shared, first, context)),
        orGiveWay(writeSnapshot(shared, second, context)),
        (async () => {
          await forgetSnapshots(shared, [snapshot]);
          return await orGiveWay(prune(shared, { unusedShare: 0 }, context));
        })(),
      ]);
      const made = new Map([[kept, digestsOf(past[1])]]);
      if (a) made.set(a.id, digestsOf(first));
      if (b) made.set(b.id, digestsOf(second));
      backups += made.size - 1;
      removed += pruned?.removed.packs ?? 0;
      await allHolds(vault, made);
      expect((await listSnapshots(vault)).snapshots.map(({ id }) => id).sort()).toEqual([...made.keys()].sort());
      // The next prune finishes what had to wait.
      await prune(vault, {}, context);
      await prune(vault, {}, context);
      expect(await readMarks(vault)).toEqual([]);
      await allHolds(vault, made);
    }
    // Nearly all backups come through; a few give way.
    expect(backups).toBeGreaterThan(70);
    expect(removed).toBeGreaterThanOrEqual(0);
  });

  it('on a store whose lists are late lose nothing either', { timeout: 300_000 }, async () => {
    let backups = 0;
    for (let seed = 100; seed < 125; seed++) {
      const vault = cloneVault(start);
      const late = new LateListStore(vault.store, 3 + (seed % 5) * 4);
      for await (const { key } of vault.store.list('')) await late.put(key, await vault.store.get(key));
      late.settle();
      const shared = { ...vault, store: new TurnStore(late, new Turns(randomOf(seed))) };
      await forgetSnapshots(shared, [await findSnapshot(vault, old)]);
      const [a, b] = await Promise.all([
        orGiveWay(writeSnapshot(shared, first, context)),
        orGiveWay(writeSnapshot(shared, second, context)),
        orGiveWay(prune(shared, { unusedShare: 0, settle: 20 }, context), ['VAULT_DAMAGED']),
      ]);
      const made = new Map([[kept, digestsOf(past[1])]]);
      if (a) made.set(a.id, digestsOf(first));
      if (b) made.set(b.id, digestsOf(second));
      backups += made.size - 1;
      await allHolds(vault, made);
      // What has just been written is seen at once, though lists do not show it yet.
      const seen = (await listSnapshots(shared)).snapshots.map(({ id }) => id);
      expect(seen).toEqual(expect.arrayContaining([...made.keys()]));
    }
    expect(backups).toBeGreaterThan(20);
  });
});

describe('a prune', () => {
  /** A store that is as if its process were killed at the n-th call: nothing after it has any effect. */
  function killedAt(inner: MemoryStore, at: number): MemoryStore & { calls: number } {
    const store = Object.create(inner) as MemoryStore & { calls: number };
    store.calls = 0;
    for (const method of ['get', 'put', 'putIfAbsent', 'size', 'delete'] as const) {
      const call = inner[method].bind(inner) as (...args: unknown[]) => Promise<unknown>;
      Object.assign(store, {
        [method]: (...args: unknown[]) => (++store.calls >= at ? Promise.reject(new Error('killed')) : call(...args)),
      });
    }
    return store;
  }

  it('killed at any step beside a backup at work neither takes from it nor from the next', { timeout: 300_000 }, async () => {
    for (let at = 1; ; at++) {
      const vault = cloneVault(start);
      await forgetSnapshots(vault, [await findSnapshot(vault, old)]);
      const session = await openWriteSession(vault, 'backup', context);
      const store = killedAt(vault.store, at);
      const done = await prune({ ...vault, store }, { unusedShare: 0 }, context).catch(() => null);
      // Its lease was not removed: this is the next process, of another number.
      const next = { ...vault, holder: { host: 'here', pid: 2, isAlive: (pid: number) => pid !== 1 } };
      const report = await prune({ ...vault, holder: { ...vault.holder } }, { unusedShare: 0 }, context);
      await session.abandon();
      const made = await writeSnapshot(next, first, context);
      await allHolds(
        vault,
        new Map([
          [kept, digestsOf(past[1])],
          [made.id, digestsOf(first)],
        ]),
      );
      expect(report.removed.packs).toBe(0);
      await prune(next, {}, context);
      await allHolds(
        vault,
        new Map([
          [kept, digestsOf(past[1])],
          [made.id, digestsOf(first)],
        ]),
      );
      if (done) break;
    }
  });

  it('does not remove what a backup relies on that began before a prune which was killed after marking', async () => {
    const vault = cloneVault(start);
    // A backup is at work and relies on the old snapshot, which is forgotten then.
    const session = await openWriteSession(vault, 'backup', context);
    const rows = Buffer.from(past[0].tables.content.map(([id, value]) => `${id}\t${value}\n`).join(''));
    const tree = await writeTree(session.writer, session.seed, rows, ['number']);
    await forgetSnapshots(vault, [await findSnapshot(vault, old)]);
    // The first prune is killed right after it wrote its marks: nobody knows yet for whom they wait.
    const killed = Object.create(vault.store) as MemoryStore;
    let marked = false;
    killed.put = async (key, data) => {
      if (marked) throw new Error('killed');
      await vault.store.put(key, data);
      marked = key.startsWith('marks/');
    };
    for (const method of ['list', 'delete', 'get'] as const) {
      const call = vault.store[method].bind(vault.store) as (...args: unknown[]) => never;
      Object.assign(killed, {
        [method]: (...args: unknown[]) => {
          if (marked) throw new Error('killed');
          return call(...args);
        },
      });
    }
    await expect(prune({ ...vault, store: killed }, { unusedShare: 0 }, context)).rejects.toThrow('killed');
    expect(await readMarks(vault)).toHaveLength(1);
    const waiting = await prune(vault, { unusedShare: 0 }, context);
    expect(waiting.removed.packs).toBe(0);
    expect(waiting.waiting.packs).toBeGreaterThan(0);
    const started = context.now();
    const tables = [{ name: 'content', columns: [], key: ['number' as const], tree }];
    const made = await session.commit(
      { version: 1, tables, files: { id: null, level: 0, rows: 0, bytes: 0 }, documents: {} },
      { time: started.toISOString(), tags: [], summary: {}, parent: null },
      started,
    );
    await prune(vault, {}, context);
    await prune(vault, { unusedShare: 0 }, context);
    await allHolds(
      vault,
      new Map([
        [kept, digestsOf(past[1])],
        [made.id, digestsOf({ tables: { content: past[0].tables.content }, files: {} })],
      ]),
    );
  });

  it('that did not see a backup and has ended before it makes it fail, rather than leave a hole', async () => {
    const vault = cloneVault(start);
    const session = await openWriteSession(vault, 'backup', context);
    const rows = Buffer.from(past[0].tables.content.map(([id, value]) => `${id}\t${value}\n`).join(''));
    const tree = await writeTree(session.writer, session.seed, rows, ['number']);
    await forgetSnapshots(vault, [await findSnapshot(vault, old)]);
    // Its lease is not seen: a list is late.
    const blind = Object.create(vault.store) as MemoryStore;
    blind.list = async function* (prefix) {
      if (prefix !== 'locks/') yield* vault.store.list(prefix);
    };
    const report = await prune({ ...vault, store: blind }, { unusedShare: 0 }, context);
    expect(report.removed.packs).toBeGreaterThan(0);
    const started = context.now();
    const tables = [{ name: 'content', columns: [], key: ['number' as const], tree }];
    const commit = session.commit(
      { version: 1, tables, files: { id: null, level: 0, rows: 0, bytes: 0 }, documents: {} },
      { time: started.toISOString(), tags: [], summary: {}, parent: null },
      started,
    );
    await expect(commit).rejects.toMatchObject({ code: 'PRUNED_MEANWHILE' });
    await session.abandon();
    await allHolds(vault, new Map([[kept, digestsOf(past[1])]]));
  });

  it('waits for no process that was killed, and never works beside another prune', async () => {
    const vault = cloneVault(start);
    const leases = { store: vault.store, objectKey: vault.keys.object, now: context.now };
    const dead = { host: 'here', pid: 99, isAlive: () => true };
    await (await takeLease({ ...leases, holder: dead }, 'write', 'killed backup')).leave();
    const other = await takeLease({ ...leases, holder: { ...dead, host: 'there' } }, 'maintain', 'prune');
    await forgetSnapshots(vault, [await findSnapshot(vault, old)]);
    await expect(prune(vault, {}, context)).rejects.toMatchObject({ code: 'VAULT_BUSY' });
    await other.release();
    const alive = { ...vault, holder: { host: 'here', pid: 2, isAlive: () => true } };
    expect((await prune(alive, { unusedShare: 0 }, context)).waiting.packs).toBeGreaterThan(0);
    const gone = { ...vault, holder: { host: 'here', pid: 2, isAlive: (pid: number) => pid !== 99 } };
    expect((await prune(gone, { unusedShare: 0 }, context)).removed.packs).toBeGreaterThan(0);
    await allHolds(vault, new Map([[kept, digestsOf(past[1])]]));
  });

  it('whose lease was taken away removes nothing', async () => {
    const vault = cloneVault(start);
    await forgetSnapshots(vault, [await findSnapshot(vault, old)]);
    const store = Object.create(vault.store) as MemoryStore;
    store.put = async (key, data) => {
      await vault.store.put(key, data);
      if (key.startsWith('marks/'))
        for (const lock of [...vault.store.objects.keys()]) if (lock.startsWith('locks/')) vault.store.objects.delete(lock);
    };
    await expect(prune({ ...vault, store }, { unusedShare: 0 }, context)).rejects.toMatchObject({ code: 'LEASE_LOST' });
    await allHolds(vault, new Map([[kept, digestsOf(past[1])]]));
    expect((await prune(vault, { unusedShare: 0 }, context)).removed.packs).toBeGreaterThan(0);
  });
});
