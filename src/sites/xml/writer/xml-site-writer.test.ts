import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeRow } from '#model/copy-text.ts';
import { readIndependently } from '../../../../test/support/independent-backup.ts';
import { XmlSiteWriter } from './xml-site-writer.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'oxbow-writer-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Dialect = 'current' | 'legacy';
type Row = Record<string, string | null>;
let made = 0;

const context = (signal = new AbortController().signal) => ({
  signal,
  now: () => new Date(Date.UTC(2024, 4, 1, 10, 0, 0)),
  workFolder: folder,
  warn: () => {},
  progress: () => {},
});

/** A backup of these tables, in the order given. */
async function write(dialect: Dialect, tables: Record<string, Row[]>): Promise<string> {
  const path = join(folder, `${++made}.zip`);
  const writer = new XmlSiteWriter(path, { dialect }, context());
  const columnsOf = (rows: Row[]) => [...new Set(rows.flatMap((row) => Object.keys(row)))];
  await writer.begin({
    kind: 'live',
    scope: 'space',
    productVersion: '8.5.6',
    buildNumber: 9012,
    compatibleBuildNumber: 9012,
    source: 'server',
    tables: Object.entries(tables).map(([name, rows]) => ({
      name,
      columns: columnsOf(rows).map((column) => ({ name: column, type: 'text' })),
    })),
    spaces: [{ id: '1', key: 'DOC', name: 'Docs', type: 'global' }],
  });
  for (const [name, rows] of Object.entries(tables)) {
    const columns = columnsOf(rows);
    const lines = rows.map((row) => `${encodeRow(columns.map((column) => row[column] ?? null))}\n`).join('');
    await writer.writeRows(
      name,
      (async function* () {
        yield { data: Buffer.from(lines), count: rows.length };
      })(),
    );
  }
  await writer.commit();
  return path;
}

const entitiesOf = async (path: string) => (await readIndependently(path)).entities.toString('utf8');

const page = (id: string, values: Row = {}): Row => ({
  contentid: id,
  contenttype: 'PAGE',
  title: null,
  hibernateversion: '3',
  creator: null,
  creationdate: null,
  spaceid: null,
  parentid: null,
  ...values,
});

describe('the current dialect', () => {
  it('has the white space of Data Center 8.3 and later: no declaration, nulls left out, references last, plain text where it can be', async () => {
    const path = await write('current', {
      content: [page('98305', { title: 'Plain title', creator: 'u1', creationdate: '2020-01-02 03:04:05.6', spaceid: '7' })],
      bodycontent: [{ bodycontentid: '5', body: '<p>x</p>', contentid: '98305', bodytypeid: '2' }],
      contentproperties: [{ propertyid: '6', propertyname: 'p', stringval: '', contentid: '98305' }],
    });
    expect(await entitiesOf(path)).toBe(`<hibernate-generic datetime="2024-05-01 10:00:00">
<object class="BodyContent" package="com.atlassian.confluence.core">
    <id name="id">5</id>
    <property name="body"><![CDATA[<p>x</p>]]></property>
    <property name="bodyType">2</property>
    <property name="content" class="Page" package="com.atlassian.confluence.pages"><id name="id">98305</id></property>
</object>

<object class="ContentProperty" package="com.atlassian.confluence.content">
    <id name="id">6</id>
    <property name="name">p</property>
    <property name="stringValue"></property>
    <property name="content" class="Page" package="com.atlassian.confluence.pages"><id name="id">98305</id></property>
</object>

<object class="Page" package="com.atlassian.confluence.pages">
    <id name="id">98305</id>
    <property name="hibernateVersion">3</property>
    <property name="title">Plain title</property>
    <property name="creationDate">2020-01-02 03:04:05.600</property>
    <property name="creator" class="ConfluenceUserImpl" package="com.atlassian.confluence.user"><id name="key">u1</id></property>
    <property name="space" class="Space" package="com.atlassian.confluence.spaces"><id name="id">7</id></property>
    <collection name="contentProperties" class="java.util.Collection">
        <element class="ContentProperty" package="com.atlassian.confluence.content"><id name="id">6</id></element>
    </collection>
</object>

</hibernate-generic>`);
  });
});

