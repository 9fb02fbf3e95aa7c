import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchLines, decodeField, decodeRow, encodeField, encodeRow } from './copy-text.ts';
import { columnToXml, xmlToColumn } from './value-codec.ts';

describe('values between XML and columns', () => {
  it('gives every whole number back', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        (n) => columnToXml('long', xmlToColumn('long', String(n))!) === String(n),
      ),
    );
  });

  it('refuses numbers that the column cannot hold', () => {
    expect(xmlToColumn('integer', '2147483648')).toBeUndefined();
    expect(xmlToColumn('long', '9223372036854775808')).toBeUndefined();
    expect(xmlToColumn('integer', '1.5')).toBeUndefined();
  });

  it('gives every time stamp back to the millisecond', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('1000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
        const xml = date.toISOString().replace('T', ' ').replace('Z', '');
        return columnToXml('timestamp', xmlToColumn('timestamp', xml)!) === xml;
      }),
    );
  });

  it('refuses days that no calendar has', () => {
    expect(xmlToColumn('timestamp', '2024-05-35 10:00:00.000')).toBeUndefined();
    expect(xmlToColumn('timestamp', '2023-02-29 10:00:00.000')).toBeUndefined();
    expect(xmlToColumn('timestamp', '2024-02-29 10:00:00.100')).toBe('2024-02-29 10:00:00.1');
  });

  it('writes doubles as Java does', () => {
    const java = (text: string) => columnToXml('double', xmlToColumn('double', text)!);
    expect(['0.0', '1.0', '-2.5', '1.0E7', '1.25E-4', '123456.789', '1.0E100', 'NaN', '-0.0', '0.001'].map(java)).toEqual([
      '0.0',
      '1.0',
      '-2.5',
      '1.0E7',
      '1.25E-4',
      '123456.789',
      '1.0E100',
      'NaN',
      '-0.0',
      '0.001',
    ]);
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (n) => Number(java(String(n))) === n));
  });

  it('gives bytes back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const xml = Buffer.from(bytes).toString('base64');
        return columnToXml('base64', xmlToColumn('base64', xml)!) === xml;
      }),
    );
  });
});

describe('COPY text', () => {
  it('gives every row back', () => {
    const field = fc.option(fc.string({ unit: 'binary' }).filter((s) => !s.includes('\0') && s.isWellFormed()));
    fc.assert(
      fc.property(fc.array(fc.array(field, { minLength: 1 }), { minLength: 1 }), (rows) => {
        const data = Buffer.from(rows.map((row) => `${encodeRow(row)}\n`).join(''));
        expect(batchLines(data).map(decodeRow)).toEqual(rows);
      }),
    );
  });

  it('tells null from the text that looks like it', () => {
    expect(decodeField(encodeField(null))).toBeNull();
    expect(decodeField(encodeField('\\N'))).toBe('\\N');
  });

  it('reads the escapes of PostgreSQL that it does not write', () => {
    expect(decodeField('a\\bc\\101\\x41\\.')).toBe('a\bcAA.');
  });
});
