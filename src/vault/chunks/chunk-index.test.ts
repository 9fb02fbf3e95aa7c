import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyIndexedPack } from './arbitrary-pack.ts';
import { ChunkIndex } from './chunk-index.ts';

describe('the index in memory', () => {
  it('finds what a map would find: of a chunk in several packs the first', () => {
    fc.assert(
      fc.property(fc.array(anyIndexedPack, { maxLength: 30 }), (packs) => {
        const index = new ChunkIndex();
        const model = new Map<string, { pack: string; offset: number }>();
        for (const pack of packs) {
          // The same chunk in every second pack.
          const entries = pack.entries.map((entry, i) => (i === 0 ? { ...entry, digest: Buffer.alloc(32, 7) } : entry));
          index.addPack({ ...pack, entries });
          for (const { digest, offset } of entries) {
            const id = digest.toString('hex');
            if (!model.has(id)) model.set(id, { pack: pack.name, offset });
          }
        }
        expect(index.count).toBe(model.size);
        for (const [id, place] of model) expect(index.locate(Buffer.from(id, 'hex'))).toMatchObject(place);
        expect([...index.entries()].length).toBe(model.size);
        const slotsOf = index.slotsByPack();
        const byPack = index.packs.flatMap(({ name }) => Array.from(slotsOf(name), (slot) => [name, index.packAt(slot)]));
        expect(byPack.length).toBe(model.size);
        for (const [asked, found] of byPack) expect(found).toBe(asked);
      }),
    );
  });

  it('grows without losing any of many chunks', () => {
    const index = new ChunkIndex();
    const digest = (i: number) => Buffer.alloc(32, `chunk ${i} `);
    const entry = (i: number) => ({
      digest: digest(i),
      kind: 1 + (i % 5),
      packed: i % 2 === 0,
      offset: i,
      length: i + 1,
      rawLength: i + 2,
    });
    for (let i = 0; i < 2000; i++) index.addPack({ name: `pack ${i % 7}`, salt: Buffer.alloc(32), size: 9, entries: [entry(i)] });
    for (let i = 0; i < 2000; i++)
      expect(index.locate(digest(i))).toMatchObject({ pack: `pack ${i % 7}`, offset: i, rawLength: i + 2 });
    expect(index.has(digest(2001))).toBe(false);
  });
});
