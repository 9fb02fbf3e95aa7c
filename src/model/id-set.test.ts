import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdSet } from './id-set.ts';

const id = fc.oneof(
  fc.integer({ min: -50, max: 200 }).map(String),
  fc.maxSafeInteger().map(String),
  fc.bigInt({ min: 10n ** 15n, max: 10n ** 18n }).map(String),
  fc.constantFrom('007', '', 'abc', '\\N'),
);

describe('a set of ids', () => {
  it('holds what a Set of the same texts holds', () => {
    fc.assert(
      fc.property(fc.array(id, { maxLength: 3000 }), fc.array(id), (added, asked) => {
        const [ids, set] = [new IdSet(), new Set<string>()];
        for (const one of added) {
          expect(ids.add(one)).toBe(!set.has(one));
          set.add(one);
        }
        expect(ids.size).toBe(set.size);
        for (const one of [...added, ...asked]) expect(ids.has(one)).toBe(set.has(one));
      }),
      { numRuns: 200 },
    );
  });

  it('says of a range whether it may hold one of it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 })), fc.integer(), fc.integer(), (numbers, after, upTo) => {
        const ids = new IdSet();
        for (const number of numbers) ids.add(String(number));
        expect(ids.mayHold(after, upTo)).toBe(numbers.some((number) => number > after && number <= upTo));
      }),
    );
  });
});
