import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyIndexedPack } from './arbitrary-pack.ts';
import { decodeIndex, encodeIndex, sealIndex, unsealIndex } from './index-format.ts';

const key = randomBytes(32);

describe('an index object', () => {
  it('is decoded to what was encoded, sealed or not', () => {
    fc.assert(
      fc.property(fc.array(anyIndexedPack, { maxLength: 6 }), (packs) => {
        expect(decodeIndex(encodeIndex(packs))).toEqual(packs);
        const sealed = sealIndex(key, packs);
        expect(unsealIndex(key, sealed.key, sealed.bytes)).toEqual(packs);
      }),
    );
  });

  it('that ends too early is no index', () => {
    fc.assert(
      fc.property(anyIndexedPack, fc.nat(), (pack, cut) => {
        const bytes = encodeIndex([pack]);
        const length = 1 + (cut % (bytes.length - 1));
        expect(() => decodeIndex(bytes.subarray(0, length))).toThrow(RangeError);
      }),
    );
  });
});
