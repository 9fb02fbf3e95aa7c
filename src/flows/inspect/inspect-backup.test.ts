import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunContext } from '#base/run-context.ts';
import { ZipWriter } from '#sites/xml/zip/zip-writer.ts';
import { inspectBackup } from './inspect-backup.ts';
import type { ContentCounts, InspectReport } from './inspect-report.ts';

let root: string;
let context: RunContext;
let made = 0;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'oxbow-inspect-'));
  mkdirSync(join(root, 'work'));
  context = {
    signal: new AbortController().signal,
    now: () => new Date('2026-01-02T03:04:05Z'),
    workFolder: join(root, 'work'),
    warn: () => {},
    progress: () => {},
  };
});
afterAll(() => rmSync(root, { recursive: true }));

type Value = string | { to: string; id: string } | { elements: [className: string, id: string][] };

const packages: Record<string, string> = { ConfluenceUserImpl: 'user', Space: 'spaces', BodyContent: 'core' };
const packageOf = (className: string) => `com.atlassian.confluence.${packages[className] ?? 'pages'}`;
const idName = (className: string) => (className === 'ConfluenceUserImpl' ? 'key' : 'id');

/** The objects of a test, written in the legacy dialect or in that of 8.3 and later. */
function writer(dialect: 'legacy' | 'current') {
  const text = (value: string) => (dialect === 'legacy' ? `<![CDATA[${value}]]>` : value);
  const ref = (className: string, id: string) => `<id name="${idName(className)}">${id}</id>`;
  const property = (name: string, value: Value) => {
    if (typeof value === 'string') return `<property name="${name}">${text(value)}</property>\n`;
    if ('to' in value)
      return `<property name="${name}" class="${value.to}" package="${packageOf(value.to)}">${ref(value.to, value.id)}\n</property>\n`;
    const elements = value.elements.map(
      ([c, id]) => `<element class="${c}" package="${packageOf(c)}">${ref(c, id)}\n</element>\n`,
    );
    return `<collection name="${name}" class="java.util.Collection">${elements.join('')}</collection>\n`;
  };
  return {
    object: (className: string, id: string, values: Record<string, Value> = {}) =>
      `<object class="${className}" package="${packageOf(className)}">\n${ref(className, id)}\n${Object.entries(values)
        .map(([name, value]) => property(name, value))
        .join('')}</object>\n`,
    file: (objects: string[]) =>
      `${dialect === 'legacy' ? '<?xml version="1.0" encoding="UTF-8"?>\n' : ''}<hibernate-generic datetime="2024-05-01 10:00:00">\n${objects.join('')}</hibernate-generic>`,
  };
}

const { object, file } = writer('legacy');
const to = (className: string, id: string): Value => ({ to: className, id });

