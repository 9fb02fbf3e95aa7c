import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Warning } from '#base/run-context.ts';
import { batchLines, decodeRow } from '#model/copy-text.ts';
import { userKeyOfName } from '#model/user-key.ts';
import { to, user, type WrittenBackup, writeBackup, written } from '../../../../test/support/written-backup.ts';
import type { XmlReaderOptions } from './read-backup.ts';
import { XmlSiteReader } from './xml-site-reader.ts';

/** How objects of any version become rows: the mapper, the spool and the old users together, through the reader. */
let folder: string;
let made = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'oxbow-reader-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Row = Record<string, string | null>;

/** All rows by table, as objects without their nulls, and the warnings. */
async function read(backup: WrittenBackup | string[], options: XmlReaderOptions = {}) {
  const path = await writeBackup(join(folder, String(++made)), Array.isArray(backup) ? { objects: backup } : backup);
  const warnings: Warning[] = [];
  const context = {
    signal: new AbortController().signal,
    now: () => new Date(0),
    workFolder: folder,
    warn: (w: Warning) => void warnings.push(w),
    progress: () => {},
  };
  const reader = await XmlSiteReader.open(path, options, context);
  const tables: Record<string, Row[]> = {};
  const { facts, report } = reader;
  for (const { name, columns } of (await reader.describe()).tables) {
    tables[name] = [];
    for await (const batch of reader.rows(name)) {
      for (const line of batchLines(batch.data)) {
        const values = decodeRow(line);
        tables[name].push(
          Object.fromEntries(columns.map((column, i) => [column.name, values[i]]).filter(([, value]) => value !== null)),
        );
      }
    }
  }
  const files: string[] = [];
  for await (const file of reader.attachments()) files.push(`${file.containerId}/${file.attachmentId}/${file.version}`);
  await reader.close();
  return { tables, warnings, facts, report, files };
}

const of = (warnings: Warning[], code: string) =>
  warnings.filter((warning) => warning.code === code).map((warning) => warning.object);

describe('links', () => {
  it('are found from either side: a reference, or the collection of the other', async () => {
    const fromChild = [written('Page', 1, { title: 'P' }), written('BodyContent', 2, { body: 'x', content: to('Page', 1) })];
    const fromOwner = [
      written('BodyContent', 2, { body: 'x' }),
      written('Page', 1, { title: 'P', bodyContents: [to('BodyContent', 2)] }),
    ];
    for (const objects of [fromChild, fromOwner, [...fromOwner].reverse()]) {
      expect((await read(objects)).tables.bodycontent).toMatchObject([{ bodycontentid: '2', contentid: '1' }]);
    }
  });

  it('are those of the reference when the two sides disagree', async () => {
    const { tables } = await read([
      written('Page', 1, { title: 'A', bodyContents: [to('BodyContent', 9)] }),
      written('Page', 2, { title: 'B' }),
      written('BodyContent', 9, { body: 'x', content: to('Page', 2) }),
    ]);
    expect(tables.bodycontent).toMatchObject([{ contentid: '2' }]);
  });

  it('are found in originalVersionId, where originalVersion is missing', async () => {
    const { tables } = await read([
      written('Page', 1, { title: 'A' }),
      written('Page', 2, { title: 'old', originalVersionId: '1' }),
    ]);
    expect(tables.content).toMatchObject([{ contentid: '1' }, { contentid: '2', prevver: '1' }]);
  });

  it('to objects that are not there are named when a collection states them', async () => {
    const { warnings } = await read([
      written('Page', 1, { title: 'A', bodyContents: [to('BodyContent', 9)] }),
      written('BodyContent', 8, { body: '' }),
    ]);
    expect(of(warnings, 'MISSING_RECORD')).toEqual(['BodyContent 9']);
  });
});

describe('an object written twice', () => {
  it('is one row: the last one counts, and takes from the one before what it lacks', async () => {
    const { tables, warnings } = await read([
      written('Page', 1, { title: 'First', position: '4' }),
      written('Page', 2, { title: 'Same' }),
      written('Page', 1, { title: 'Last' }),
      written('Page', 2, { title: 'Same' }),
    ]);
    expect(tables.content).toMatchObject([
      { contentid: '1', title: 'Last', child_position: '4' },
      { contentid: '2', title: 'Same' },
    ]);
    expect(of(warnings, 'DUPLICATE_RECORD')).toEqual(["Page 1 'Last'"]);
  });
});

