import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OxbowError } from '#base/errors.ts';
import { findSnapshot } from '../snapshots/list-snapshots.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { PutOptions, Store } from '../store/store.ts';
import { initVault } from '../vault.ts';
import { holder, passphrase, testContext, writeSnapshot } from '../vault-fixture.ts';
import { forgetSnapshots } from './forget.ts';
import { prune } from './prune.ts';

/** A store with object lock, by the clock of the test. */
class LockingStore extends MemoryStore implements Store {
  readonly locks = new Map<string, string>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    super();
    this.#now = now;
  }

  override async put(key: string, bytes: Buffer, options?: PutOptions): Promise<void> {
    await super.put(key, bytes);
    if (options?.lockedUntil) this.locks.set(key, options.lockedUntil);
  }

  override async delete(key: string): Promise<void> {
    if ((this.locks.get(key) ?? '') > this.#now().toISOString()) throw new OxbowError('STORE_OBJECT_LOCKED', `${key} is locked.`);
    await super.delete(key);
  }

  async extendLock(key: string, until: string): Promise<void> {
    this.locks.set(key, until);
  }
}

let context: Awaited<ReturnType<typeof testContext>>;
beforeEach(async () => {
  context = await testContext();
});
afterEach(() => context.remove());

describe('a vault that locks what it writes', () => {
  it('keeps what is still needed locked for ever, and lets go of what is not', async () => {
    let days = 0;
    const now = () => new Date(Date.parse('2026-01-01T00:00:00Z') + days * 86_400_000);
    const dated = { ...context, now };
    const store = new LockingStore(now);
    const vault = await initVault(store, passphrase, { label: 'test', lockDays: 10, now: now(), holder });
    const text = (seed: number) =>
      Array.from({ length: 3000 }, (_, i): [number, string] => [i, `${seed} ${i * seed} `.repeat(20)]);
    const kept = await writeSnapshot(vault, { tables: { a: text(1) }, files: {} }, dated);
    const gone = await writeSnapshot(vault, { tables: { a: text(2) }, files: {} }, dated);
    await expect(forgetSnapshots(vault, [await findSnapshot(vault, gone.id)])).rejects.toMatchObject({
      code: 'STORE_OBJECT_LOCKED',
    });
    days = 8;
    expect((await prune(vault, {}, dated)).renewed).toBeGreaterThan(4);
    days = 15;
    const unlocked = [...store.locks].filter(([key, until]) => store.objects.has(key) && until < now().toISOString());
    expect(unlocked).toEqual([]);
    days = 19;
    await forgetSnapshots(vault, [await findSnapshot(vault, gone.id)]);
    const report = await prune(vault, {}, dated);
    expect(report.removed.packs + report.locked).toBeGreaterThan(0);
    const names = [...store.objects.keys()];
    for (const part of ['config', 'keys/', `snapshots/${kept.id}`, 'packs/'])
      expect(names.some((key) => key.startsWith(part) && store.locks.get(key)! > now().toISOString())).toBe(true);
  });
});
