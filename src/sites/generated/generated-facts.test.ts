import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileStream } from './attachment-bytes.ts';
import { hiLoIds } from './hi-lo.ts';
import { hasher, Prng } from './prng.ts';
import { logNormalWeights, spread } from './spread.ts';
import { timestampText } from './timestamps.ts';

describe('what a generated site is computed with', () => {
  it('gives out a total exactly, each unit to one item', () => {
    fc.assert(
      fc.property(
        fc.nat(3000),
        fc.integer({ min: 1, max: 700 }),
        fc.double({ min: 0, max: 0.95, noNaN: true }),
        (total, items, none) => {
          const shares = spread(total, items, logNormalWeights(1, 'test', 97, { none, sigma: 1, limit: 20 }));
          let unit = 0;
          for (let item = 0; item < items; item++) {
            expect(shares.start(item)).toBe(unit);
            for (let n = shares.count(item); n > 0; n--)
              if (shares.find(unit++) !== item) throw new Error(`unit ${unit - 1} is not that of item ${item}`);
          }
          expect(unit).toBe(total);
        },
      ),
    );
  });

  it('gives ids in blocks of 32767 that ascend within a table', () => {
    const content = hiLoIds('content');
    expect(content(32_767) % 32_768).toBe(1);
    expect(content(32_766) % 32_768).toBe(32_767);
    expect(content(32_767)).toBeGreaterThan(content(32_766));
    const blocks = ['content', 'spaces', 'bandana'].flatMap((table) =>
      [0, 40_000, 80_000].map((n) => Math.floor(hiLoIds(table)(n) / 32_768)),
    );
    expect(new Set(blocks).size).toBe(9);
  });

  it('writes moments as PostgreSQL does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_799_999 }), (millis) => {
        const iso = new Date(millis).toISOString();
        return timestampText(millis) === `${iso.slice(0, 10)} ${iso.slice(11, 23)}`.replace(/\.?0+$/, '');
      }),
    );
    expect(timestampText(1_709_208_000_100)).toBe('2024-02-29 12:00:00.1');
  });

  it('has random numbers that are spread evenly and never change', () => {
    const hash = hasher(1, 'test');
    const random = new Prng(5);
    const seen = [new Float64Array(16), new Float64Array(16)];
    for (let i = 0; i < 160_000; i++) {
      seen[0]![hash(i) >>> 28]!++;
      seen[1]![random.next() >>> 28]!++;
    }
    for (const counts of seen) for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(600);
    expect([hash(1), hash(1, 1), new Prng(1).next()]).toMatchInlineSnapshot(`
      [
        693809695,
        527908456,
        3002314125,
      ]
    `);
  });

  it('makes files of the size wanted, a text compressible, the rest not, with the beginning of their kind', async () => {
    const read = async (family: Parameters<typeof fileStream>[0], size: number) => {
      const chunks: Buffer[] = [];
      for await (const chunk of fileStream(family, size, 7)) {
        expect(chunk.length).toBeLessThan(80 * 1024);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    };
    for (const family of ['csv', 'text', 'png', 'jpeg', 'pdf', 'zip'] as const) {
      for (const size of [0, 1, 20, 65_536, 200_001]) expect((await read(family, size)).length).toBe(size);
      const data = await read(family, 200_001);
      const share = deflateRawSync(data).length / data.length;
      if (family === 'csv' || family === 'text') expect(share).toBeLessThan(0.6);
      else expect(share).toBeGreaterThan(0.95);
      expect(createHash('md5').update(data).digest('hex')).toBe(
        createHash('md5')
          .update(await read(family, 200_001))
          .digest('hex'),
      );
    }
    expect((await read('png', 100)).subarray(1, 4).toString()).toBe('PNG');
    expect((await read('pdf', 100)).subarray(0, 8).toString()).toBe('%PDF-1.7');
    expect((await read('csv', 70_000)).equals((await read('csv', 150_000)).subarray(0, 70_000))).toBe(true);
  });
});