describe('the legacy dialect', () => {
  it('has the white space of versions up to 8.2: a declaration, nulls closed, CDATA around every string, all collections', async () => {
    const path = await write('legacy', {
      content: [page('98305', { title: 'Plain title', creator: 'u1' })],
      bodycontent: [{ bodycontentid: '5', body: '', contentid: '98305', bodytypeid: null }],
    });
    expect(await entitiesOf(path)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<hibernate-generic datetime="2024-05-01 10:00:00">
<object class="BodyContent" package="com.atlassian.confluence.core">
<id name="id">5</id>
<property name="body"><![CDATA[]]></property>
<property name="content" class="Page" package="com.atlassian.confluence.pages"><id name="id">98305</id>
</property>
<property name="bodyType"/></object>
<object class="Page" package="com.atlassian.confluence.pages">
<id name="id">98305</id>
<property name="hibernateVersion">3</property>
<property name="title"><![CDATA[Plain title]]></property>
<property name="creator" class="ConfluenceUserImpl" package="com.atlassian.confluence.user"><id name="key"><![CDATA[u1]]></id>
</property>
<property name="creationDate"/><collection name="bodyContents" class="java.util.Collection"><element class="BodyContent" package="com.atlassian.confluence.core"><id name="id">5</id>
</element>
</collection>
</object>
</hibernate-generic>`);
  });
});

describe.each(['current', 'legacy'] as const)('the %s dialect', (dialect) => {
  it('holds any text that XML can hold, as a general parser reads it', async () => {
    const piece = fc.constantFrom(
      ']]',
      ']',
      ']]>',
      ']] ',
      '\r',
      '\r\n',
      '\n',
      '\t',
      '&',
      '&amp;',
      '<![CDATA[',
      '"',
      '\u0001',
      '\u001f',
      '\ufffe',
      '\u2028',
      '\ud800',
      '\udc00',
      '😀',
      ' ',
      'a',
    );
    // Rows are UTF-8, which has no halves of surrogate pairs.
    const text = fc
      .oneof(
        fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')),
        fc.string({ unit: 'binary', maxLength: 40 }).map((t) => t.replaceAll('\0', '')),
      )
      .map((t) => t.toWellFormed());
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 60 }), async (texts) => {
        const rows = texts.map((body, i) => ({ bodycontentid: String(i + 1), body }));
        const { objects } = await readIndependently(await write(dialect, { bodycontent: rows }));
        for (const [i, body] of texts.entries())
          expect(objects.get(`BodyContent ${i + 1}`)?.values.body ?? '').toBe(asXmlHoldsIt(body));
      }),
      { numRuns: 25 },
    );
  });

  /** Without what XML 1.0 forbids; halves of surrogate pairs cannot be written at all. */
  const asXmlHoldsIt = (body: string) =>
    Buffer.from(body.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')).toString('utf8');

  it('names the class of every content that is referred to, also when it comes later, and ContentEntityObject when it never comes', async () => {
    const path = await write(dialect, {
      content: [
        page('5', { contenttype: 'COMMENT', pageid: '900', prevver: null }),
        page('6', { contenttype: 'ATTACHMENT', pageid: '901', prevver: null }),
        page('7', { contenttype: 'COMMENT', pageid: '902', prevver: null }),
        page('900', { contenttype: 'BLOGPOST', pageid: null, prevver: null }),
        page('901', { contenttype: 'CUSTOM', pageid: null, prevver: null }),
      ],
      likes: [
        { id: '11', contentid: '900' },
        { id: '12', contentid: '903' },
      ],
    });
    const { objects } = await readIndependently(path);
    const container = (name: string) => objects.get(name)?.values.containerContent;
    expect(container('Comment 5')).toBe('BlogPost 900');
    expect(container('Attachment 6')).toBe('CustomContentEntityObject 901');
    expect(container('Comment 7')).toBe('ContentEntityObject 902');
    expect(objects.get('LikeEntity 11')?.values.content).toBe('BlogPost 900');
    expect(objects.get('LikeEntity 12')?.values.content).toBe('ContentEntityObject 903');
  });

  it('gathers collections of values and of objects, in their order, whenever their elements come', async () => {
    const path = await write(dialect, {
      cwd_application: [{ id: '1', application_name: 'crowd-embedded' }],
      cwd_application_attribute: [{ application_id: '1', attribute_name: 'a "quoted" name', attribute_value: 'v]]>' }],
      cwd_app_dir_mapping: [
        { id: '22', application_id: '1', list_index: '1' },
        { id: '33', application_id: '1', list_index: '0' },
      ],
      cwd_app_dir_operation: [
        { app_dir_mapping_id: '33', operation_type: 'CREATE_USER' },
        { app_dir_mapping_id: '33', operation_type: 'DELETE_USER' },
      ],
    });
    const { objects } = await readIndependently(path);
    expect(objects.get('ApplicationImpl 1')?.collections).toEqual({
      attributes: ['a "quoted" name=v]]>'],
      directoryMappings: ['DirectoryMapping 33', 'DirectoryMapping 22'],
    });
    expect(objects.get('DirectoryMapping 33')?.collections).toEqual({ allowedOperations: ['CREATE_USER', 'DELETE_USER'] });
  });

  it('names its spaces, its version and what it is compatible with in the descriptor', async () => {
    const { descriptor } = await readIndependently(await write(dialect, { content: [page('1')] }));
    const lines = descriptor.split('\n');
    expect(lines[0]).toMatch(/^#.*2024$/);
    for (const line of [
      'exportType=space',
      'createdByBuildNumber=9012',
      'createdByVersionNumber=8.5.6',
      'buildNumber=4517',
      'source=server',
      'backupAttachments=true',
    ])
      expect(lines).toContain(line);
    expect(descriptor).toMatch(/^spaceKeys?=DOC$/m);
  });
});

describe('a backup that is not finished', () => {
  it('leaves neither the file nor anything beside it, and keeps the one that was there', async () => {
    const path = await write('current', { content: [page('1')] });
    const names = readdirSync(folder);
    const abort = new AbortController();
    for (const target of [path, join(folder, 'new.zip')]) {
      const writer = new XmlSiteWriter(target, {}, context(abort.signal));
      await writer.begin({
        kind: 'live',
        scope: 'site',
        productVersion: null,
        buildNumber: null,
        compatibleBuildNumber: null,
        source: 'server',
        tables: [],
        spaces: [],
      });
      await writer.abort();
    }
    expect(readdirSync(folder)).toEqual(names);
    expect(existsSync(path)).toBe(true);
    expect((await readIndependently(path)).objects.size).toBe(1);
  });
});
