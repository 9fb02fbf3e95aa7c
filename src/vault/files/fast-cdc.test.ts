import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytes } from '../vault-fixture.ts';
import { fileParts, gearTable, partSizes } from './fast-cdc.ts';

const gear = gearTable(Buffer.alloc(32, 1));

/** Cuts data that comes in pieces of these sizes, in turn. */
async function cut(data: Buffer, pieces: number[] = [1 << 20], table = gear): Promise<Buffer[]> {
  async function* stream() {
    for (let at = 0, i = 0; at < data.length; i++) {
      const length = pieces[i % pieces.length];
      yield data.subarray(at, at + length);
      at += length;
    }
  }
  const parts: Buffer[] = [];
  for await (const part of fileParts(table, stream())) parts.push(part);
  return parts;
}
const sizes = (parts: Buffer[]) => parts.map((part) => part.length);
const few = { numRuns: 6 };

describe('cutting files', () => {
  it('loses nothing, keeps its bounds, and does not depend on how the bytes arrive', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.nat(25_000_000),
        fc.array(fc.integer({ min: 1000, max: 3_000_000 }), { minLength: 1, maxLength: 4 }),
        async (seed, length, pieces) => {
          const data = bytes(seed, length);
          const parts = await cut(data, pieces);
          expect(Buffer.concat(parts).equals(data)).toBe(true);
          for (const size of sizes(parts).slice(0, -1)) {
            expect(size).toBeGreaterThan(partSizes.min);
            expect(size).toBeLessThanOrEqual(partSizes.max);
          }
          expect(sizes(await cut(data, [data.length || 1]))).toEqual(sizes(parts));
        },
      ),
      few,
    );
  });

  it('changes only the parts around a change, also when bytes are inserted', async () => {
    const data = bytes(3, 20_000_000);
    const before = await cut(data);
    expect(before.length).toBeGreaterThan(10);
    for (const at of [0, 9_000_000, 19_999_990]) {
      for (const changed of [
        Buffer.concat([data.subarray(0, at), Buffer.from('inserted'), data.subarray(at)]),
        Buffer.concat([data.subarray(0, at), Buffer.from('replaced'), data.subarray(at + 8)]),
        Buffer.concat([data.subarray(0, at), data.subarray(at + 5)]),
      ]) {
        const after = await cut(changed);
        const fresh = after.filter((part) => !before.some((one) => one.equals(part)));
        expect(fresh.length).toBeLessThanOrEqual(3);
      }
    }
  });

  it('cuts what has no boundary at the largest size', async () => {
    expect(sizes(await cut(Buffer.alloc(20_000_000)))).toEqual([partSizes.max, partSizes.max, 20_000_000 - 2 * partSizes.max]);
    expect(await cut(Buffer.alloc(0))).toEqual([]);
  });

  it('cuts elsewhere under another key, with parts of about a mebibyte', async () => {
    const data = bytes(4, 40_000_000);
    const parts = await cut(data);
    expect(sizes(parts)).not.toEqual(sizes(await cut(data, undefined, gearTable(Buffer.alloc(32, 2)))));
    expect(data.length / parts.length).toBeGreaterThan(800_000);
    expect(data.length / parts.length).toBeLessThan(1_500_000);
  });
});
