import { describe, expect, test } from 'vitest';
import { isOxbowError } from '#base/errors.ts';
import { type ScanOptions, scanObjects } from './scan-objects.ts';
import { inPieces, scanWhole } from './scan-whole.ts';
import type { XmlField } from './xml-object.ts';

const inRoot = (objects: string) =>
  Buffer.from(`<hibernate-generic datetime="2016-05-10 17:04:43">${objects}</hibernate-generic>`);
const scan = (objects: string, options?: Partial<ScanOptions>) => scanWhole([inRoot(objects)], options);

/** The fields of an object with these children, and the codes of the problems. */
async function fieldsOf(children: string): Promise<{ fields: XmlField[]; problems: string[] }> {
  const { objects, problems, error } = await scan(`<object class="Page" package="p"><id name="id">1</id>${children}</object>`);
  expect(error).toBeUndefined();
  expect(objects.length).toBe(1);
  return { fields: objects[0]!.fields, problems: problems.map((problem) => problem.code) };
}

async function textOf(content: string): Promise<string | null> {
  const { fields } = await fieldsOf(`<property name="x">${content}</property>`);
  expect(fields).toHaveLength(1);
  return fields[0]!.kind === 'value' ? fields[0]!.text : null;
}

const codeOf = async (file: Buffer) => {
  const { error } = await scanWhole([file]);
  return isOxbowError(error) ? error.code : error;
};

