import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareIds } from './compare-ids.ts';
import { isOxbowError } from './errors.ts';
import { ExternalSorter, type ExternalSorterOptions } from './external-sorter.ts';
import { MemoryBudget } from './memory-budget.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'oxbow-sorter-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Records = [key: string, value: string][];

let made = 0;
const sorterOf = (options: Partial<ExternalSorterOptions> = {}) =>
  new ExternalSorter({ folder, name: `sorter-${++made}`, memory: 64 * 1024, ...options });

async function fill(sorter: ExternalSorter, records: Records): Promise<void> {
  for (const [key, value] of records) await sorter.add(key, value);
}

async function read(sorter: ExternalSorter): Promise<Records> {
  const out: Records = [];
  for await (const { key, value } of sorter.sorted()) out.push([key, value]);
  return out;
}

const byKey = (records: Records, compare: (a: string, b: string) => number = compareIds): Records =>
  [...records].sort(([a], [b]) => compare(a, b));

const decimal = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String);
const key = fc.oneof(
  decimal,
  fc.integer({ min: 0, max: 20 }).map(String),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('', '-', '-0', '007'),
);
const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constant('x'.repeat(3000)), fc.constant('\t\n\\N'));

describe('the order of ids', () => {
  test('is that of the numbers, whatever their length and sign', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
        fc.oneof(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), fc.bigInt({ min: -12n, max: 12n })),
        (a, b) => {
          expect(Math.sign(compareIds(String(a), String(b)))).toBe(a < b ? -1 : a > b ? 1 : 0);
        },
      ),
    );
  });

  test('puts what is no number behind all numbers, by code unit', () => {
    const ids = ['b', '10', '-', 'a', '9', '-10', '', '-9', '1.5', '0', '99999999999999999999', 'B'];
    expect(ids.sort(compareIds)).toEqual(['-10', '-9', '0', '9', '10', '99999999999999999999', '', '-', '1.5', 'B', 'a', 'b']);
  });

  test('is a total order in which only the same text is equal', () => {
    fc.assert(
      fc.property(key, key, key, (a, b, c) => {
        expect(Math.sign(compareIds(a, b))).toBe(0 - Math.sign(compareIds(b, a)));
        expect(compareIds(a, b) === 0).toBe(a === b);
        if (compareIds(a, b) <= 0 && compareIds(b, c) <= 0) expect(compareIds(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('an external sorter', () => {
  test('sorts as Array.sort does, with and without spilling, equal keys in the order of adding', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.tuple(key, value), { maxLength: 80 }),
      fc.constantFrom(1, 20_000, 40_000, 1e9),
      async (records, memory) => {
        const sorter = sorterOf({ memory });
        await fill(sorter, records);
        expect(sorter.count).toBe(records.length);
        expect(await read(sorter)).toEqual(byKey(records));
        await sorter.dispose();
      },
    );
    await fc.assert(property, { numRuns: 150 });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('sorts by any comparison it is given', async () => {
    const compare = (a: string, b: string) => b.length - a.length;
    const records: Records = Array.from({ length: 500 }, (_, i) => ['k'.repeat((i * 7) % 13), `${i}`]);
    const sorter = sorterOf({ memory: 20_000, compare });
    await fill(sorter, records);
    expect(sorter.runs).toBeGreaterThan(1);
    expect(await read(sorter)).toEqual(byKey(records, compare));
    await sorter.dispose();
  });

  test('writes nothing when all fits into memory', async () => {
    const openFile = (() => Promise.reject(new Error('a file was opened'))) as unknown as typeof open;
    const sorter = sorterOf({ memory: 1e6, openFile });
    await fill(sorter, [['2', 'b'], ['1', 'a']]); // biome-ignore format: short
    expect(await read(sorter)).toEqual([['1', 'a'], ['2', 'b']]); // biome-ignore format: short
    await sorter.dispose();
  });

  test('merges in several passes when there are more than 64 runs', async () => {
    let most = 0;
    let now = 0;
    const openFile = (async (...input: Parameters<typeof open>) => {
      const handle = await open(...input);
      most = Math.max(most, ++now);
      const close = handle.close.bind(handle);
      handle.close = () => {
        now--;
        return close();
      };
      return handle;
    }) as typeof open;
    const records: Records = Array.from({ length: 7000 }, (_, i) => [`${(i * 7919) % 500}`, `${i} ${'y'.repeat(50)}`]);
    const sorter = sorterOf({ memory: 17_000, openFile });
    await fill(sorter, records);
    expect(sorter.runs).toBeGreaterThan(130);
    expect(await read(sorter)).toEqual(byKey(records));
    expect(most).toBeLessThanOrEqual(66);
    expect(now).toBe(0);
    await sorter.dispose();
  });

  test('gives batches of keys with values, and lines as the bytes that went in', async () => {
    const records: Records = Array.from({ length: 3000 }, (_, i) => [`${(i * 31) % 3001}`, `${i}\tzeile é\n`]);
    for (const memory of [50_000, 1e9]) {
      const lines = sorterOf({ memory });
      for (const [id, line] of records) await lines.add(id, Buffer.from(line));
      const keys: string[] = [];
      const data: Buffer[] = [];
      for await (const batch of lines.sortedLines()) {
        expect(batch.count).toBe(batch.keys.length);
        keys.push(...batch.keys);
        data.push(batch.data);
      }
      const expected = byKey(records);
      expect(keys).toEqual(expected.map(([id]) => id));
      expect(Buffer.concat(data).toString()).toBe(expected.map(([, line]) => line).join(''));
      await lines.dispose();
    }
  });

  test('carries values larger than any of its buffers', async () => {
    const large = 'ü'.repeat(1_500_000);
    const sorter = sorterOf({ memory: 100_000 });
    await fill(sorter, [['3', large], ['1', 'small'], ['2', `${large}!`], ['0', '']]); // biome-ignore format: short
    expect(sorter.runs).toBeGreaterThan(0);
    const sorted = await read(sorter);
    expect(sorted.map(([id]) => id)).toEqual(['0', '1', '2', '3']);
    expect(sorted[2]![1] === `${large}!` && sorted[3]![1] === large).toBe(true);
    await sorter.dispose();
  });

  test('shares a budget with others: the largest buffer goes to disk, and the sum stays within it', async () => {
    const budget = new MemoryBudget(400_000);
    const large = sorterOf({ memory: budget });
    const small = sorterOf({ memory: budget });
    await small.add('1', 'one');
    for (let i = 0; i < 5000; i++) {
      await large.add(`${5000 - i}`, 'z'.repeat(200));
      expect(budget.used).toBeLessThanOrEqual(budget.bytes);
      expect(budget.used).toBeGreaterThanOrEqual(large.bufferedBytes);
    }
    expect(large.runs).toBeGreaterThan(1);
    expect(small.runs).toBe(0);
    expect((await read(large)).map(([id]) => id)).toEqual(Array.from({ length: 5000 }, (_, i) => `${i + 1}`));
    expect(await read(small)).toEqual([['1', 'one']]);
    await large.dispose();
    await small.dispose();
    expect(budget.used).toBe(0);
  });

  test('says DISK_FULL with the folder when the disk is full, and leaves no file', async () => {
    const openFile = (async (...input: Parameters<typeof open>) => {
      const handle = await open(...input);
      let room = 20_000;
      const write = handle.write.bind(handle) as FileHandle['write'];
      handle.write = ((piece: Buffer, at: number) => {
        room -= piece.length;
        return room < 0 ? Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' })) : write(piece, at);
      }) as unknown as FileHandle['write'];
      return handle;
    }) as typeof open;
    const sorter = sorterOf({ memory: 200_000, openFile });
    const filling = fill(
      sorter,
      Array.from({ length: 5000 }, (_, i) => [`${i}`, 'w'.repeat(100)]),
    );
    const error = await filling.catch((cause: unknown) => cause);
    expect(isOxbowError(error, 'DISK_FULL') && error.message).toContain(folder);
    await expect(read(sorter)).rejects.toThrow(folder);
    await sorter.dispose();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('says SPOOL_FAILED when the folder does not exist', async () => {
    const sorter = sorterOf({ memory: 1, folder: join(folder, 'missing') });
    const error = await fill(sorter, [['1', 'a']]).catch((cause: unknown) => cause);
    expect(isOxbowError(error, 'SPOOL_FAILED') && error.details?.code).toBe('ENOENT');
    await sorter.dispose();
  });

  test('leaves no file behind when it is read in part only, or not at all', async () => {
    const records: Records = Array.from({ length: 20_000 }, (_, i) => [`${i % 977}`, 'v'.repeat(30)]);
    for (const readSome of [true, false]) {
      const sorter = sorterOf({ memory: 100_000 });
      await fill(sorter, records);
      expect(readdirSync(folder).length).toBeGreaterThan(1);
      if (readSome) for await (const batch of sorter.sortedBatches()) if (batch.keys.length > 0) break;
      await sorter.dispose();
      await sorter.dispose();
      expect(readdirSync(folder)).toEqual([]);
    }
  });
});
