import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idOf } from '../chunks/chunk-id.ts';
import { decodeNode, encodeNode } from './tree-node.ts';

const count = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const anyEntry = fc.record({
  id: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => idOf(Buffer.from(bytes))),
  rows: count,
  bytes: count,
  last: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
});

describe('a node of a tree', () => {
  it('is decoded to what was encoded', () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { minLength: 1, maxLength: 10 }), fc.nat(9), (list, level) => {
        const entries = list.map((entry) => ({ ...entry, level }));
        const decoded = decodeNode(encodeNode(entries)).map((entry) => ({ ...entry, last: Buffer.from(entry.last) }));
        expect(decoded).toEqual(entries);
      }),
    );
  });

  it('that ends too early is none', () => {
    fc.assert(
      fc.property(anyEntry, fc.nat(), (entry, cut) => {
        const bytes = encodeNode([{ ...entry, level: 0 }]);
        const length = 2 + (cut % (bytes.length - 2));
        expect(() => decodeNode(bytes.subarray(0, length))).toThrow(RangeError);
      }),
    );
  });
});
