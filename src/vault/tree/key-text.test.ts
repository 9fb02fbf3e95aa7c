import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareKeyTexts, keyText } from './key-text.ts';
import { compareRowKeys, escapeField, type KeyKind } from './row-key.ts';

const field = (kind: KeyKind) =>
  fc.oneof(
    {
      weight: 8,
      arbitrary: kind === 'number' ? fc.maxSafeInteger().map(String) : fc.string({ unit: 'binary' }).map(escapeField),
    },
    { weight: 1, arbitrary: fc.constant('\\N') },
  );

describe('keys as text', () => {
  it('sort as the keys themselves do', () => {
    const kinds = fc.array(fc.constantFrom<KeyKind>('number', 'text'), { minLength: 1, maxLength: 3 });
    const pairs = kinds.chain((list) => {
      const key = fc.tuple(...list.map(field)).map((fields) => Buffer.from(`${fields.join('\t')}\tvalue\n`));
      return fc.tuple(fc.constant(list), key, key);
    });
    fc.assert(
      fc.property(pairs, ([list, a, b]) => {
        const [textA, textB] = [keyText(a, list.length), keyText(b, list.length)];
        const expected = compareRowKeys(list, Buffer.from(textA, 'latin1'), Buffer.from(textB, 'latin1'));
        expect(Math.sign(compareKeyTexts(list)(textA, textB))).toBe(Math.sign(expected));
      }),
      { numRuns: 2000 },
    );
  });

  it('are the first fields of a line, or all of it', () => {
    expect(keyText(Buffer.from('1\t2\tx\n'), 2)).toBe('1\t2');
    expect(keyText(Buffer.from('1\t2\n'), 2)).toBe('1\t2');
    expect(keyText(Buffer.from('1\t2'), 0)).toBe('1\t2');
    expect(keyText(Buffer.from('1\t2\n'), 0)).toBe('1\t2');
  });
});