describe('values', () => {
  it('that older versions did not write are what Confluence itself puts there', async () => {
    const { tables } = await read([
      written('Page', 1, { title: 'Größe' }),
      written('Space', 2, { key: 'DOC', name: 'Docs' }),
      written('ConfluenceUserImpl', 'k', { name: 'Ann' }),
      written('InternalUser', 3, { name: 'Ann', emailAddress: 'A@B.c' }),
    ]);
    expect(tables.content).toMatchObject([
      { lowertitle: 'größe', version: '1', hibernateversion: '0', content_status: 'current' },
    ]);
    expect(tables.spaces).toMatchObject([{ lowerspacekey: 'doc', spacetype: 'global', spacestatus: 'CURRENT' }]);
    expect(tables.user_mapping).toMatchObject([{ user_key: 'k', username: 'Ann', lower_username: 'ann' }]);
    expect(tables.cwd_user).toMatchObject([{ lower_user_name: 'ann', active: 'T', lower_email_address: 'a@b.c' }]);
  });

  it('that are not of their type are left empty and named; those too long are cut and named', async () => {
    const { tables, warnings } = await read([
      written('Page', 1, {
        title: '𝒳'.repeat(300),
        version: 'two',
        creationDate: '2020-02-30 00:00:00.000',
        position: '99999999999',
      }),
    ]);
    expect([...tables.content[0].title!].length).toBe(255);
    expect(tables.content[0]).not.toHaveProperty('creationdate');
    expect(tables.content[0].version).toBe('1');
    expect(of(warnings, 'INVALID_VALUE').length).toBe(3);
    expect(of(warnings, 'VALUE_CUT').length).toBe(1);
  });

  it('that no column holds are counted by property', async () => {
    const { report } = await read([
      written('Page', 1, { title: 'A', editorVersion: 'v2', empty: '' }),
      written('Page', 2, { title: 'B', editorVersion: 'v2' }),
    ]);
    expect(Object.fromEntries(report.unmappedProperties)).toEqual({ 'Page.editorVersion': 2 });
  });

  it('keep every character that COPY would escape', async () => {
    const body = 'tab\tfeed\nback\\slash \\N ]] and ]]> end';
    const { tables } = await read([written('BodyContent', 1, { body })]);
    expect(tables.bodycontent[0].body).toBe(body);
  });
});

