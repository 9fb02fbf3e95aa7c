import fc from 'fast-check';
import type { PackEntry } from './pack-format.ts';

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const number = fc.integer({ min: 0, max: 2 ** 32 - 1 });

/** For property tests: where a chunk may lie. */
export const anyEntry: fc.Arbitrary<PackEntry> = fc.record({
  digest,
  kind: fc.integer({ min: 1, max: 5 }),
  packed: fc.boolean(),
  offset: number,
  length: number,
  rawLength: number,
});

/** A pack as an index lists it. */
export const anyIndexedPack = fc.record({
  name: digest.map((bytes) => bytes.toString('hex')),
  salt: digest,
  size: number,
  entries: fc.array(anyEntry, { maxLength: 8 }),
});
