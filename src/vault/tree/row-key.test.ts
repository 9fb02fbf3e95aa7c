import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundaryHash,
  compareKeyIn,
  compareRowKeys,
  escapeField,
  type KeyKind,
  keyEnd,
  lineEnd,
  unescapeField,
} from './row-key.ts';

const text = fc.string({
  unit: fc.constantFrom('a', 'b', '\\', '\t', '\n', 'N', '\r', '\u{1f300}', 'ä', '\v', ''),
  maxLength: 8,
});
const field = fc.oneof(text.map(escapeField), fc.constant('\\N'));
const number = fc.oneof(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map(String), fc.constant('\\N'));

describe('a field of COPY text', () => {
  it('stands for what was escaped, and holds neither tab nor line feed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const escaped = escapeField(value);
        expect(escaped).not.toMatch(/[\t\n]/);
        expect(unescapeField(Buffer.from(escaped)).equals(Buffer.from(value))).toBe(true);
      }),
    );
    fc.assert(
      fc.property(text, (value) => {
        expect(unescapeField(Buffer.from(escapeField(value))).toString()).toBe(value);
      }),
    );
  });
});

describe('the key of a row', () => {
  it('ends after its fields', () => {
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 4 }), fc.nat(4), fc.nat(9), (fields, keys, offset) => {
        const line = `${fields.join('\t')}\n`;
        const data = Buffer.concat([Buffer.alloc(offset, 9), Buffer.from(line), Buffer.from('next\tline\n')]);
        const end = lineEnd(data, offset);
        expect(data.toString('utf8', offset, end)).toBe(line);
        const count = keys === 0 ? fields.length : Math.min(keys, fields.length);
        expect(data.toString('utf8', offset, keyEnd(data, offset, end, keys))).toBe(fields.slice(0, count).join('\t'));
      }),
    );
  });

  it('orders numbers as numbers, texts as bytes, null last', () => {
    const orders: Record<KeyKind, (a: string, b: string) => number> = {
      number: (a, b) => (BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0),
      text: (a, b) => unescapeField(Buffer.from(a)).compare(unescapeField(Buffer.from(b))),
    };
    for (const [kind, keys] of [
      ['number', number],
      ['text', field],
    ] as const) {
      fc.assert(
        fc.property(keys, keys, (a, b) => {
          const found = Math.sign(compareRowKeys([kind], Buffer.from(a), Buffer.from(b)));
          const isNull = a === '\\N' || b === '\\N';
          const order = isNull ? Number(a === '\\N') - Number(b === '\\N') : orders[kind](a, b);
          // Zero has two signs.
          expect(found === order).toBe(true);
        }),
      );
    }
  });

  it('orders keys of several fields field by field', () => {
    const kinds: KeyKind[] = ['number', 'text'];
    const key = fc.tuple(fc.integer({ min: -2, max: 12 }).map(String), field);
    fc.assert(
      fc.property(key, key, (a, b) => {
        const whole = compareRowKeys(kinds, Buffer.from(a.join('\t')), Buffer.from(b.join('\t')));
        const first = compareRowKeys(['number'], Buffer.from(a[0]), Buffer.from(b[0]));
        const second = compareRowKeys(['text'], Buffer.from(a[1]), Buffer.from(b[1]));
        expect(Math.sign(whole)).toBe(Math.sign(first || second));
      }),
    );
  });

  it('has a hash that depends on its bytes and the seed alone', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(20), fc.integer(), (bytes, offset, seed) => {
        const plain = Buffer.from(bytes);
        const moved = Buffer.concat([Buffer.alloc(offset, 1), plain, Buffer.alloc(3, 2)]);
        const hash = boundaryHash(plain, 0, plain.length, seed);
        expect(boundaryHash(moved, offset, offset + plain.length, seed)).toBe(hash);
        expect(hash).toBeGreaterThanOrEqual(0);
        expect(hash).toBeLessThan(2 ** 32);
      }),
    );
  });
});

describe('a key within its line', () => {
  it('compares as when it is cut out', () => {
    const numbers = fc.oneof(number, fc.nat(120).map(String), fc.integer({ min: -12, max: 12 }).map(String));
    const fields = fc.array(fc.tuple(fc.constantFrom<KeyKind>('number', 'text'), fc.boolean()), { minLength: 0, maxLength: 3 });
    const keys = fields.chain((all) => {
      const kinds = all.map(([kind]) => kind);
      const one = fc.tuple(...kinds.map((kind) => (kind === 'number' ? numbers : field)));
      return fc.tuple(fc.constant(kinds), one, one, fc.nat(5));
    });
    fc.assert(
      fc.property(keys, ([kinds, a, b, offset]) => {
        const left = Buffer.from(a.join('\t'));
        const right = Buffer.from(b.join('\t'));
        const data = Buffer.concat([Buffer.alloc(offset, 49), left, Buffer.from('\n7\t8\n')]);
        const order = compareKeyIn(kinds, data, offset, offset + left.length, right);
        expect(Math.sign(order)).toBe(Math.sign(compareRowKeys(kinds, left, right)));
      }),
      { numRuns: 2000 },
    );
  });
});