describe('a scan of entities.xml', () => {
  test('reads the legacy dialect as Confluence wrote it', async () => {
    const file = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<hibernate-generic datetime="2016-05-10 17:04:43">
<object class="Page" package="com.atlassian.confluence.pages">
<id name="id">98361</id>
<property name="title"><![CDATA[Home & away]]></property>
<property name="lowerTitle"/><property name="versionComment"><![CDATA[]]></property>
<property name="space" class="Space" package="com.atlassian.confluence.spaces"><id name="id">131074</id>
</property>
<property name="creator" class="ConfluenceUserImpl" package="com.atlassian.confluence.user"><id name="key"><![CDATA[ff8080]]></id>
</property>
<collection name="bodyContents" class="java.util.Collection"><element class="BodyContent" package="com.atlassian.confluence.core"><id name="id">9007199254740993</id>
</element>
</collection>
<collection name="children" class="java.util.Collection"></collection>
</object>
<object class="BucketPropertySetItem" package="bucket.user.propertyset">
<composite-id><property name="entityName" type="string"><![CDATA[USERPROPS-x]]></property>
<property name="entityId" type="long">0</property>
<property name="key" type="string"><![CDATA[confluence.prefs]]></property>
</composite-id>
<property name="type">5</property>
</object>
</hibernate-generic>`);
    const { root, objects, problems, error } = await scanWhole([file]);
    expect({ root, problems, error }).toEqual({
      root: { datetime: '2016-05-10 17:04:43', declaration: true },
      problems: [],
      error: undefined,
    });
    expect(objects).toEqual([
      {
        className: 'Page',
        packageName: 'com.atlassian.confluence.pages',
        id: '98361',
        idName: 'id',
        composite: null,
        offset: file.indexOf('<object'),
        fields: [
          { kind: 'value', name: 'title', text: 'Home & away', cdata: true },
          { kind: 'value', name: 'lowerTitle', text: null, cdata: false },
          { kind: 'value', name: 'versionComment', text: '', cdata: true },
          {
            kind: 'reference',
            name: 'space',
            className: 'Space',
            packageName: 'com.atlassian.confluence.spaces',
            idName: 'id',
            id: '131074',
          },
          {
            kind: 'reference',
            name: 'creator',
            className: 'ConfluenceUserImpl',
            packageName: 'com.atlassian.confluence.user',
            idName: 'key',
            id: 'ff8080',
          },
          {
            kind: 'collection',
            name: 'bodyContents',
            elements: [
              {
                kind: 'reference',
                className: 'BodyContent',
                packageName: 'com.atlassian.confluence.core',
                id: '9007199254740993',
              },
            ],
          },
          { kind: 'collection', name: 'children', elements: [] },
        ],
      },
      {
        className: 'BucketPropertySetItem',
        packageName: 'bucket.user.propertyset',
        id: null,
        idName: null,
        composite: [
          { name: 'entityName', text: 'USERPROPS-x' },
          { name: 'entityId', text: '0' },
          { name: 'key', text: 'confluence.prefs' },
        ],
        offset: file.indexOf('<object class="Bucket'),
        fields: [{ kind: 'value', name: 'type', text: '5', cdata: false }],
      },
    ]);
  });

  test('reads the dialect of 8.3 and later, and a byte order mark before it', async () => {
    const text = `\ufeff<hibernate-generic datetime="2024-04-23 09:03:14">
<object class="Space" package="com.atlassian.confluence.spaces">
    <id name="id">131074</id>
    <property name="body"></property>
    <property name="spaceStatus" enum-class="SpaceStatus" package="com.atlassian.confluence.spaces">CURRENT</property>
    <property name="homePage" class="Page" package="com.atlassian.confluence.pages"><id name="id">98361</id></property>
</object>

</hibernate-generic>
`;
    const { root, objects, problems } = await scanWhole([Buffer.from(text)]);
    expect([root?.declaration, problems]).toEqual([false, []]);
    expect(objects[0]!.fields).toEqual([
      { kind: 'value', name: 'body', text: '', cdata: false },
      { kind: 'value', name: 'spaceStatus', text: 'CURRENT', cdata: false, enumClass: 'SpaceStatus' },
      {
        kind: 'reference',
        name: 'homePage',
        className: 'Page',
        packageName: 'com.atlassian.confluence.pages',
        idName: 'id',
        id: '98361',
      },
    ]);
  });

  test('reads sets of enums, map entries and components', async () => {
    const { fields, problems } = await fieldsOf(`
      <collection name="allowedOperations"><element enum-class="OperationType" package="p">CREATE_USER</element></collection>
      <collection name="attributes"><element name="key" type="string"><![CDATA[value]]></element><element name="none"/></collection>
      <component name="credential"><property name="credential" type="string"><![CDATA[{PKCS5S2}x]]></property><property name="n"/></component>`);
    expect(problems).toEqual([]);
    expect(fields).toEqual([
      { kind: 'collection', name: 'allowedOperations', elements: [{ kind: 'value', name: null, text: 'CREATE_USER' }] },
      { kind: 'collection', name: 'attributes', elements: [{ kind: 'value', name: 'key', text: 'value' }, { kind: 'value', name: 'none', text: '' }] }, // biome-ignore format: short
      { kind: 'component', name: 'credential', values: [{ name: 'credential', text: '{PKCS5S2}x' }, { name: 'n', text: null }] }, // biome-ignore format: short
    ]);
  });

  test.each([
    ['<![CDATA[with [[brace]]  s]]>', 'with [[brace]] s'],
    ['<![CDATA[cf[CustomFieldID]] ]>]]>', 'cf[CustomFieldID]]]>'],
    ['<![CDATA[]] ]] ]]>', ']]]]'],
    ['a &lt;b&gt; &#65;&#x42; &quot;&apos;&amp;amp;', 'a <b> AB "\'&amp;'],
    ['plain ]] stays', 'plain ]] stays'],
    ['one<![CDATA[ <two> ]]>three<!-- four --><![CDATA[&amp;]]>', 'one <two> three&amp;'],
    ['a\r\nb\rc<![CDATA[\r\n]]>&#13;', 'a\nb\nc\n\r'],
    ['tab\there', 'tab\there'],
    [' kept ', ' kept '],
    ['\u2028\u200b😀', '\u2028\u200b😀'],
  ])('gives the value %j as %j', async (content, text) => {
    expect(await textOf(content)).toBe(text);
  });

  test('removes characters that XML does not allow, counts them, and names the object', async () => {
    const { objects, problems } = await scan(
      '<object class="Page" package="p"><id name="id">7</id><property name="a"><![CDATA[x\x02y\x1c\uffffz\t]]></property><property name="b">&#8;&#xFFFE;</property></object>',
    );
    expect(objects[0]!.fields.map((field) => field.kind === 'value' && field.text)).toEqual(['xyz\t', '']);
    const message = 'Page 7: removed 5 characters that XML does not allow.';
    expect(problems).toEqual([{ code: 'XML_CONTROL_CHARACTERS', message, object: 'Page 7', offset: 50 }]);
  });

  test('keeps unknown entities as they stand, resolves nothing twice, and says so', async () => {
    const { fields, problems } = await fieldsOf('<property name="x">a&nbsp;b & c &constructor; &amp;lt;</property>');
    expect(fields[0]).toMatchObject({ text: 'a&nbsp;b & c &constructor; &lt;' });
    expect(problems).toEqual(['XML_UNKNOWN_ENTITY']);
  });

  test('puts U+FFFD for bytes that are not UTF-8, and says so', async () => {
    const text =
      '<object class="Page" package="p"><id name="id">7</id><property name="a">grün</property><property name="b">grau</property></object>';
    const file = Buffer.from(inRoot(text).toString(), 'latin1');
    const { objects, problems } = await scanWhole([file]);
    expect(objects[0]!.fields.map((field) => field.kind === 'value' && field.text)).toEqual(['gr\ufffdn', 'grau']);
    expect(problems.map((problem) => [problem.code, problem.object])).toEqual([['XML_INVALID_UTF8', 'Page 7']]);
  });

  test('skips elements and text that have no place, and says so once for an object', async () => {
    const { fields, problems } = await fieldsOf(
      '<position>3</position>stray<x><property name="no">no</property></x><property name="a">1<b>2</b>3</property><id name="id">2</id>',
    );
    expect(fields).toEqual([{ kind: 'value', name: 'a', text: '13', cdata: false }]);
    expect(problems).toEqual(['XML_UNEXPECTED_ELEMENT', 'XML_UNEXPECTED_TEXT']);
  });

  test('leaves out elements that refer to nothing, and says so', async () => {
    const { fields, problems } = await fieldsOf(
      '<collection name="c"><element class="A" package="p"/><element class="A" package="p"><id name="id"></id></element></collection>',
    );
    expect(fields).toEqual([{ kind: 'collection', name: 'c', elements: [] }]);
    expect(problems).toEqual(['XML_REFERENCE_WITHOUT_ID']);
  });

  test('passes over the objects of classes that nobody wants, whatever is in them', async () => {
    const unwanted =
      '<object class="B" package="p"><id name="id">2</id><property name="x"><![CDATA[</object><object class="A" package="p">]]></property></object>';
    const wanted = '<object class="A" package="p"><id name="id">1</id></object>';
    const { objects, problems, error } = await scan(`${unwanted}${wanted}${unwanted}`, {
      wanted: (className) => className === 'A',
    });
    expect([objects.map((object) => object.id), problems, error]).toEqual([['1'], [], undefined]);
  });

  test('leaves out a damaged object with its byte offset, and goes on at the next one', async () => {
    const before = '<object class="A" package="p"><id name="id">1</id></object>';
    const damaged =
      '<object class="A" package="p"><id name="id">2</id><collection name="c"><element class="A" package="p"><id name="id">9</id></collection></object>';
    const { objects, problems, error } = await scan(before + damaged + before.replace('1', '3'));
    expect([objects.map((object) => object.id), error]).toEqual([['1', '3'], undefined]);
    const offset = inRoot(before + damaged).indexOf('</collection>');
    expect(problems).toMatchObject([{ code: 'XML_MALFORMED_OBJECT', offset, object: 'A 2' }]);
  });

  test('does not take HTML in a body that lost its CDATA for an object', async () => {
    const damaged =
      '<object class="A" package="p"><id name="id">2</id><property name="x"><p><br><object class="movie" data="x"><i></object></p>]]></property></object>';
    const { objects } = await scan(`${damaged}<object class="A" package="p"><id name="id">3</id></object>`);
    expect(objects.map((object) => object.id)).toEqual(['3']);
  });

  test('leaves out an object with a value over the limit, wherever its pieces end', async () => {
    const object = (id: number, content: string) =>
      `<object class="A" package="p"><id name="id">${id}</id><property name="x">${content}</property></object>`;
    const long = 'x'.repeat(101);
    const text = [
      object(1, 'x'.repeat(100)),
      object(2, long),
      object(3, `<![CDATA[${long}</object>]]>`),
      object(4, `x<![CDATA[${'y'.repeat(100)}]]>`),
      object(5, `<![CDATA[${'y'.repeat(100)}]]>`),
    ].join('');
    for (const bytes of [1, 50, 10_000]) {
      const { objects, problems } = await scanWhole(inPieces(inRoot(text), bytes), { limits: { xmlValueBytes: 100 } });
      expect(objects.map(({ id }) => id)).toEqual(['1', '5']);
      expect(problems.map(({ code, object }) => [code, object])).toEqual(
        ['A 2', 'A 3', 'A 4'].map((name) => ['XML_VALUE_TOO_LARGE', name]),
      );
    }
  });

  test('leaves out an object with more elements than the limit', async () => {
    const { objects, problems } = await scan(
      `<object class="A" package="p">${'<property name="x"/>'.repeat(11)}</object><object class="B" package="p"/>`,
      {
        limits: { xmlElementsPerObject: 10 },
      },
    );
    expect(objects.map((object) => object.className)).toEqual(['B']);
    expect(problems.map((problem) => problem.code)).toEqual(['XML_OBJECT_TOO_LARGE']);
  });

  test('yields the complete objects of a file that is cut off, then throws XML_TRUNCATED with the place', async () => {
    const file = inRoot('<object class="A" package="p"><id name="id">1</id></object><object class="B"');
    const cut = file.subarray(0, file.indexOf('</hibernate'));
    const { objects, error } = await scanWhole([cut]);
    expect(objects.map((object) => object.className)).toEqual(['A']);
    expect(isOxbowError(error, 'XML_TRUNCATED') && error.details).toEqual({
      offset: cut.length,
      objects: 1,
      completeUntil: cut.indexOf('</object>') + '</object>'.length,
    });
  });

  test.each([
    ['nothing', '', 'XML_TRUNCATED'],
    ['a web page', '<!DOCTYPE html>\n<html><body>Log in</body></html>', 'XML_NOT_ENTITIES'],
    ['another web page', '<html lang="en"><head>', 'XML_NOT_ENTITIES'],
    ['text', 'Internal server error', 'XML_NOT_ENTITIES'],
    ['other XML', '<?xml version="1.0"?><backup/>', 'XML_NOT_ENTITIES'],
    ['a DTD', '<?xml version="1.0"?><!DOCTYPE hibernate-generic [<!ENTITY a "b">]><hibernate-generic/>', 'XML_DTD_REFUSED'],
    ['a DTD with another name', '<!DOCTYPE lolz [<!ENTITY lol "lol">]><lolz>&lol;</lolz>', 'XML_DTD_REFUSED'],
    ['a DTD within', '<hibernate-generic> <!DOCTYPE x [<!ENTITY a "b">]></hibernate-generic>', 'XML_DTD_REFUSED'],
    ['Latin 1', '<?xml version="1.0" encoding="ISO-8859-1"?><hibernate-generic/>', 'XML_ENCODING'],
    ['an empty root', '<?xml version="1.0" encoding="utf-8"?>\n<hibernate-generic/>\n', undefined],
  ])('of %s: %j ends with %s', async (_, text, code) => {
    expect(await codeOf(Buffer.from(text))).toBe(code);
  });

  test('refuses UTF-16, with and without a byte order mark', async () => {
    const text = '<hibernate-generic></hibernate-generic>';
    expect(await codeOf(Buffer.from(`\ufeff${text}`, 'utf16le'))).toBe('XML_ENCODING');
    expect(await codeOf(Buffer.from(text, 'utf16le'))).toBe('XML_ENCODING');
    expect(await codeOf(Buffer.from(text, 'utf16le').swap16())).toBe('XML_ENCODING');
  });

  test('reports what follows the end of the root, and still reads the source to its end', async () => {
    const read: number[] = [];
    async function* source() {
      for (const [i, text] of ['<hibernate-generic></hibernate-generic> <!-- fine -->', 'PK', 'more'].entries()) {
        read.push(i);
        yield Buffer.from(text);
      }
    }
    const codes: string[] = [];
    for await (const _ of scanObjects(source(), { sliceBytes: 1, onProblem: (problem) => codes.push(problem.code) }))
      expect.unreachable();
    expect(codes).toEqual(['XML_TRAILING_CONTENT']);
    expect(read).toEqual([0, 1, 2]);
  });

  test('works through hostile nesting, endless tags and millions of brackets', async () => {
    const last = '<object class="Last" package="p"/>';
    const hostile = [
      `<object class="A" package="p">${'<x>'.repeat(300_000)}`,
      `<object class="A" package="p"><property name="${'a'.repeat(2_000_000)}`,
      `<object class="A" package="p"><property name="x"><![CDATA[${']'.repeat(3_000_000)}]]></property></object>`,
      `<object class="A" package="p"><property name="x">${'&'.repeat(1_000_000)}${'&a'.repeat(500_000)}</property></object>`,
      `<object class="A" package="p"><property name="x">${'<![CDATA[]]>'.repeat(300_000)}</property></object>`,
      '<object class="A" package="p">'.repeat(50_000),
      `<!--${'-'.repeat(3_000_000)}-->`,
      '</object>'.repeat(100_000),
    ];
    for (const text of hostile) {
      const { objects, error } = await scanWhole(inPieces(inRoot(text + last), 4096), { sliceBytes: undefined });
      expect([error, objects.at(-1)?.className]).toEqual([undefined, 'Last']);
    }
  });

  test('decodes a value of many megabytes as it does a short one', async () => {
    const content = (times: number) => `<![CDATA[${'a]] ]]] \r\n\x01'.repeat(times)}]]>${'&amp;\r\n&nbsp;'.repeat(times)}`;
    const once = (await textOf(content(1)))!;
    const half = once.indexOf('&');
    const many = 1_200_000;
    // Compared with ===, since a difference of megabytes cannot be shown.
    expect((await textOf(content(many))) === once.slice(0, half).repeat(many) + once.slice(half).repeat(many)).toBe(true);
  });

  test('passes on the error of its source', async () => {
    async function* source(): AsyncGenerator<Buffer> {
      yield Buffer.from('<hibernate-generic>');
      throw new Error('the zip is damaged');
    }
    await expect(scanObjects(source(), { onProblem: () => {} }).next()).rejects.toThrow('the zip is damaged');
  });
});
