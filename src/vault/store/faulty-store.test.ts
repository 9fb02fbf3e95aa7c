import { describe, expect, it } from 'vitest';
import { FaultyStore } from './faulty-store.ts';
import { LateListStore } from './late-list-store.ts';
import { MemoryStore } from './memory-store.ts';
import type { Store } from './store.ts';

const bytes = Buffer.from('0123456789');

async function keysOf(store: Store): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  return keys;
}

describe('a store that fails as planned', () => {
  it('fails at the call that is named, before or after its effect, and says that it did', async () => {
    const memory = new MemoryStore();
    const store = new FaultyStore(memory);
    store.plan = { at: 2, when: 'before', method: 'put' };
    await store.put('a', bytes);
    await store.size('a');
    await expect(store.put('b', bytes)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await store.put('c', bytes);
    expect([...memory.objects.keys()]).toEqual(['a', 'c']);
    store.plan = { at: 1, when: 'after', error: () => new Error('mine') };
    await expect(store.put('d', bytes)).rejects.toThrow('mine');
    expect(memory.objects.has('d')).toBe(true);
    expect([store.fired, store.calls, store.callsByMethod]).toEqual([2, 5, { put: 4, size: 1 }]);
  });

  it('breaks off lists', async () => {
    const memory = new MemoryStore();
    memory.objects.set('a', bytes).set('b', bytes);
    const store = new FaultyStore(memory);
    const found: string[] = [];
    store.plan = { at: 1, when: 'after', method: 'list' };
    const reading = (async () => {
      for await (const { key } of store.list('')) found.push(key);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(found).toEqual(['a']);
  });

  it('damages what is read and nothing else', async () => {
    const memory = new MemoryStore();
    const store = new FaultyStore(memory);
    await store.put('a', bytes);
    store.plan = { at: 1, when: 'after', kind: 'truncate', method: 'get' };
    expect(await store.get('a')).toEqual(bytes.subarray(0, 5));
    store.plan = { at: 1, when: 'after', kind: 'flip', method: 'get' };
    const flipped = await store.get('a');
    expect(flipped.length).toBe(bytes.length);
    expect(flipped.equals(bytes)).toBe(false);
    expect((await store.get('a')).equals(bytes)).toBe(true);
  });

  it('hangs until it is let go or aborted', async () => {
    const store = new FaultyStore(new MemoryStore());
    const abort = new AbortController();
    store.plan = { at: 1, when: 'before', kind: 'hang', every: true, signal: abort.signal };
    const first = store.get('a').catch((error: { code: string }) => error.code);
    store.release();
    expect(await first).toBe('STORE_UNAVAILABLE');
    const second = store.get('a').catch((error: { code: string }) => error.code);
    abort.abort();
    expect(await second).toBe('STORE_UNAVAILABLE');
  });
});

describe('a store whose lists are late', () => {
  it('shows new objects and the absence of deleted ones some calls later', async () => {
    const store = new LateListStore(new MemoryStore(), 2);
    await store.put('a', bytes);
    expect(await store.size('a')).toBe(bytes.length);
    expect(await keysOf(store)).toEqual(['a']);
    await store.delete('a');
    expect(await keysOf(store)).toEqual(['a']);
    await expect(store.get('a')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    expect(await keysOf(store)).toEqual([]);
  });

  it('waits to be told where its delay has no end', async () => {
    const store = new LateListStore(new MemoryStore(), Number.POSITIVE_INFINITY);
    await store.putIfAbsent('a', bytes);
    for (let call = 0; call < 100; call++) expect(await keysOf(store)).toEqual([]);
    store.settle();
    expect(await keysOf(store)).toEqual(['a']);
  });
});