describe('names of older versions', () => {
  it('are taken for those of today: users by name, attachments with their own properties', async () => {
    const { tables } = await read([
      written('Page', 1, { title: 'P', creatorName: 'ann', lastModifierName: 'Bob' }),
      written('Attachment', 2, {
        fileName: 'a.txt',
        content: to('Page', 1),
        attachmentVersion: '3',
        comment: 'why',
        contentType: 'text/plain',
        fileSize: '12',
        creatorName: 'ann',
      }),
      written('ContentPermission', 3, { type: 'View', userName: 'ann' }),
      written('Labelling', 4, { user: 'ann' }),
    ]);
    const [ann, bob] = [userKeyOfName('ann'), userKeyOfName('Bob')];
    expect(tables.content).toMatchObject([
      { contentid: '1', creator: ann, lastmodifier: bob },
      {
        contentid: '2',
        contenttype: 'ATTACHMENT',
        title: 'a.txt',
        lowertitle: 'a.txt',
        pageid: '1',
        version: '3',
        versioncomment: 'why',
        creator: ann,
      },
    ]);
    const properties = tables.contentproperties.map(({ propertyid, ...row }) => row);
    expect(properties).toContainEqual({ propertyname: 'MEDIA_TYPE', stringval: 'text/plain', contentid: '2' });
    expect(properties).toContainEqual({ propertyname: 'FILESIZE', longval: '12', contentid: '2' });
    expect(tables.contentproperties.every((row) => Number(row.propertyid) > 4)).toBe(true);
    expect(tables.content_perm).toMatchObject([{ username: ann }]);
    expect(tables.content_label).toMatchObject([{ owner: ann }]);
    expect(tables.user_mapping.map((row) => [row.user_key, row.username, row.lower_username]).sort()).toEqual(
      [
        [ann, 'ann', 'ann'],
        [bob, 'Bob', 'bob'],
      ].sort(),
    );
  });

  it('give way to those of today where an object has both', async () => {
    const { tables } = await read([written('Page', 1, { title: 'P', creator: user('key-of-ann'), creatorName: 'ann' })]);
    expect(tables.content).toMatchObject([{ creator: 'key-of-ann' }]);
  });

  it('users and groups of 3.x become those of an internal Crowd directory', async () => {
    const { tables, warnings, facts } = await read({
      objects: [
        written('DefaultHibernateUser', 10, {
          name: 'Admin',
          password: 'hash',
          email: 'Admin@Example.com',
          fullName: 'Ad Min',
          created: '2010-01-02 03:04:05.000',
        }),
        written('DefaultHibernateUser', 11, { name: 'solo', groups: [to('DefaultHibernateGroup', 20)] }),
        written('DefaultHibernateGroup', 20, {
          name: 'Staff',
          localMembers: [to('DefaultHibernateUser', 10), to('DefaultHibernateUser', 11)],
        }),
      ],
      descriptor: null,
    });
    expect(facts.kind).toBe('site');
    expect(tables.cwd_user).toMatchObject([
      {
        id: '10',
        user_name: 'Admin',
        lower_user_name: 'admin',
        credential: 'hash',
        email_address: 'Admin@Example.com',
        lower_email_address: 'admin@example.com',
        first_name: 'Ad',
        last_name: 'Min',
        created_date: '2010-01-02 03:04:05',
        active: 'T',
      },
      { id: '11', user_name: 'solo', last_name: 'solo' },
    ]);
    expect(tables.cwd_group).toMatchObject([{ id: '20', lower_group_name: 'staff' }]);
    expect(tables.cwd_membership.map((row) => [row.parent_id, row.child_user_id])).toEqual([
      ['20', '10'],
      ['20', '11'],
    ]);
    const [directory] = tables.cwd_directory;
    expect(tables.cwd_user.every((row) => row.directory_id === directory.id)).toBe(true);
    expect(tables.cwd_app_dir_mapping).toMatchObject([
      { directory_id: directory.id, application_id: tables.cwd_application[0].id, allow_all: 'T' },
    ]);
    expect(tables.user_mapping.map((row) => row.username).sort()).toEqual(['Admin', 'solo']);
    expect(of(warnings, 'UNKNOWN_CLASS')).toEqual([]);
    const ids = [...tables.cwd_user, ...tables.cwd_group, ...tables.cwd_membership, directory].map((row) => row.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('what is in no table', () => {
  it('is named once a class, with the first object of it', async () => {
    const { warnings, report } = await read([
      written('Strange', 1, { name: 'x' }),
      written('Strange', 2),
      written('Page', 3, { title: 'P' }),
    ]);
    expect(of(warnings, 'UNKNOWN_CLASS')).toEqual(["Strange (com.example), first seen: Strange 1 'x'"]);
    expect(report.classes.get('Strange')).toEqual({ packageName: 'com.example', count: 2, known: false });
  });

  it('an object without an id is skipped by name', async () => {
    const { warnings, tables } = await read([
      written('Page', '', { title: 'Nameless' }),
      written('Page', 'x1', { title: 'Odd' }),
    ]);
    expect(of(warnings, 'RECORD_SKIPPED').length).toBe(2);
    expect(tables.content ?? []).toEqual([]);
  });
});

it('rows are the same whatever the order of the objects and however little memory there is', async () => {
  const objects = Array.from({ length: 400 }, (_, i) => [
    written('Page', 1000 + i, { title: `Page ${i}`, ...(i > 0 ? { parent: to('Page', 1000 + ((i * 7) % i)) } : {}) }),
    written('BodyContent', 5000 + i, { body: 'b'.repeat(i), ...(i % 2 ? { content: to('Page', 1000 + i) } : {}) }),
    written('Space', 9000 + i, { key: `K${i}`, name: 'S', pageTemplates: [to('PageTemplate', 20_000 + i)] }),
    written('PageTemplate', 20_000 + i, { name: 't' }),
  ]).flat();
  const ample = await read(objects);
  const tight = await read([...objects].reverse(), { memoryBytes: 64 * 1024 });
  expect(tight.tables).toEqual(ample.tables);
  expect(ample.tables.pagetemplates.every((row, i) => row.spaceid === String(9000 + i))).toBe(true);
});

it('attachment files are offered as they lie in the backup, those of 2006 without a version level too', async () => {
  const { files } = await read({
    objects: [written('Page', 1, { title: 'P' })],
    files: {
      'attachments/1/2/1': 'a',
      'attachments/1/2/10': 'b',
      'attachments/1/3': 'c',
      'attachments/readme.txt': 'd',
      'other/1/2/1': 'e',
    },
  });
  expect(files.sort()).toEqual(['1/2/1', '1/2/10', '1/3/1']);
});
