import { describe, expect, it } from 'vitest';
import { OxbowError } from '#base/errors.ts';
import { FaultyStore } from './faulty-store.ts';
import { MemoryStore } from './memory-store.ts';
import { type RetryOptions, RetryStore } from './retry-store.ts';
import type { Store } from './store.ts';

function retried(options: RetryOptions = {}) {
  const memory = new MemoryStore();
  const faulty = new FaultyStore(memory);
  const waits: number[] = [];
  const sleep = async (ms: number) => void waits.push(ms);
  return { memory, faulty, waits, store: new RetryStore(faulty, { sleep, random: () => 1, ...options }) as Store };
}

const bytes = Buffer.from('ours');

describe('a store that is tried again', () => {
  it('waits twice as long each time, up to a bound, and gives up in the end', async () => {
    const { faulty, waits, store } = retried({ attempts: 6, firstDelay: 100, longestDelay: 500 });
    faulty.plan = { at: 1, when: 'before', every: true };
    await expect(store.get('a')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(waits).toEqual([100, 200, 400, 500, 500]);
    expect(faulty.calls).toBe(6);
  });

  it('makes the waits of many clients different', async () => {
    let chance = 0;
    const { faulty, waits, store } = retried({ attempts: 3, firstDelay: 100, random: () => chance++ });
    faulty.plan = { at: 1, when: 'before', every: true };
    await expect(store.get('a')).rejects.toThrow();
    expect(waits).toEqual([50, 200]);
  });

  it('carries each call through two failures, before or after its effect', async () => {
    for (const when of ['before', 'after'] as const) {
      const { memory, faulty, store } = retried();
      const fails = async <T>(action: () => Promise<T>) => {
        let failures = 0;
        const error = () => {
          if (++failures === 2) faulty.plan = null;
          return new OxbowError('STORE_UNAVAILABLE', 'Not now.');
        };
        faulty.plan = { at: 1, when, every: true, error };
        const result = await action();
        expect(failures).toBe(2);
        return result;
      };
      await fails(() => store.put('a', bytes));
      expect(await fails(() => store.get('a'))).toEqual(bytes);
      expect(await fails(() => store.get('a', { offset: 1, length: 2 }))).toEqual(Buffer.from('ur'));
      expect(await fails(() => store.size('a'))).toBe(4);
      expect(await fails(() => store.putIfAbsent('b', bytes))).toBe(true);
      expect(await fails(() => store.putIfAbsent('a', Buffer.from('theirs')))).toBe(false);
      await fails(() => store.delete('a'));
      expect([...memory.objects.keys()]).toEqual(['b']);
    }
  });

  it('knows its own object when the answer to putIfAbsent was lost', async () => {
    const { memory, faulty, store } = retried();
    faulty.plan = { at: 1, when: 'after', method: 'putIfAbsent' };
    expect(await store.putIfAbsent('a', bytes)).toBe(true);
    expect(faulty.fired).toBe(1);
    expect(memory.objects.get('a')).toEqual(bytes);
  });

  it('does not take the object of somebody else for its own', async () => {
    const { memory, faulty, store } = retried();
    memory.objects.set('a', Buffer.from('theirs'));
    faulty.plan = { at: 1, when: 'before', method: 'putIfAbsent' };
    expect(await store.putIfAbsent('a', bytes)).toBe(false);
    // The same bytes without any doubt about the answer: it was there before.
    memory.objects.set('b', bytes);
    expect(await store.putIfAbsent('b', bytes)).toBe(false);
    expect(memory.objects.get('a')).toEqual(Buffer.from('theirs'));
  });

  it('asks again when even the comparison fails', async () => {
    const { faulty, store } = retried();
    faulty.plan = {
      at: 1,
      when: 'after',
      method: 'putIfAbsent',
      error: () => {
        faulty.plan = { at: 1, when: 'before', method: 'get' };
        return new OxbowError('STORE_UNAVAILABLE', 'Not now.');
      },
    };
    expect(await store.putIfAbsent('a', bytes)).toBe(true);
    expect(faulty.fired).toBe(2);
  });

  it('goes on with a list behind what it has given, however often it breaks off', async () => {
    const { memory, faulty, store } = retried({ attempts: 2 });
    for (let number = 0; number < 5; number++) memory.objects.set(`a/${number}`, bytes);
    let broken = 0;
    const brittle: Store = Object.assign(Object.create(faulty), {
      async *list(prefix: string) {
        let given = 0;
        for await (const object of memory.list(prefix)) {
          if (given++ > broken) {
            broken++;
            throw new OxbowError('STORE_UNAVAILABLE', 'Not now.');
          }
          yield object;
        }
      },
    });
    const found: string[] = [];
    for await (const { key } of new RetryStore(brittle, { attempts: 2, sleep: async () => {} }).list('a/')) found.push(key);
    expect(found).toEqual(['a/0', 'a/1', 'a/2', 'a/3', 'a/4']);
    expect(broken).toBe(4);
    faulty.plan = { at: 1, when: 'before', method: 'list', every: true };
    await expect(store.list('a/')[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('does not try again what would fail again', async () => {
    const { faulty, waits, store } = retried();
    for (const code of ['STORE_REFUSED', 'STORE_FULL', 'STORE_FAILED', 'STORE_OBJECT_LOCKED']) {
      faulty.plan = { at: 1, when: 'before', error: () => new OxbowError(code, 'No.') };
      await expect(store.put('a', bytes)).rejects.toMatchObject({ code });
    }
    await expect(store.get('missing')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    expect(waits).toEqual([]);
  });

  it('stops waiting when it is cancelled', async () => {
    const abort = new AbortController();
    const faulty = new FaultyStore(new MemoryStore());
    faulty.plan = { at: 1, when: 'before', every: true };
    const store = new RetryStore(faulty, {
      firstDelay: 1e9,
      longestDelay: 1e9,
      signal: abort.signal,
      onRetry: () => abort.abort(),
    });
    await expect(store.put('a', bytes)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(faulty.calls).toBe(1);
  });

  it('offers a lock only where the store has one', async () => {
    const { store } = retried();
    expect(store.extendLock).toBeUndefined();
    const locked: string[] = [];
    const locking = Object.assign(new MemoryStore(), {
      extendLock: async (key: string, until: string) => void locked.push(`${key} ${until}`),
    });
    const faulty = new FaultyStore(locking);
    faulty.plan = { at: 1, when: 'before', method: 'extendLock' };
    await new RetryStore(faulty, { sleep: async () => {} }).extendLock?.('a', '2030');
    expect(locked).toEqual(['a 2030']);
  });
});
