import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportBackup } from '#flows/export/export-backup.ts';
import { batchLines } from '#model/copy-text.ts';
import { XmlSiteReader } from '#sites/xml/reader/xml-site-reader.ts';
import { TestSites } from '../../../test/support/test-sites.ts';
import { spaceDescriptor, to, user, writeBackup, written } from '../../../test/support/written-backup.ts';
import { restoreBackup } from './restore-backup.ts';

let sites: TestSites;
beforeAll(async () => {
  sites = await TestSites.open();
});
afterAll(async () => await sites.close());

const space = (key: string) => [
  written('Space', 1, { key, name: 'Space', lowerKey: key.toLowerCase() }),
  written('Page', 11, { title: 'Page', lowerTitle: 'page', space: to('Space', 1), creator: user('aaaa') }),
  written('ConfluenceUserImpl', 'aaaa', { name: 'ada', lowerName: 'ada' }),
];

describe('inline tasks of a Cloud space export', () => {
  const csv = [
    'ASSIGNEE_USER_KEY,BODY,COMPLETE_DATE,COMPLETE_USER_KEY,CONTENT_ID,CREATE_DATE,CREATOR_USER_KEY,DUE_DATE,GLOBAL_ID,ID,TASK_STATUS,UPDATE_DATE,SPACE_ID,PAGE_TITLE',
    'aaaa,"Say ""hello"", then\nwait",,,11,2023-03-13 14:43:18.752,aaaa,2023-03-05 00:00:00.0,7,1,UNCHECKED,,1,Page',
    'aaaa,,,,999,,aaaa,,8,2,CHECKED,,1,Gone',
    '',
  ].join('\n');
  const backup = (name: string) =>
    writeBackup(join(sites.folder, name), {
      objects: space('TASK'),
      descriptor: { ...spaceDescriptor('TASK'), source: 'cloud' },
      files: { 'AO_BAF3AA_AOINLINE_TASK.csv': csv },
    });

  it('come back with their page and their user, under new ids where theirs are taken, and are left out without their page', async () => {
    const site = await sites.create();
    await sites.query(site, `INSERT INTO user_mapping VALUES ('bbbb', 'ada', 'ada')`);
    await sites.query(site, `INSERT INTO "AO_BAF3AA_AOINLINE_TASK" ("GLOBAL_ID", "BODY") VALUES (7, 'of the site')`);
    await sites.query(site, `INSERT INTO content (contentid, contenttype, hibernateversion) VALUES (11, 'PAGE', 0)`);
    const report = await restoreBackup(await backup('tasks'), site, {}, await sites.context());
    const tasks = await sites.query(
      site,
      `SELECT t."BODY" AS body, t."GLOBAL_ID"::text AS id, t."ASSIGNEE_USER_KEY" AS assignee, t."DUE_DATE"::text AS due, c.title
       FROM "AO_BAF3AA_AOINLINE_TASK" t JOIN content c ON c.contentid = t."CONTENT_ID"`,
    );
    expect(tasks).toEqual([
      { body: 'Say "hello", then\nwait', id: '8', assignee: 'bbbb', due: '2023-03-05 00:00:00', title: 'Page' },
    ]);
    expect(report.tables.AO_BAF3AA_AOINLINE_TASK).toMatchObject({ processed: 2, persisted: 1, skipped: 1 });
    const [mine] = await sites.query(site, `SELECT "BODY" AS body FROM "AO_BAF3AA_AOINLINE_TASK" WHERE "GLOBAL_ID" = 7`);
    expect(mine).toEqual({ body: 'of the site' });
  });

  it('are counted by a dry run as the restore then writes them', async () => {
    const site = await sites.create();
    const plan = await restoreBackup(await backup('tasks-plan'), site, { dryRun: true }, await sites.context());
    expect(plan.tables.AO_BAF3AA_AOINLINE_TASK.persisted).toBe(1);
    expect(await sites.query(site, 'SELECT 1 FROM "AO_BAF3AA_AOINLINE_TASK"')).toEqual([]);
  });
});