function folder(files: Record<string, string>): string {
  const path = join(root, `backup-${++made}`);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

const inspect = (files: Record<string, string>) => inspectBackup(folder(files), {}, context);
const spaceDescriptor = 'exportType=space\nspaceKey=TEST\nbuildNumber=4517\ncreatedByBuildNumber=8804\n';
const space = (id = '1', key = 'TEST') => object('Space', id, { key, name: `Space ${key}`, spaceType: 'global' });
const page = (id: string, values: Record<string, Value> = {}) =>
  object('Page', id, { title: `Page ${id}`, space: to('Space', '1'), contentStatus: 'current', ...values });

const problem = (report: InspectReport, code: string) => report.problems.find((group) => group.code === code);
const objectsOf = (report: InspectReport, code: string) => problem(report, code)?.examples.map((example) => example.object);

const counts = (some: Partial<ContentCounts>): ContentCounts => ({
  pages: 0,
  blogPosts: 0,
  comments: 0,
  attachments: 0,
  customContent: 0,
  versions: 0,
  drafts: 0,
  trash: 0,
  other: 0,
  ...some,
});

describe.each(['legacy', 'current'] as const)('inspecting content in the %s dialect', (dialect) => {
  const w = writer(dialect);
  const inSpace = { space: to('Space', '1') };

  it('counts pages, comments, attachments, versions, drafts and trash of each space, however far they are from it', async () => {
    const report = await inspect({
      'entities.xml': w.file([
        // What hangs on others stands before them: the order of objects means nothing.
        w.object('Comment', '33', { parent: to('Comment', '32'), contentStatus: 'current' }),
        w.object('Comment', '32', { parent: to('Comment', '31'), contentStatus: 'current' }),
        w.object('Comment', '31', { containerContent: to('Attachment', '21'), contentStatus: 'current' }),
        w.object('Attachment', '22', { originalVersion: to('Attachment', '21'), version: '1' }),
        w.object('Attachment', '21', { title: 'a.txt', containerContent: to('Page', '10'), version: '2' }),
        w.object('Space', '1', { key: 'TEST', name: 'Test', description: to('SpaceDescription', '5') }),
        w.object('SpaceDescription', '5', inSpace),
        w.object('Page', '10', { title: 'Home', ...inSpace, contentStatus: 'current' }),
        w.object('Page', '11', { title: 'Home', originalVersion: to('Page', '10'), contentStatus: 'current' }),
        w.object('Page', '12', { title: 'Home', originalVersion: to('Page', '10'), ...inSpace, contentStatus: 'draft' }),
        w.object('Page', '13', { title: 'Gone', ...inSpace, contentStatus: 'deleted' }),
        w.object('Draft', '14', { title: 'Begun', draftSpaceKey: 'test' }),
        w.object('BlogPost', '15', { title: 'News', ...inSpace }),
        w.object('Comment', '16', { containerContent: to('BlogPost', '15') }),
        w.object('Comment', '17', { originalVersion: to('Comment', '16'), containerContent: to('BlogPost', '15') }),
        w.object('CustomContentEntityObject', '18', { containerContent: to('Page', '10') }),
        w.object('Space', '2', { key: 'OTHER', name: 'Other' }),
        w.object('Page', '20', { title: 'There', space: to('Space', '2') }),
        w.object('PersonalInformation', '40', {}),
        w.object('Attachment', '41', { title: 'me.png', containerContent: to('PersonalInformation', '40') }),
      ]),
    });
    expect(report.spaces.map((s) => [s.key, s.content])).toEqual([
      [
        'TEST',
        counts({
          pages: 1,
          blogPosts: 1,
          comments: 4,
          attachments: 1,
          customContent: 1,
          versions: 3,
          drafts: 2,
          trash: 1,
          other: 1,
        }),
      ],
      ['OTHER', counts({ pages: 1 })],
    ]);
    expect(report.siteContent).toEqual(counts({ attachments: 1, other: 1 }));
    expect(report.withoutSpace).toEqual(counts({}));
    expect(report.dialect).toBe(dialect);
    expect(report.kind).toBe('site');
    expect(report.kindFrom).toBe('content');
    expect(problem(report, 'DANGLING_REFERENCE')).toBeUndefined();
  });

  it('names content that leads to no space, and ends when comments refer to each other in a circle', async () => {
    const report = await inspect({
      'entities.xml': w.file([
        w.object('Space', '1', { key: 'TEST' }),
        w.object('Comment', '30', { parent: to('Comment', '31') }),
        w.object('Comment', '31', { parent: to('Comment', '30') }),
        w.object('Page', '12', { title: 'Lost', originalVersion: to('Page', '99') }),
        w.object('Page', '13', { title: 'New', contentStatus: 'draft' }),
        w.object('Page', '14', { title: 'Elsewhere', space: to('Space', '77') }),
      ]),
    });
    expect(report.withoutSpace).toEqual(counts({ comments: 2, versions: 1, drafts: 1, pages: 1 }));
    expect(objectsOf(report, 'CONTENT_WITHOUT_SPACE')?.sort()).toEqual([
      'Comment 30',
      'Comment 31',
      "Page 12 'Lost'",
      "Page 13 'New'",
      "Page 14 'Elsewhere'",
    ]);
    expect(report.restorable.verdict).toBe('with-notes');
  });
});

describe('inspecting references', () => {
  it('names the record, the property and what is missing, and counts them by class and property', async () => {
    const gone = to('ConfluenceUserImpl', 'ff80');
    const report = await inspect({
      'entities.xml': file([
        space(),
        object('ConfluenceUserImpl', 'aa01', { name: 'ann', lowerName: 'ann' }),
        page('10', { creator: gone, lastModifier: to('ConfluenceUserImpl', 'aa01') }),
        page('11', { creator: gone, parent: to('Page', '98361') }),
        object('BlogPost', '12', { title: 'News', space: to('Space', '1'), creator: gone }),
        object('BodyContent', '20', { body: 'x', content: to('Page', '11') }),
        object('BodyContent', '21', { body: 'x', content: to('Page', '98361') }),
      ]),
    });
    expect(report.danglingReferences).toEqual([
      { className: 'Page', property: 'creator', to: 'user', references: 2 },
      { className: 'Page', property: 'parent', to: 'page', references: 1 },
      { className: 'BlogPost', property: 'creator', to: 'user', references: 1 },
      { className: 'BodyContent', property: 'content', to: 'content', references: 1 },
    ]);
    const { count, examples } = problem(report, 'DANGLING_REFERENCE')!;
    expect(count).toBe(5);
    expect(examples.map((example) => `${example.object}: ${example.message}`).sort()).toEqual(
      [
        'BodyContent 21: content refers to content 98361, which is not in the backup',
        "BlogPost 12 'News': creator refers to user ff80, which is not in the backup",
        "Page 10 'Page 10': creator refers to user ff80, which is not in the backup",
        "Page 11 'Page 11': creator refers to user ff80, which is not in the backup",
        "Page 11 'Page 11': parent refers to page 98361, which is not in the backup",
      ].sort(),
    );
    expect(report.restorable.notes.map((note) => note.code)).toEqual(['DANGLING_REFERENCE']);
  });

  it('counts all and names a thousand when there are very many', async () => {
    const pages = Array.from({ length: 2500 }, (_, i) => page(String(100 + i), { parent: to('Page', String(900_000 + i)) }));
    const report = await inspect({ 'entities.xml': file([space(), ...pages]) });
    const group = problem(report, 'DANGLING_REFERENCE')!;
    expect(group.count).toBe(2500);
    expect(group.examples).toHaveLength(1000);
    expect(report.danglingReferences).toEqual([{ className: 'Page', property: 'parent', to: 'page', references: 2500 }]);
  });

  it('names records that a collection lists and the backup lacks, and records written twice', async () => {
    const report = await inspect({
      'entities.xml': file([
        space(),
        page('10', { bodyContents: { elements: [['BodyContent', '55']] } }),
        page('10', { title: 'Twice' }),
      ]),
    });
    expect(objectsOf(report, 'MISSING_RECORD')).toEqual(['BodyContent 55']);
    expect(objectsOf(report, 'DUPLICATE_RECORD')).toEqual(["Page 10 'Twice'"]);
    expect(report.spaces[0].content.pages).toBe(1);
  });
});

describe('inspecting more than fits into memory', () => {
  it('says the same', async () => {
    const many = Array.from({ length: 1500 }, (_, i) => [
      page(String(10_000 + i), { creator: to('ConfluenceUserImpl', `user-of-page-${i % 700}`) }),
      object('Page', String(20_000 + i), { title: 'old', originalVersion: to('Page', String(10_000 + i)) }),
      object('Comment', String(30_000 + i), { parent: to('Comment', String(30_000 + i - (i % 3 === 0 ? 0 : 1))) }),
      object('Attachment', String(40_000 + i), { title: `${i}.txt`, containerContent: to('Page', String(20_000 + i)) }),
    ]);
    const path = folder({ 'entities.xml': file([space(), ...many.flat().reverse()]), 'attachments/20001/40001/1': 'x' });
    const ample = await inspectBackup(path, {}, context);
    const tight = await inspectBackup(path, { memoryBytes: 512 * 1024 }, context);
    expect(ample.spaces[0].content).toEqual(counts({ pages: 1500, versions: 1500, attachments: 1500 }));
    expect(ample.withoutSpace).toEqual(counts({ comments: 1500 }));
    expect(problem(ample, 'DANGLING_REFERENCE')?.count).toBe(1500);
    expect(ample.attachments.withoutFile).toBe(1499);
    const sorted = (report: InspectReport) => ({
      ...report,
      problems: report.problems.map((group) => ({ ...group, examples: group.examples.length })),
    });
    expect(sorted(tight)).toEqual(sorted(ample));
  });
});

describe('inspecting attachments', () => {
  const attachment = (id: string, version: string, values: Record<string, Value> = {}) =>
    object('Attachment', id, {
      title: `${id}.txt`,
      version,
      containerContent: to('Page', '10'),
      contentStatus: 'current',
      ...values,
    });

  it('compares files with versions, in both directions, and tells the trash apart', async () => {
    const report = await inspect({
      'entities.xml': file([
        space(),
        page('10'),
        attachment('21', '2'),
        attachment('22', '1', { originalVersion: to('Attachment', '21') }),
        attachment('23', '1'),
        attachment('24', '2', { contentStatus: 'deleted' }),
        attachment('25', '1', { originalVersion: to('Attachment', '24') }),
      ]),
      'attachments/10/21/1': 'one',
      'attachments/10/21/2': 'four',
      'attachments/10/21/3': 'newer',
      'attachments/10/77/1': 'stray',
    });
    expect(report.attachments).toEqual({
      files: 4,
      bytes: 17,
      versions: 5,
      withoutFile: 1,
      withoutFileInTrash: 2,
      withoutRow: { files: 2, bytes: 10 },
    });
    expect(objectsOf(report, 'ATTACHMENT_FILE_MISSING')).toEqual(["Attachment 23 '23.txt'"]);
    expect(objectsOf(report, 'ATTACHMENT_FILE_MISSING_IN_TRASH')).toEqual(["Attachment 25 '25.txt'", "Attachment 24 '24.txt'"]);
    expect(objectsOf(report, 'ATTACHMENT_ROW_MISSING')).toEqual(['attachments/10/21/3', 'attachments/10/77/1']);
  });

  it('says once that a backup was written without attachments', async () => {
    const report = await inspect({
      'entities.xml': file([space(), page('10'), attachment('21', '1'), attachment('22', '1')]),
      'exportDescriptor.properties': `${spaceDescriptor}backupAttachments=false\n`,
    });
    expect(report.attachments.withoutFile).toBe(2);
    expect(problem(report, 'ATTACHMENTS_LEFT_OUT')?.count).toBe(1);
    expect(problem(report, 'ATTACHMENT_FILE_MISSING')).toBeUndefined();
  });
});

describe('inspecting users, spaces, classes and other entries', () => {
  it('counts users by key, by name only, and of 3.x, and names those that share a name', async () => {
    const report = await inspect({
      'entities.xml': file([
        space(),
        object('ConfluenceUserImpl', 'aa01', { name: 'ann', lowerName: 'ann', email: 'ann@example.org' }),
        object('ConfluenceUserImpl', 'aa02', { name: 'Ann', lowerName: 'ann' }),
        page('10', { creatorName: 'ann', lastModifierName: 'bob' }),
        object('InternalUser', '50', { name: 'ann' }),
        object('InternalGroup', '51', { name: 'staff' }),
        object('DefaultHibernateUser', '52', { name: 'old' }),
        object('DefaultHibernateGroup', '53', { name: 'oldies' }),
      ]),
    });
    expect(report.users).toEqual({
      keyed: 2,
      byNameOnly: 1,
      directoryUsers: 1,
      groups: 1,
      memberships: 0,
      directories: 0,
      oldUsers: 1,
      oldGroups: 1,
    });
    expect(objectsOf(report, 'DUPLICATE_USER_NAME')).toEqual(["ConfluenceUserImpl aa02 'Ann'"]);
    expect(report.propertiesWithoutColumn).toEqual([
      { property: 'ConfluenceUserImpl.email', objects: 1, usedFor: 'matching users with those of a site' },
    ]);
  });

  it('marks foreign spaces and names spaces of one key', async () => {
    const report = await inspect({
      'entities.xml': file([space('1', 'test'), space('2', 'STRAY'), space('3', 'Stray')]),
      'exportDescriptor.properties': spaceDescriptor,
    });
    expect(report.spaces.map((s) => [s.key, s.foreign])).toEqual([
      ['test', false],
      ['STRAY', true],
      ['Stray', true],
    ]);
    expect(objectsOf(report, 'FOREIGN_SPACE')).toEqual(["Space 2 'STRAY'", "Space 3 'Stray'"]);
    expect(objectsOf(report, 'DUPLICATE_SPACE_KEY')).toEqual(["Space 3 'Stray'"]);
    expect(report.kindFrom).toBe('descriptor');
  });

  it('marks classes and properties that have no place in a database, illegal characters, and entries it does not know', async () => {
    const report = await inspect({
      'entities.xml': file([
        space(),
        page('10', { title: 'a\u0002b', navigationType: 'tree' }),
        object('Gadget', '60', { title: 'g' }),
      ]),
      'config/ehcache.xml': '<x/>',
    });
    expect(report.classes).toEqual([
      { className: 'Gadget', packageName: 'com.atlassian.confluence.pages', objects: 1, known: false },
      { className: 'Page', packageName: 'com.atlassian.confluence.pages', objects: 1, known: true },
      { className: 'Space', packageName: 'com.atlassian.confluence.spaces', objects: 1, known: true },
    ]);
    expect(report.propertiesWithoutColumn).toEqual([{ property: 'Page.navigationType', objects: 1 }]);
    expect(objectsOf(report, 'XML_CONTROL_CHARACTERS')).toEqual(['Page 10']);
    expect(report.otherEntries).toEqual({ count: 1, bytes: 4, first: [{ name: 'config/ehcache.xml', bytes: 4 }] });
    expect(report.restorable.notes.map((note) => note.code).sort()).toEqual([
      'CLASS_WITHOUT_TABLE',
      'PROPERTY_WITHOUT_COLUMN',
      'XML_CONTROL_CHARACTERS',
    ]);
  });

  it('lists the tables of apps with their rows, and the inline tasks of a CSV', async () => {
    const provider = 'plugin-data/com.atlassian.activeobjects.confluence.spi/activeObjectsBackupRestoreProvider.pdata';
    const report = await inspect({
      'entities.xml': file([space()]),
      'AO_BAF3AA_AOINLINE_TASK.csv': 'GLOBAL_ID,ID,BODY\n1,1,do it\n2,2,"and\nthat"\n',
      [provider]:
        '<backup xmlns="http://www.atlassian.com/ao"><table name="AO_1"><column name="ID" primaryKey="true" autoIncrement="true" sqlType="4" precision="11"/></table><data tableName="AO_1"><column name="ID"/><row><integer>7</integer></row></data></backup>',
    });
    expect(report.appTables).toEqual([
      { table: 'AO_1', rows: 1, from: 'plugin-data' },
      { table: 'AO_BAF3AA_AOINLINE_TASK', rows: 2, from: 'inline-tasks-csv' },
    ]);
    expect(report.restorable.notes.map((note) => note.code)).toEqual(['APP_DATA_LEFT_OUT']);
  });
});

describe('whether a backup can be restored', () => {
  const entities = file([space()]);
  const verdict = async (descriptor: string, text = entities) =>
    (await inspect({ 'entities.xml': text, 'exportDescriptor.properties': descriptor })).restorable;

  it('says yes to a clean space backup of an older version', async () => {
    expect(await verdict(spaceDescriptor)).toEqual({
      verdict: 'yes',
      into: { version: '8.5.6', build: 9012 },
      reasons: [],
      options: [],
      notes: [],
    });
  });

  it('asks for --accept-version with a site backup of another version, and for nothing with one of the same', async () => {
    const other = await verdict('exportType=all\nbuildNumber=6169\ncreatedByBuildNumber=6442\n');
    expect(other.verdict).toBe('yes');
    expect(other.options.map((option) => option.option)).toEqual(['--accept-version']);
    expect((await verdict('exportType=all\nbuildNumber=9012\ncreatedByBuildNumber=9012\n')).options).toEqual([]);
  });

  it('says no to a backup of a newer version, and to one whose space is not in it', async () => {
    const newer = await verdict('exportType=space\nspaceKey=TEST\nbuildNumber=4517\ncreatedByBuildNumber=9999\n');
    expect([newer.verdict, newer.reasons.map((reason) => reason.code)]).toEqual(['no', ['BACKUP_NEWER']]);
    const lacking = await verdict(spaceDescriptor.replace('TEST', 'ABSENT'));
    expect([lacking.verdict, lacking.reasons.map((reason) => reason.code)]).toEqual(['no', ['BACKUP_SPACE_NOT_IN_IT']]);
  });

  it('reads a truncated entities.xml as far as it goes, and says no', async () => {
    const whole = file([space(), page('10'), page('11')]);
    const cut = whole.slice(0, whole.indexOf('Page 11'));
    const report = await inspect({ 'entities.xml': cut, 'exportDescriptor.properties': spaceDescriptor });
    const completeUntil = whole.indexOf('</object>', whole.indexOf('Page 10')) + '</object>'.length;
    expect(report.truncation).toEqual({ atByte: Buffer.byteLength(cut), completeObjects: 2, completeUntil });
    expect(report.spaces[0].content.pages).toBe(1);
    expect(objectsOf(report, 'XML_TRUNCATED')).toEqual(['entities.xml']);
    expect(report.restorable.verdict).toBe('no');
    expect(report.restorable.reasons.map((reason) => reason.code)).toEqual(['XML_TRUNCATED']);
  });

  it('says no when the data of apps is damaged, and still says what else is there', async () => {
    const report = await inspect({
      'entities.xml': entities,
      'exportDescriptor.properties': spaceDescriptor,
      'plugin-data/com.atlassian.activeobjects.confluence.spi/activeObjectsBackupRestoreProvider.pdata': '<backup><table',
    });
    expect(report.restorable.reasons.map((reason) => reason.code)).toEqual(['PLUGIN_DATA_DAMAGED']);
    expect(report.spaces).toHaveLength(1);
  });
});

describe('inspecting a zip', () => {
  async function zip(files: Record<string, string>): Promise<string> {
    const path = join(root, `backup-${++made}.zip`);
    const zipWriter = await ZipWriter.create(path, { modified: new Date('2024-05-01T10:00:00Z') });
    for (const [name, text] of Object.entries(files)) await zipWriter.add(name, Readable.from([Buffer.from(text)]));
    await zipWriter.finish();
    return path;
  }

  it('finds the backup in a folder inside, says so, and leaves no file behind', async () => {
    const path = await zip({
      'wrapped/entities.xml': file([space(), page('10')]),
      'wrapped/exportDescriptor.properties': spaceDescriptor,
      'wrapped/attachments/10/21/1': 'data',
    });
    const report = await inspectBackup(path, {}, context);
    expect(report.backup).toMatchObject({ path, container: 'zip', entries: 3 });
    expect(report.backup.bytes).toBeGreaterThan(0);
    expect(objectsOf(report, 'ZIP_NESTED_FOLDER')).toEqual(['wrapped/']);
    expect(objectsOf(report, 'ATTACHMENT_ROW_MISSING')).toEqual(['attachments/10/21/1']);
    expect(report.createdByBuild).toBe(8804);
    expect(readdirSync(context.workFolder)).toEqual([]);
  });

  it('shows a zip without a descriptor, which no restore takes', async () => {
    const report = await inspectBackup(await zip({ 'entities.xml': file([space()]) }), {}, context);
    expect(problem(report, 'NO_DESCRIPTOR')?.count).toBe(1);
    expect(report.kindFrom).toBe('content');
    expect(report.restorable.verdict).toBe('no');
    expect(report.restorable.reasons.map((reason) => reason.code)).toEqual(['BACKUP_NO_DESCRIPTOR']);
  });

  it('asks for --kind when the descriptor says neither site nor space', async () => {
    const path = await zip({ 'entities.xml': file([space()]), 'exportDescriptor.properties': 'buildNumber=4517\n' });
    const { restorable } = await inspectBackup(path, {}, context);
    expect(restorable.verdict).toBe('yes');
    expect(restorable.options.map((option) => option.option)).toEqual(['--kind space']);
  });

  it('fails on a file that is no zip', async () => {
    const path = join(root, 'page.zip');
    writeFileSync(path, '<html>log in</html>');
    await expect(inspectBackup(path, {}, context)).rejects.toMatchObject({ code: 'ZIP_NOT_A_ZIP' });
  });
});
