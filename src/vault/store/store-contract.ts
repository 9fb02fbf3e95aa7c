import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from './store.ts';

export interface ContractOptions {
  /** What the place of the store must not show. */
  secrets?: string[];
  /** Objects of the listing; beyond a thousand S3 gives them in pages. */
  many?: number;
}

const hostileKeys = [
  '',
  '/',
  '/a',
  'a/',
  'a//b',
  '.',
  '..',
  '../a',
  'a/../b',
  'a/./b',
  '.a',
  'a\\b',
  'a b',
  'A',
  'ä',
  'a\0',
  'a\nb',
];

/** What every store must do. @param open gives the same empty store anew, or another one that is empty */
export function describeStoreContract(name: string, open: () => Promise<Store>, options: ContractOptions = {}): void {
  describe(`${name}, as every store`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
      return () => store.close();
    });

    it('says what is not there', async () => {
      await expect(store.get('a/missing')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
      await expect(store.get('a/missing', { offset: 0, length: 1 })).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
      expect(await store.size('a/missing')).toBeNull();
      await store.delete('a/missing');
      expect(await keys(store, '')).toEqual([]);
    });

    it('gives back what was put, whole and in parts', async () => {
      const bytes = randomBytes(5000);
      await store.put('a/b/c.1', bytes);
      expect((await store.get('a/b/c.1')).equals(bytes)).toBe(true);
      expect(await store.size('a/b/c.1')).toBe(5000);
      const part = async (offset: number, length: number) => [...(await store.get('a/b/c.1', { offset, length }))];
      expect(await part(0, 10)).toEqual([...bytes.subarray(0, 10)]);
      expect(await part(4990, 10)).toEqual([...bytes.subarray(4990)]);
      expect(await part(4990, 1000)).toEqual([...bytes.subarray(4990)]);
      expect(await part(5000, 10)).toEqual([]);
      expect(await part(9000, 10)).toEqual([]);
      expect(await part(10, 0)).toEqual([]);
    });

    it('replaces an object by a shorter one', async () => {
      await store.put('a', Buffer.from('what was there before'));
      await store.put('a', Buffer.from('now'));
      expect((await store.get('a')).toString()).toBe('now');
      expect(await store.size('a')).toBe(3);
      expect(await sizes(store, '')).toEqual([['a', 3]]);
    });

    it('keeps what it has when the key must be free', async () => {
      expect(await store.putIfAbsent('a', Buffer.from('first'))).toBe(true);
      expect(await store.putIfAbsent('a', Buffer.from('second'))).toBe(false);
      expect((await store.get('a')).toString()).toBe('first');
      await store.delete('a');
      expect(await store.putIfAbsent('a', Buffer.from('third'))).toBe(true);
      expect((await store.get('a')).toString()).toBe('third');
    });

    it('lets exactly one of sixteen callers have a key', async () => {
      for (let round = 0; round < 5; round++) {
        const callers = Array.from({ length: 16 }, (_, number) => Buffer.from(`caller ${number}`));
        const answers = await Promise.all(callers.map((bytes) => store.putIfAbsent(`race/${round}`, bytes)));
        expect(answers.filter(Boolean)).toHaveLength(1);
        expect((await store.get(`race/${round}`)).toString()).toBe(callers[answers.indexOf(true)].toString());
      }
      expect(await keys(store, 'race/')).toHaveLength(5);
    });

    it('lists in the order of whole keys what begins with a prefix', async () => {
      const all = ['a-b/c', 'a.b', 'a/b-1', 'a/b.c/d', 'a/b0', 'a/bc', 'a0', 'b/a', 'ba', 'c_d'];
      for (const key of all.toReversed()) await store.put(key, Buffer.from(key));
      expect(await sizes(store, '')).toEqual(all.map((key) => [key, key.length]));
      for (const prefix of ['a', 'a/', 'a/b', 'a/b.c/', 'b', 'b/', 'c_d', 'd', 'a/nothing/']) {
        expect(await keys(store, prefix)).toEqual(all.filter((key) => key.startsWith(prefix)));
      }
    });

    it(`lists ${options.many ?? 1100} objects, also while they are deleted`, async () => {
      const all = Array.from(
        { length: options.many ?? 1100 },
        (_, number) => `many/${String(number % 7)}/${String(number).padStart(5, '0')}`,
      );
      await inParallel(store, all, (key) => store.put(key, Buffer.from(key)));
      const sorted = all.toSorted();
      expect(await keys(store, 'many/')).toEqual(sorted);
      const seen: string[] = [];
      for await (const { key } of store.list('many/')) {
        seen.push(key);
        if (seen.length % 20 === 0) await store.delete(key);
      }
      expect(seen).toEqual(sorted);
      expect(await keys(store, 'many/')).toEqual(sorted.filter((_, index) => index % 20 !== 19));
    });

    it('keeps empty objects and large ones', async () => {
      const large = randomBytes(20 * 1024 * 1024);
      await store.put('empty', Buffer.alloc(0));
      await store.put('large', large);
      expect(await store.get('empty')).toHaveLength(0);
      expect(await store.get('empty', { offset: 0, length: 5 })).toHaveLength(0);
      expect((await store.get('large')).equals(large)).toBe(true);
      expect((await store.get('large', { offset: 19_000_000, length: 7 })).equals(large.subarray(19_000_000, 19_000_007))).toBe(
        true,
      );
      expect(await sizes(store, '')).toEqual([
        ['empty', 0],
        ['large', large.length],
      ]);
    });

    it('puts many objects at a time, and one object many times', async () => {
      const objects = Array.from({ length: 24 }, (_, number) => ({ key: `p/${number}`, bytes: randomBytes(100_000 + number) }));
      await Promise.all(objects.map(({ key, bytes }) => store.put(key, bytes)));
      for (const { key, bytes } of objects) expect((await store.get(key)).equals(bytes)).toBe(true);
      await Promise.all(objects.map(({ bytes }) => store.put('one', bytes)));
      const one = await store.get('one');
      expect(objects.some(({ bytes }) => bytes.equals(one))).toBe(true);
      expect(await sizes(store, 'one')).toEqual([['one', one.length]]);
      await store.delete('one');
      expect(await store.size('one')).toBeNull();
    });

    it('keeps its own copy of the bytes', async () => {
      const bytes = Buffer.from('before');
      await store.put('a', bytes);
      bytes.fill('x');
      const found = await store.get('a');
      expect(found.toString()).toBe('before');
      found.fill('y');
      expect((await store.get('a')).toString()).toBe('before');
    });

    it('refuses keys that lead elsewhere', async () => {
      for (const key of [...hostileKeys, 'x'.repeat(501)]) {
        const refused = { code: 'STORE_FAILED' };
        await expect(store.get(key), key).rejects.toMatchObject(refused);
        await expect(store.put(key, Buffer.from('x')), key).rejects.toMatchObject(refused);
        await expect(store.putIfAbsent(key, Buffer.from('x')), key).rejects.toMatchObject(refused);
        await expect(store.size(key), key).rejects.toMatchObject(refused);
        await expect(store.delete(key), key).rejects.toMatchObject(refused);
        if (store.extendLock) await expect(store.extendLock(key, '2030-01-01T00:00:00Z'), key).rejects.toMatchObject(refused);
      }
      expect(await keys(store, '')).toEqual([]);
    });

    it('tells its place without a secret', async () => {
      expect(store.location).not.toBe('');
      expect(store.concurrency).toBeGreaterThan(0);
      const error = await store.get('missing').catch((reason: Error) => reason);
      const told = store.location + JSON.stringify([error, (error as Error).message, (error as Error).stack]);
      expect((options.secrets ?? []).filter((secret) => told.includes(secret))).toEqual([]);
    });
  });
}

async function sizes(store: Store, prefix: string): Promise<[string, number][]> {
  const found: [string, number][] = [];
  for await (const { key, size } of store.list(prefix)) found.push([key, size]);
  return found;
}

async function keys(store: Store, prefix: string): Promise<string[]> {
  return (await sizes(store, prefix)).map(([key]) => key);
}

async function inParallel(store: Store, all: string[], action: (key: string) => Promise<unknown>): Promise<void> {
  const rest = all.values();
  const workers = Array.from({ length: store.concurrency }, async () => {
    for (const key of rest) await action(key);
  });
  await Promise.all(workers);
}
