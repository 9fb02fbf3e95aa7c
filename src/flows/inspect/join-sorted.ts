import { compareIds } from '#base/compare-ids.ts';
import type { SortedBatch } from '#base/external-sorter.ts';

/**
 * Joins two streams that are both in the order of compareIds: calls `see` for each record of `records`, in order, with the value that
 * `rows` has under the same key, or null. Keys of `rows` are unique. Memory: a batch of each.
 */
export async function joinSorted(
  records: AsyncIterable<SortedBatch>,
  rows: AsyncIterable<SortedBatch>,
  see: (key: string, value: string, match: string | null) => void | Promise<void>,
): Promise<void> {
  const source = rows[Symbol.asyncIterator]();
  let batch: SortedBatch = { keys: [], values: [] };
  let at = 0;
  let ended = false;
  /** Goes to the first row that is not before the key. */
  const seek = async (key: string): Promise<void> => {
    for (;;) {
      while (at < batch.keys.length) {
        if (compareIds(batch.keys[at], key) >= 0) return;
        at++;
      }
      if (ended) return;
      const next = await source.next();
      if (next.done) ended = true;
      else [batch, at] = [next.value, 0];
    }
  };
  try {
    for await (const { keys, values } of records) {
      for (let i = 0; i < keys.length; i++) {
        const key = keys[i];
        if (at >= batch.keys.length ? !ended : compareIds(batch.keys[at], key) < 0) await seek(key);
        const waiting = see(key, values[i], at < batch.keys.length && batch.keys[at] === key ? batch.values[at] : null);
        if (waiting) await waiting;
      }
    }
  } finally {
    await source.return?.();
  }
}
