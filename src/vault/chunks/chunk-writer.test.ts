import { describe, expect, it } from 'vitest';
import { FaultyStore } from '../store/faulty-store.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { bytes, testVault } from '../vault-fixture.ts';
import { digestOf } from './chunk-id.ts';
import { ChunkIndex } from './chunk-index.ts';
import { ChunkReader } from './chunk-reader.ts';
import { ChunkWriter } from './chunk-writer.ts';

const vault = await testVault();
const { keys } = vault;

describe('writing chunks', () => {
  it('ends with the error of the store, whatever is handed over after it', async () => {
    const store = new FaultyStore(new MemoryStore());
    store.plan = { at: 1, when: 'before', method: 'put', every: true };
    const writer = new ChunkWriter({ store, keys, index: new ChunkIndex() });
    await expect(
      (async () => {
        for (let i = 0; i < 100; i++) {
          writer.put('file', bytes(i, 1_000_000));
          await writer.ready();
        }
        await writer.flush();
      })(),
    ).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    for (let i = 200; i < 210; i++) writer.put('file', bytes(i, 1000));
    expect(() => writer.ready()).toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE' }));
    await writer.abandon();
  });

  it('keeps what waits below its bound while the store is slow', async () => {
    const store = new MemoryStore();
    const put = store.put.bind(store);
    store.put = async (key, data) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await put(key, data);
    };
    const writer = new ChunkWriter({ store, keys, index: new ChunkIndex() });
    let waited = 0;
    for (let i = 0; i < 60; i++) {
      // Rows are compressed, in the background, whatever they look like.
      writer.put('rows', bytes(i, 1_000_000));
      const wait = writer.ready();
      if (wait) waited++;
      await wait;
    }
    await writer.flush();
    expect(waited).toBeGreaterThan(0);
    expect(writer.statistics.newBytes).toBe(60_000_000);
  });

  it('makes the same of much and of little, and goes on after a flush', async () => {
    const store = new MemoryStore();
    const index = new ChunkIndex();
    const writer = new ChunkWriter({ store, keys, index });
    const chunks = Array.from({ length: 500 }, (_, i) => {
      const data = i % 3 === 0 ? bytes(i, 60_000) : Buffer.from(`${i} of a text that says much the same\n`.repeat(1 + i * 7));
      return { kind: i % 5 === 0 ? ('rows' as const) : ('file' as const), data };
    });
    const ids = [];
    for (const [i, { kind, data }] of chunks.entries()) {
      ids.push(writer.put(kind, data));
      await writer.ready();
      if (i === 300) await writer.flush();
    }
    await writer.flush();
    expect(index.count).toBe(chunks.length);
    expect(index.packs.reduce((sum, pack) => sum + pack.size, 0)).toBe(writer.statistics.storedBytes);
    expect(writer.indexes).toHaveLength(2);
    const reader = new ChunkReader({ store, packKey: keys.pack, index });
    for (const [i, id] of ids.entries()) expect((await reader.read(id)).equals(chunks[i].data), `${i}`).toBe(true);
    expect(writer.put('rows', chunks[0].data)).toBe(ids[0]);
    await writer.flush();
    expect(writer.statistics.newChunks).toBe(chunks.length);
  });

  it('can be abandoned in the middle', async () => {
    const store = new MemoryStore();
    const writer = new ChunkWriter({ store, keys, index: new ChunkIndex() });
    for (let i = 0; i < 40; i++) {
      writer.put('rows', bytes(i, 1_000_000));
      await writer.ready();
    }
    await writer.abandon();
    expect(() => writer.ready()).toThrow(expect.objectContaining({ code: 'CANCELLED' }));
    expect(writer.indexes).toEqual([]);
  });

  it('notes on which packs of others it relies, and on none to avoid', async () => {
    const store = new MemoryStore();
    const index = new ChunkIndex();
    const first = new ChunkWriter({ store, keys, index });
    const id = first.put('rows', Buffer.from('1\ta\n'));
    const list = first.put('list', Buffer.alloc(32));
    await first.flush();
    expect(first.relied.size).toBe(0);
    const pack = index.packAt(index.slotOf(digestOf(id)));
    const second = new ChunkWriter({ store, keys, index });
    second.put('rows', Buffer.from('1\ta\n'));
    expect([...second.relied]).toEqual([pack]);
    const third = new ChunkWriter({ store, keys, index, avoid: new Set([pack]) });
    expect(third.holds(digestOf(id))).toBe(false);
    // Another pack is to be avoided: the parts that a list names may lie there.
    const fourth = new ChunkWriter({ store, keys, index, avoid: new Set(['other']) });
    expect([fourth.holds(digestOf(id)), fourth.holds(digestOf(list))]).toEqual([true, false]);
  });
});

describe('reading chunks', () => {
  it('reports a damaged chunk among others, and no rejection goes unhandled', async () => {
    const store = new MemoryStore();
    const index = new ChunkIndex();
    const writer = new ChunkWriter({ store, keys, index });
    const ids: string[] = [];
    for (let i = 0; i < 40; i++) {
      ids.push(writer.put('file', bytes(i, 1_000_000)));
      await writer.ready();
    }
    await writer.flush();
    const place = index.locate(digestOf(ids[0]))!;
    store.objects.get(`packs/${place.pack.slice(0, 2)}/${place.pack}`)![place.offset] ^= 1;
    const get = store.get.bind(store);
    store.get = async (key, range) => {
      await new Promise((resolve) => setTimeout(resolve, range?.offset === place.offset ? 0 : 20));
      return await get(key, range);
    };
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', note);
    const reader = new ChunkReader({ store, packKey: keys.pack, index });
    await expect(
      (async () => {
        for await (const _ of reader.readMany(ids)) _.length;
      })(),
    ).rejects.toMatchObject({ code: 'OBJECT_DAMAGED' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('finds a chunk in another pack when the first is damaged or gone, and tries the index again after it failed', async () => {
    const store = new MemoryStore();
    const make = async () => {
      const writer = new ChunkWriter({ store, keys, index: new ChunkIndex() });
      const id = writer.put('file', bytes(1, 1000));
      await writer.flush();
      return id;
    };
    const id = await make();
    await make();
    const { openReader } = await import('../read-session.ts');
    for (const harm of [(key: string) => store.objects.get(key)!.fill(0, 50, 60), (key: string) => store.objects.delete(key)]) {
      const copy = new MemoryStore();
      for (const [key, data] of store.objects) copy.objects.set(key, Buffer.from(data));
      const here = { ...vault, store };
      const packs = [...store.objects.keys()].filter((key) => key.startsWith('packs/'));
      for (const key of packs) {
        const reader = await openReader(here);
        harm(key);
        expect((await reader.read(id)).equals(bytes(1, 1000))).toBe(true);
        expect((await (await openReader(here)).read(id)).equals(bytes(1, 1000))).toBe(true);
        store.objects.set(key, copy.objects.get(key)!);
      }
    }
  });
});
