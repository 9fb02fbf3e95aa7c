import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareIds } from '#base/compare-ids.ts';
import type { SortedBatch } from '#base/external-sorter.ts';
import { joinSorted } from './join-sorted.ts';

async function* inBatches(records: [key: string, value: string][], size: number): AsyncGenerator<SortedBatch> {
  for (let from = 0; from < records.length; from += size) {
    const part = records.slice(from, from + size);
    yield { keys: part.map(([key]) => key), values: part.map(([, value]) => value) };
  }
}

const key = fc.oneof(fc.integer({ min: 0, max: 30 }).map(String), fc.constantFrom('a', 'b', 'ff', ''));

test('finds for each record what a map finds, in the order of the records', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(key, { maxLength: 40 }),
      fc.uniqueArray(key, { maxLength: 30 }),
      fc.integer({ min: 1, max: 7 }),
      async (wanted, present, size) => {
        const records = wanted.sort(compareIds).map((k, i): [string, string] => [k, `record ${i}`]);
        const rows = present.sort(compareIds).map((k): [string, string] => [k, `row ${k}`]);
        const map = new Map(rows);
        const seen: unknown[] = [];
        await joinSorted(inBatches(records, size), inBatches(rows, 3), (k, value, match) => {
          seen.push([k, value, match]);
        });
        expect(seen).toEqual(records.map(([k, value]) => [k, value, map.get(k) ?? null]));
      },
    ),
  );
});
