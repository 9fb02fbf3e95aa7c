import { describe, expect, it } from 'vitest';
import { FaultyStore } from '../store/faulty-store.ts';
import { LateListStore } from '../store/late-list-store.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { readLedger, updateLedger } from './ledger.ts';
import type { LedgerState } from './ledger-state.ts';
import { ledgerKey, listVersions } from './ledger-versions.ts';

const key = Buffer.alloc(32, 5);
const add = (name: string) => (state: LedgerState) => ({ ...state, keys: [...state.keys, name] });

describe('the ledger', () => {
  it('takes every change of many at once, each exactly once', async () => {
    const store = new MemoryStore();
    await Promise.all(Array.from({ length: 20 }, (_, i) => updateLedger(store, key, add(`k${i}`))));
    const { sequence, state } = await readLedger(store, key);
    expect(sequence).toBe(20);
    expect(state.keys.toSorted()).toEqual(Array.from({ length: 20 }, (_, i) => `k${i}`).sort());
  });

  it('applies a change once when the store loses the acknowledgement, or says that our own version is in the way', async () => {
    const inner = new MemoryStore();
    const store = new FaultyStore(inner);
    store.plan = { at: 1, when: 'after', method: 'putIfAbsent' };
    await updateLedger(store, key, add('a'));
    expect(store.fired).toBe(1);
    // What a store does that tries again by itself: the first attempt was done.
    const again = Object.create(inner) as MemoryStore;
    again.putIfAbsent = async (name, bytes) => {
      await inner.putIfAbsent(name, bytes);
      return false;
    };
    await updateLedger(again, key, add('b'));
    expect((await readLedger(inner, key)).state.keys).toEqual(['a', 'b']);
  });

  it('keeps five versions', async () => {
    const store = new MemoryStore();
    for (let i = 0; i < 9; i++) await updateLedger(store, key, add(`k${i}`));
    expect(await listVersions(store)).toEqual([5, 6, 7, 8, 9]);
    expect([...store.objects.keys()].filter((name) => name.startsWith('spare/'))).toEqual([`spare/${ledgerKey(9)}`]);
  });

  it('is found whole though lists are late', async () => {
    const store = new LateListStore(new MemoryStore(), Number.POSITIVE_INFINITY);
    for (let i = 0; i < 9; i++) await updateLedger(store, key, add(`k${i}`));
    expect((await readLedger(store, key)).state.keys.length).toBe(9);
  });

  it('is read from its spare when the newest version is damaged or gone, and goes on from there', async () => {
    for (const harm of ['damage', 'remove']) {
      const store = new MemoryStore();
      for (let i = 0; i < 3; i++) await updateLedger(store, key, add(`k${i}`));
      if (harm === 'damage') store.objects.get(ledgerKey(3))![70] ^= 1;
      else store.objects.delete(ledgerKey(3));
      await updateLedger(store, key, add('k3'));
      expect((await readLedger(store, key)).state.keys).toEqual(['k0', 'k1', 'k2', 'k3']);
    }
  });

  it('keeps what a later Oxbow has added to it', async () => {
    const store = new MemoryStore();
    await updateLedger(store, key, (state) => ({ ...state, later: 'kept' }) as LedgerState);
    await updateLedger(store, key, add('a'));
    expect((await readLedger(store, key)).state).toMatchObject({ later: 'kept', keys: ['a'] });
  });
});
