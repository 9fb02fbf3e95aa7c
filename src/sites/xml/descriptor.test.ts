import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '#base/limits.ts';
import { emptyDescriptor, formatDescriptor, parseDescriptor } from './descriptor.ts';

const parse = (text: string) => parseDescriptor(Buffer.from(text, 'latin1'));
const written = new Date(Date.UTC(2025, 1, 10, 10, 23, 9));

describe('parseDescriptor', () => {
  test('reads the typed fields of a Cloud space export', () => {
    const descriptor = parse(
      [
        '#Mon Feb 10 10:23:09 UTC 2025',
        'createdByVersionNumber=1000.0.0-abc',
        'source=cloud',
        'buildNumber=4515',
        'spaceKey=DOCS',
        'defaultUsersGroup=confluence-users',
        'exportType=space',
        'createdByBuildNumber=8401',
        'timezoneId=Europe/Madrid',
        'backupAttachments=true',
        'ao.data.list=com.example.a, com.example.b',
      ].join('\n'),
    );
    expect(descriptor).toMatchObject({
      exportType: 'space',
      spaceKeys: ['DOCS'],
      buildNumber: 4515,
      createdByBuildNumber: 8401,
      createdByVersionNumber: '1000.0.0-abc',
      source: 'cloud',
      backupAttachments: true,
      defaultUsersGroup: 'confluence-users',
      timezoneId: 'Europe/Madrid',
      exportFormat: null,
    });
    expect(descriptor.properties.get('ao.data.list')).toBe('com.example.a, com.example.b');
    expect(descriptor.properties.size).toBe(10);
  });

  test('gives null for what is missing or not of its type', () => {
    expect(parse('buildNumber=many\nsource=elsewhere\nbackupAttachments=perhaps')).toMatchObject({
      exportType: null,
      spaceKeys: [],
      buildNumber: null,
      source: null,
      backupAttachments: null,
    });
  });

  test('prefers spaceKeys to spaceKey, and drops blanks and repetitions', () => {
    expect(parse('spaceKey=OLD\nspaceKeys=A, B,,A').spaceKeys).toEqual(['A', 'B']);
    expect(parse('spaceKeys=\nspaceKey=~user').spaceKeys).toEqual(['~user']);
  });

  test.each<[what: string, text: string, key: string, value: string]>([
    ['an escaped colon in a key', 'ao.data\\:list=x', 'ao.data:list', 'x'],
    ['an escaped colon in a value', 'url=http\\://host', 'url', 'http://host'],
    ['a plain colon as separator', 'key:value', 'key', 'value'],
    ['white space as separator', '  key \t value ', 'key', 'value '],
    ['white space around the equals sign', 'key = = value', 'key', '= value'],
    ['a Unicode escape', 'name=Stra\\u00DFe \\u20ac', 'name', 'Straße €'],
    ['a byte above 127 as ISO-8859-1', 'name=Stra\u00dfe', 'name', 'Straße'],
    ['a malformed Unicode escape, as the plain letters', 'path=C\\:\\users', 'path', 'C:users'],
    ['a continuation line, without its indent', 'list=a,\\\n    b', 'list', 'a,b'],
    ['an escaped backslash at the end of a line', 'path=a\\\\\nother=b', 'path', 'a\\'],
    ['a comment sign in a continuation line', 'list=a\\\n#b', 'list', 'a#b'],
    ['a key without value', 'lonely', 'lonely', ''],
    ['CRLF', 'key=value\r\nother=b\r\n', 'key', 'value'],
    ['a byte order mark of UTF-8', '\u00ef\u00bb\u00bfkey=value', 'key', 'value'],
    ['the last of two equal keys', 'key=a\nkey=b', 'key', 'b'],
    ['a continuation at the end of the file', 'key=value\\', 'key', 'value'],
  ])('reads %s', (_what, text, key, value) => {
    expect(parse(text).properties.get(key)).toBe(value);
  });

  test('skips comments and blank lines', () => {
    expect(parse('#a=1\n  ! b=2\n\n \t\nc=3').properties).toEqual(new Map([['c', '3']]));
  });

  test('DESCRIPTOR_TOO_LARGE for a file that is none', () => {
    expect(() => parseDescriptor(Buffer.alloc(limits.descriptorBytes + 1))).toThrow(
      expect.objectContaining({ code: 'DESCRIPTOR_TOO_LARGE' }),
    );
  });
});

describe('formatDescriptor', () => {
  test('writes the date, sorted keys and escapes as java.util.Properties does', () => {
    const properties = new Map([
      ['b key:', ' Straße = #1! '],
      ['a', 'C:\\x\n\t€'],
    ]);
    expect(
      formatDescriptor({ ...emptyDescriptor(), properties, exportType: 'all', buildNumber: 6169 }, written).toString('latin1'),
    ).toBe(
      [
        '#Mon Feb 10 10:23:09 UTC 2025',
        'a=C\\:\\\\x\\n\\t\\u20AC',
        'b\\ key\\:=\\ Stra\\u00DFe \\= \\#1\\! ',
        'buildNumber=6169',
        'exportType=all',
        '',
      ].join('\n'),
    );
  });

  test('a typed field wins over the properties; one that agrees leaves them as they were', () => {
    const read = parse('buildNumber=007\nsource=other\nexportType=space\nspaceKey=A\ntimezoneId=UTC');
    const lines = formatDescriptor({ ...read, exportType: 'all', timezoneId: null }, written)
      .toString()
      .split('\n');
    expect(lines.slice(1, -1)).toEqual(['buildNumber=007', 'exportType=all', 'source=other', 'spaceKey=A']);
  });

  test('writes one space under both keys, several under spaceKeys', () => {
    const keys = (spaceKeys: string[]) =>
      formatDescriptor({ ...emptyDescriptor(), spaceKeys }, written)
        .toString()
        .split('\n')
        .slice(1, -1);
    expect(keys(['A'])).toEqual(['spaceKey=A', 'spaceKeys=A']);
    expect(keys(['A', 'B'])).toEqual(['spaceKeys=A,B']);
    expect(keys([])).toEqual([]);
  });

  test('any properties come back', () => {
    const letters = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...' \\:=#!\t\n\r\fu0aß€\ud83d') }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(letters, letters)), (pairs) => {
        const properties = new Map(pairs);
        const bytes = formatDescriptor(
          { ...parseDescriptor(formatDescriptor({ ...emptyDescriptor(), properties }, written)) },
          written,
        );
        expect(parseDescriptor(bytes).properties).toEqual(properties);
      }),
      { numRuns: 500 },
    );
  });

  test('any typed fields come back', () => {
    const text = fc.option(fc.string({ unit: 'binary' }));
    const build = fc.option(fc.integer({ min: 0 }));
    const fields = fc.record({
      exportType: text,
      spaceKeys: fc.uniqueArray(fc.stringMatching(/^~?[A-Za-z0-9]{1,20}$/), { maxLength: 4 }),
      buildNumber: build,
      createdByBuildNumber: build,
      createdByVersionNumber: text,
      source: fc.constantFrom('cloud', 'server', null),
      backupAttachments: fc.option(fc.boolean()),
      defaultUsersGroup: text,
      timezoneId: text,
      exportFormat: text,
    });
    fc.assert(
      fc.property(fields, (fields) => {
        expect(parseDescriptor(formatDescriptor({ ...emptyDescriptor(), ...fields }, written))).toMatchObject(fields);
      }),
    );
  });
});
