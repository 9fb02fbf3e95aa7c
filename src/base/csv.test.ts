import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCsv } from './csv.ts';

const quote = (field: string) => `"${field.replaceAll('"', '""')}"`;

async function records(text: string, pieceBytes: number): Promise<string[][]> {
  const bytes = Buffer.from(text);
  const pieces = async function* () {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  };
  const found: string[][] = [];
  for await (const record of parseCsv(pieces())) found.push(record);
  return found;
}

describe('a CSV', () => {
  it('gives back any fields, however it is cut into pieces', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'ü', '漢', '😀', ' ') });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(field, { minLength: 2, maxLength: 4 })),
        fc.integer({ min: 1, max: 9 }),
        async (rows, pieceBytes) => {
          const text = rows.map((row) => `${row.map(quote).join(',')}\r\n`).join('');
          expect(await records(text, pieceBytes)).toEqual(rows);
        },
      ),
    );
  });

  it('needs neither quotes nor a line end at its end', async () => {
    expect(await records('a,b\n1,\n,2', 64)).toEqual([
      ['a', 'b'],
      ['1', ''],
      ['', '2'],
    ]);
  });
});