describe('tables of apps in a site backup', () => {
  const pluginData = `<?xml version='1.0' encoding='UTF-8'?>
<backup xmlns="http://www.atlassian.com/ao" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <database><meta key="database.name" value="PostgreSQL"/></database>
  <table name="AO_TEST_PARENT"><column name="ID" primaryKey="true" autoIncrement="true" sqlType="4" precision="10"/>
    <column name="NAME" primaryKey="false" autoIncrement="false" sqlType="12" precision="255"/>
    <column name="TEXT" primaryKey="false" autoIncrement="false" sqlType="12" precision="1073741824"/>
    <column name="ON" primaryKey="false" autoIncrement="false" sqlType="-7" precision="1"/>
    <column name="AT" primaryKey="false" autoIncrement="false" sqlType="93" precision="29" scale="6"/></table>
  <table name="AO_TEST_CHILD"><column name="ID" primaryKey="true" autoIncrement="true" sqlType="-5" precision="19"/>
    <column name="PARENT_ID" primaryKey="false" autoIncrement="false" sqlType="4" precision="10"/>
    <foreignKey fromTable="AO_TEST_CHILD" fromColumn="PARENT_ID" toTable="AO_TEST_PARENT" toColumn="ID"/></table>
  <data tableName="AO_TEST_PARENT"><column name="ID"/><column name="NAME"/><column name="TEXT"/><column name="ON"/><column name="AT"/>
    <row><integer>5</integer><string>a &lt;b&gt; &amp; "c"</string><string>two
lines	and a tab \\ backslash</string><boolean>true</boolean><timestamp>2016-05-10T15:03:06.177Z</timestamp></row>
    <row><integer>6</integer><string xsi:nil="true"/><string/><boolean xsi:nil="true"/><timestamp xsi:nil="true"/></row></data>
  <data tableName="AO_TEST_CHILD"><column name="ID"/><column name="PARENT_ID"/><row><integer>40</integer><integer>5</integer></row></data>
</backup>`;

  it('come back with rows, keys and sequences, and are exported again as they were', async () => {
    const site = await sites.create();
    const path = await writeBackup(join(sites.folder, 'apps'), {
      objects: [...space('APPS'), written('GlobalDescription', 90)],
      descriptor: { exportType: 'all', buildNumber: '6169', createdByBuildNumber: '9012', createdByVersionNumber: '8.5.6' },
      files: { 'plugin-data/com.atlassian.activeobjects.confluence.spi/activeObjectsBackupRestoreProvider.pdata': pluginData },
    });
    await restoreBackup(path, site, {}, await sites.context());
    expect(await sites.query(site, `SELECT "ID", "NAME", "TEXT", "ON", "AT"::text FROM "AO_TEST_PARENT" ORDER BY "ID"`)).toEqual([
      { ID: 5, NAME: 'a <b> & "c"', TEXT: 'two\nlines\tand a tab \\ backslash', ON: true, AT: '2016-05-10 15:03:06.177' },
      { ID: 6, NAME: null, TEXT: '', ON: null, AT: null },
    ]);
    await expect(sites.query(site, `INSERT INTO "AO_TEST_CHILD" ("PARENT_ID") VALUES (77)`)).rejects.toThrow(/foreign key/);
    const [next] = await sites.query(site, `INSERT INTO "AO_TEST_PARENT" ("NAME") VALUES ('next') RETURNING "ID"`);
    expect(next).toEqual({ ID: 7 });
    await sites.query(site, `DELETE FROM "AO_TEST_PARENT" WHERE "ID" = 7`);

    const zip = join(sites.folder, 'apps.zip');
    await exportBackup(site, zip, {}, await sites.context(), async () => 0);
    expect(await tableRows(zip, 'AO_TEST_PARENT')).toEqual(await tableRows(path, 'AO_TEST_PARENT'));
    expect(await tableRows(zip, 'AO_TEST_CHILD')).toEqual(['40\t5']);
  });

  it('are left out with --without-app-data, even when they cannot be read', async () => {
    const site = await sites.create();
    const path = await writeBackup(join(sites.folder, 'broken-apps'), {
      objects: [...space('APPS'), written('GlobalDescription', 90)],
      descriptor: { exportType: 'all', buildNumber: '6169', createdByBuildNumber: '9012', createdByVersionNumber: '8.5.6' },
      files: {
        'plugin-data/com.atlassian.activeobjects.confluence.spi/activeObjectsBackupRestoreProvider.pdata': '<backup><table',
      },
    });
    await expect(restoreBackup(path, site, {}, await sites.context())).rejects.toMatchObject({ code: 'PLUGIN_DATA_DAMAGED' });
    const report = await restoreBackup(path, site, { appData: false }, await sites.context());
    expect(report.outcome).toBe('restored');
  });

  async function tableRows(path: string, table: string): Promise<string[]> {
    const reader = await XmlSiteReader.open(path, {}, await sites.context());
    const lines: string[] = [];
    for await (const batch of reader.rows(table)) lines.push(...batchLines(batch.data));
    await reader.close();
    return lines;
  }
});
