import { existsSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sizeOf } from '#app/file-size.ts';
import type { OxbowError } from '#base/errors.ts';
import { exportBackup } from '#flows/export/export-backup.ts';
import { generateBackup, generateLiveSite } from '#flows/generate/generate-site.ts';
import { v4Path } from '#model/attachment-paths.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { readIndependently } from '../../../test/support/independent-backup.ts';
import { siteDigest } from '../../../test/support/site-digest.ts';
import { TestSites } from '../../../test/support/test-sites.ts';
import { spaceDescriptor, to, user, writeBackup, written } from '../../../test/support/written-backup.ts';
import { type RestoreOptions, restoreBackup } from './restore-backup.ts';
import type { RestoreReport } from './restore-report.ts';

let sites: TestSites;
let populated: LiveSite;
let keys: string[];
let made = 0;

beforeAll(async () => {
  sites = await TestSites.open();
  populated = await sites.create();
  const options = { pages: 60, spaces: 2, personalSpaces: 1, users: 30, seed: 5, attachmentBytes: 100_000 };
  await generateLiveSite(options, populated, await sites.context());
  keys = (await sites.query(populated, `SELECT spacekey FROM spaces ORDER BY spacetype, spaceid`)).map((row) => row.spacekey);
});
afterAll(async () => await sites.close());

async function copyOfPopulated(): Promise<LiveSite> {
  const copy = await sites.create(populated);
  await cp(join(populated.home, 'attachments'), join(copy.home, 'attachments'), { recursive: true });
  return copy;
}

async function restore(path: string, site: LiveSite, options: RestoreOptions = {}): Promise<RestoreReport> {
  return await restoreBackup(path, site, options, await sites.context());
}

async function exportSpaces(site: LiveSite, spaceKeys: string[]): Promise<string> {
  const path = join(sites.folder, `export-${++made}.zip`);
  await exportBackup(site, path, { spaceKeys, dialect: 'legacy' }, await sites.context(), sizeOf);
  return path;
}

const newFolder = () => join(sites.folder, `backup-${++made}`);
const warningsOf = (report: RestoreReport, code: string) =>
  report.warnings.find((group) => group.code === code)?.examples.map((warning) => warning.object) ?? [];

async function failure(promise: Promise<unknown>): Promise<OxbowError> {
  return (await promise.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error,
  )) as OxbowError;
}

describe('a space that the site has already', () => {
  it('is refused with SPACE_EXISTS, whatever the case of its key, and nothing is written', async () => {
    const site = await copyOfPopulated();
    await sites.query(site, 'UPDATE spaces SET spacekey = lower(spacekey)');
    const path = await exportSpaces(populated, [keys[0]]);
    const before = await siteDigest(site);
    expect(await failure(restore(path, site))).toMatchObject({ code: 'SPACE_EXISTS' });
    expect(await failure(restore(path, site, { dryRun: true }))).toMatchObject({ code: 'SPACE_EXISTS' });
    expect(await failure(restore(path, site, { asKey: keys[1] }))).toMatchObject({ code: 'SPACE_EXISTS' });
    expect(await failure(restore(path, site, { asKey: 'not a key' }))).toMatchObject({ code: 'SPACE_KEY_INVALID' });
    expect(await siteDigest(site)).toEqual(before);
  });

  it('is replaced with --replace: what was in it goes with its files, other spaces stay, and a safety backup is written first', async () => {
    const site = await copyOfPopulated();
    const path = await exportSpaces(populated, [keys[0]]);
    const others = [...(await readIndependently(await exportSpaces(site, keys.slice(1)))).objects];
    // What the site has changed since: a page that is not in the backup, and a file.
    const [page] = await sites.query(
      site,
      `UPDATE content SET title = 'Written since', lowertitle = 'written since' WHERE contentid = (SELECT homepage FROM spaces WHERE spacekey = $1) RETURNING contentid`,
      [keys[0]],
    );
    const next = '99990001';
    await sites.query(
      site,
      `INSERT INTO content (contentid, hibernateversion, contenttype, title, version, content_status, pageid, spaceid, creationdate, lastmoddate)
       SELECT $1, 0, 'ATTACHMENT', 'since.txt', 1, 'current', contentid, spaceid, now(), now() FROM content WHERE contentid = $2`,
      [next, page.contentid],
    );
    const stray = join(site.home, 'attachments', v4Path(next, '1'));
    await cp(join(import.meta.dirname, 'restore-spaces.test.ts'), stray, { recursive: true });
    // A relation of a page of another space to this one cannot stay without it.
    const [other] = await sites.query(site, 'SELECT homepage FROM spaces WHERE spacekey = $1', [keys[1]]);
    await sites.query(
      site,
      `INSERT INTO content_relation SELECT 99990002, $1, $2, 'PAGE', 'PAGE', 'related', now(), now(), u.user_key, u.user_key FROM user_mapping u LIMIT 1`,
      [page.contentid, other.homepage],
    );
    const asked: string[][] = [];
    const safetyBackup = async (wanted: string[]) => {
      asked.push(wanted);
      return await exportSpaces(site, wanted);
    };
    const report = await restore(path, site, { replace: true, safetyBackup });
    expect(asked).toEqual([[keys[0]]]);
    expect(report.spaces).toMatchObject([{ key: keys[0], action: 'replace' }]);
    const safety = await readIndependently(report.safetyBackup!);
    expect(safety.objects.get(`Page ${page.contentid}`)?.values.title).toBe('Written since');
    expect(Object.keys(safety.files)).toContain(`attachments/${page.contentid}/${next}/1`);

    expect(existsSync(stray)).toBe(false);
    expect(await sites.query(site, 'SELECT 1 FROM content_relation WHERE relationid = 99990002')).toEqual([]);
    expect(warningsOf(report, 'REFERENCE_DROPPED')).toEqual(['content_relation']);
    const original = await readIndependently(path);
    const now = await readIndependently(await exportSpaces(site, [keys[0]]));
    expect(now.objects).toEqual(original.objects);
    expect(now.files).toEqual(original.files);
    expect([...(await readIndependently(await exportSpaces(site, keys.slice(1)))).objects]).toEqual(others);
  });

  it('is left as it is with skipExisting, while the others of the backup are restored', async () => {
    const site = await copyOfPopulated();
    const path = await exportSpaces(populated, keys.slice(0, 2));
    await sites.query(site, `UPDATE spaces SET spacekey = 'FREED', lowerspacekey = 'freed' WHERE spacekey = $1`, [keys[1]]);
    await sites.query(site, `UPDATE spaces SET spacename = 'As it is' WHERE spacekey = $1`, [keys[0]]);
    const report = await restore(path, site, { skipExisting: true });
    expect(Object.fromEntries(report.spaces.map(({ key, action }) => [key, action]))).toEqual({
      [keys[0]]: 'skip',
      [keys[1]]: 'restore',
    });
    const names = await sites.query(site, 'SELECT spacename FROM spaces WHERE spacekey = ANY($1) ORDER BY spacekey = $2', [
      keys.slice(0, 2),
      keys[1],
    ]);
    expect(names).toHaveLength(2);
    expect(names[0].spacename).toBe('As it is');
  });

  it('replaced from a backup of itself leaves the site as it was, row for row and file for file', async () => {
    const site = await copyOfPopulated();
    const before = await siteDigest(site);
    await restore(await exportSpaces(site, [keys[0]]), site, { replace: true });
    const { hibernate_unique_key: _, confancestors: __, ...after } = await siteDigest(site);
    const { hibernate_unique_key: ___, confancestors: ____, ...expected } = before;
    expect(after).toEqual(expected);
  });
});

describe('a dry run', () => {
  it.each([
    ['of a space beside itself', { asKey: 'COPY' }],
    ['of a space that replaces another', { replace: true }],
  ])('%s changes nothing and says what the restore then does', async (_, options) => {
    const site = await copyOfPopulated();
    const path = await exportSpaces(site, [keys[0]]);
    const before = await siteDigest(site);
    const plan = await restore(path, site, { ...options, dryRun: true });
    expect(plan.outcome).toBe('plan');
    expect(await siteDigest(site)).toEqual(before);
    expect(existsSync(join(site.home, 'restore'))).toBe(false);
    const report = await restore(path, site, options);
    expect(report.outcome).toBe('restored');
    const facts = ({ outcome, seconds, ...rest }: RestoreReport) => rest;
    expect(facts(plan)).toEqual(facts(report));
  });

  it('of a site changes nothing and says what the restore then does', async () => {
    const site = await copyOfPopulated();
    const path = join(sites.folder, 'whole.zip');
    await generateBackup({ pages: 40, seed: 9, attachmentBytes: 50_000 }, path, 'current', await sites.context());
    const before = await siteDigest(site);
    const plan = await restore(path, site, { dryRun: true });
    expect(await siteDigest(site)).toEqual(before);
    const report = await restore(path, site);
    const facts = ({ outcome, seconds, previous, ...rest }: RestoreReport) => rest;
    expect(facts(plan)).toEqual(facts(report));
    expect(report.attachments.files).toBeGreaterThan(20);
  });
});

describe('spaces out of a backup', () => {
  it('one of a whole site: only what belongs to it', async () => {
    const path = join(sites.folder, 'site-of-spaces.zip');
    await exportBackup(populated, path, { dialect: 'legacy' }, await sites.context(), sizeOf);
    const site = await sites.create();
    const report = await restore(path, site, { spaceKeys: [keys[1]] });
    expect(report.scope).toBe('space');
    expect(report.spaces.filter((space) => space.action === 'restore').map((space) => space.key)).toEqual([keys[1]]);
    const ownExport = await readIndependently(await exportSpaces(populated, [keys[1]]));
    const restored = await readIndependently(await exportSpaces(site, [keys[1]]));
    expect([...restored.objects.keys()].sort()).toEqual([...ownExport.objects.keys()].sort());
    expect(restored.files).toEqual(ownExport.files);
    const [counts] = await sites.query(
      site,
      `SELECT (SELECT count(*)::int FROM spaces) AS spaces, (SELECT count(*)::int FROM cwd_user) AS accounts,
      (SELECT count(*)::int FROM spacepermissions WHERE spaceid IS NULL) AS global, (SELECT count(*)::int FROM bandana WHERE bandanacontext = '_GLOBAL') AS settings`,
    );
    expect(counts).toEqual({ spaces: 1, accounts: 0, global: 0, settings: 0 });
  });

  it('several, and an unknown one is SPACE_NOT_IN_BACKUP', async () => {
    const path = await exportSpaces(populated, keys.slice(0, 2));
    const site = await sites.create();
    expect(await failure(restore(path, site, { spaceKeys: ['NONE'] }))).toMatchObject({ code: 'SPACE_NOT_IN_BACKUP' });
    expect(await failure(restore(path, site, { asKey: 'NEW' }))).toMatchObject({ code: 'SPACE_AS_NEEDS_ONE' });
    await restore(path, site);
    const rows = await sites.query(site, 'SELECT spacekey FROM spaces ORDER BY 1');
    expect(rows.map((row) => row.spacekey)).toEqual(keys.slice(0, 2).sort());
  });

  it('a space that the descriptor does not name comes along, but never replaces one of the site', async () => {
    const space = (id: number, key: string) => written('Space', id, { key, name: key, lowerKey: key.toLowerCase() });
    const page = (id: number, of: number) =>
      written('Page', id, { title: `Page ${id}`, lowerTitle: `page ${id}`, space: to('Space', of) });
    const objects = [space(1, 'DOC'), space(2, 'STRAY'), page(11, 1), page(12, 2)];
    const path = await writeBackup(newFolder(), { objects, descriptor: spaceDescriptor('DOC') });
    const empty = await sites.create();
    const report = await restore(path, empty);
    expect(warningsOf(report, 'FOREIGN_SPACE')).toEqual([`Space 2 'STRAY'`]);
    expect((await sites.query(empty, 'SELECT spacekey FROM spaces ORDER BY 1')).map((row) => row.spacekey)).toEqual([
      'DOC',
      'STRAY',
    ]);

    const taken = await sites.create();
    await restore(
      await writeBackup(newFolder(), { objects: [space(2, 'STRAY'), page(5, 2)], descriptor: spaceDescriptor('STRAY') }),
      taken,
    );
    await restore(path, taken, { replace: true });
    const rows = await sites.query(
      taken,
      `SELECT s.spacekey, c.title FROM content c JOIN spaces s USING (spaceid) ORDER BY c.contentid`,
    );
    expect(rows).toEqual([
      { spacekey: 'STRAY', title: 'Page 5' },
      { spacekey: 'DOC', title: 'Page 11' },
    ]);
  });
});

describe('users, groups and restrictions of a space', () => {
  const keyOf = (n: number) => `2c9a8083${String(n).padStart(24, '0')}`;
  const account = (name: string, email: string, n: number) => ({ name, email, n });
  const accounts = [
    account('same', 'same@example.com', 1),
    account('Named', 'named@example.com', 2),
    account('mailed', 'Mail@example.com', 3),
    account('twin1', 'twins@example.com', 4),
    account('twin2', 'twins@example.com', 5),
    account('chosen', 'chosen@example.com', 6),
  ];
  const page = (id: number, by: string, values = {}) =>
    written('Page', id, {
      title: `Page ${id}`,
      lowerTitle: `page ${id}`,
      space: to('Space', 1),
      creator: user(by),
      lastModifier: user(by),
      ...values,
    });
  const person = (key: string, name: string, email?: string) =>
    written('ConfluenceUserImpl', key, { name, lowerName: name.toLowerCase(), ...(email ? { email } : {}) });
  const objects = [
    written('Space', 1, { key: 'DOC', name: 'Docs', lowerKey: 'doc', creator: user('b-name') }),
    person(keyOf(1), 'renamed-since'),
    person('b-name', 'nAMED'),
    person('b-mail', 'someone-else', 'mail@EXAMPLE.com'),
    person('b-twin', 'nobody', 'twins@example.com'),
    person('b-chosen', 'former-name'),
    person('b-new', 'stranger'),
    person('b-address', 'same@example.com'),
    page(11, keyOf(1)),
    page(12, 'b-name'),
    page(13, 'b-mail'),
    page(14, 'b-twin'),
    page(15, 'b-chosen'),
    page(16, 'b-new'),
    page(17, 'b-address'),
    written('BodyContent', 21, {
      body: '<ri:user ri:userkey="b-name" /><ri:user ri:userkey="b-new" /><ri:user ri:userkey="elsewhere" />',
      content: to('Page', 11),
      bodyType: '2',
    }),
    written('LikeEntity', 31, { content: to('Page', 11), user: user('b-mail'), creationDate: '2020-01-01 00:00:00.000' }),
    written('Notification', 32, { content: to('Page', 11), receiver: user('b-chosen'), digest: 'false', network: 'false' }),
    written('ContentPermissionSet', 41, { type: 'View', owningContent: to('Page', 11) }),
    written('ContentPermission', 42, { type: 'View', userSubject: user('b-name'), owningSet: to('ContentPermissionSet', 41) }),
    written('ContentPermission', 43, { type: 'View', userSubject: user('b-new'), owningSet: to('ContentPermissionSet', 41) }),
    written('ContentPermission', 44, { type: 'View', groupName: 'gone', owningSet: to('ContentPermissionSet', 41) }),
    written('SpacePermission', 51, { type: 'VIEWSPACE', group: 'Staff', space: to('Space', 1) }),
    written('SpacePermission', 52, { type: 'VIEWSPACE', group: 'strangers', space: to('Space', 1) }),
    written('SpacePermission', 53, { type: 'EDITSPACE', userSubject: user('b-name'), space: to('Space', 1) }),
    written('SpacePermission', 54, { type: 'SYSTEMADMINISTRATOR', userSubject: user('b-name') }),
    written('Label', 61, { name: 'mine', namespace: 'my', owningUser: user('b-name') }),
    written('Labelling', 62, { label: to('Label', 61), content: to('Page', 11), owningUser: user('b-name') }),
  ];
  let site: LiveSite;
  let report: RestoreReport;

  beforeAll(async () => {
    site = await sites.create();
    await sites.query(
      site,
      `INSERT INTO cwd_directory (id, directory_name, lower_directory_name, created_date, updated_date, active, impl_class, lower_impl_class, directory_type)
      VALUES (1, 'd', 'd', now(), now(), 'T', 'x', 'x', 'INTERNAL')`,
    );
    await sites.query(
      site,
      `INSERT INTO cwd_group (id, group_name, lower_group_name, active, local, created_date, updated_date, group_type, directory_id)
      VALUES (2, 'staff', 'staff', 'T', 'F', now(), now(), 'GROUP', 1)`,
    );
    for (const { name, email, n } of accounts) {
      await sites.query(site, 'INSERT INTO user_mapping VALUES ($1, $2, $3)', [keyOf(n), name, name.toLowerCase()]);
      await sites.query(
        site,
        `INSERT INTO cwd_user (id, user_name, lower_user_name, active, created_date, updated_date, display_name, lower_display_name, email_address, lower_email_address, directory_id)
         VALUES ($1, $2, $4, 'T', now(), now(), $2, $4, $3, $5, 1)`,
        [10 + n, name, email, name.toLowerCase(), email.toLowerCase()],
      );
    }
    await sites.query(
      site,
      `INSERT INTO label (labelid, name, namespace, owner, creationdate, lastmoddate) VALUES (999, 'mine', 'my', $1, now(), now())`,
      [keyOf(2)],
    );
    const users = [
      { backupUser: 'Former-Name', siteUser: 'CHOSEN' },
      { backupUser: 'nobody-at-all', siteUser: 'chosen' },
      { backupUser: 'b-new', siteUser: 'missing' },
    ];
    report = await restore(await writeBackup(newFolder(), { objects }), site, { users });
  });

  it('are matched by mapping, key, lower-case name, and an e-mail address that one account has', () => {
    expect(Object.fromEntries(report.users.matches.map((match) => [match.key, [match.by, match.siteKey]]))).toEqual({
      [keyOf(1)]: ['key', keyOf(1)],
      'b-name': ['name', keyOf(2)],
      'b-mail': ['email', keyOf(3)],
      'b-twin': ['new', 'b-twin'],
      'b-chosen': ['mapping', keyOf(6)],
      'b-new': ['new', 'b-new'],
      'b-address': ['email', keyOf(1)],
    });
    expect(report.users).toMatchObject({ total: 7, byKey: 1, byName: 1, byEmail: 2, byMapping: 1, created: 2 });
    expect(warningsOf(report, 'USER_AMBIGUOUS')).toEqual(['User nobody']);
    expect(warningsOf(report, 'USER_MAPPING_UNUSED').sort()).toEqual(['User b-new', 'User nobody-at-all']);
  });

  it('own what they wrote, liked, watched and labelled under the key of the site', async () => {
    const pages = await sites.query(
      site,
      `SELECT contentid, creator, lastmodifier FROM content WHERE contenttype = 'PAGE' ORDER BY 1`,
    );
    const expected = [keyOf(1), keyOf(2), keyOf(3), 'b-twin', keyOf(6), 'b-new', keyOf(1)];
    expect(pages.map((row) => [row.creator, row.lastmodifier])).toEqual(expected.map((by) => [by, by]));
    const [row] = await sites.query(
      site,
      `SELECT (SELECT username FROM likes) AS liked, (SELECT username FROM notifications) AS watches, (SELECT creator FROM spaces) AS space,
      (SELECT owner FROM content_label) AS labelled, (SELECT labelid::text FROM content_label) AS label, (SELECT body FROM bodycontent) AS body`,
    );
    expect(row).toEqual({
      liked: keyOf(3),
      watches: keyOf(6),
      space: keyOf(2),
      labelled: keyOf(2),
      label: '999',
      body: `<ri:user ri:userkey="${keyOf(2)}" /><ri:user ri:userkey="b-new" /><ri:user ri:userkey="elsewhere" />`,
    });
  });

  it('new ones get no account, and the site keeps its own names', async () => {
    const rows = await sites.query(
      site,
      `SELECT user_key, username FROM user_mapping WHERE user_key LIKE 'b-%' OR user_key = $1 ORDER BY 1`,
      [keyOf(1)],
    );
    expect(rows).toEqual([
      { user_key: keyOf(1), username: 'same' },
      { user_key: 'b-new', username: 'stranger' },
      { user_key: 'b-twin', username: 'nobody' },
    ]);
    const [count] = await sites.query(site, 'SELECT count(*)::int AS n FROM cwd_user');
    expect(count).toEqual({ n: accounts.length });
  });

  it('restrictions stay, those to unknown users and groups too, and are named', async () => {
    const rows = await sites.query(site, 'SELECT username, groupname FROM content_perm ORDER BY id');
    expect(rows).toEqual([
      { username: keyOf(2), groupname: null },
      { username: 'b-new', groupname: null },
      { username: null, groupname: 'gone' },
    ]);
    expect(warningsOf(report, 'RESTRICTION_UNMATCHED')).toEqual(['User stranger']);
    expect(report.groupsMissing).toEqual(['gone', 'strangers']);
  });

  it('groups are those of the site where the mapping says so, and two permissions that become one are one', async () => {
    const target = await sites.create(site);
    await sites.query(target, 'DELETE FROM spacepermissions');
    const groups = [
      { backupGroup: 'STRANGERS', siteGroup: 'Staff' },
      { backupGroup: 'gone', siteGroup: 'nowhere' },
      { backupGroup: 'unheard-of', siteGroup: 'staff' },
    ];
    const path = await writeBackup(newFolder(), { objects });
    const mapped = await restore(path, target, { groups, asKey: 'DOC2' });
    const permissions = await sites.query(
      target,
      `SELECT permtype, permgroupname FROM spacepermissions WHERE permgroupname IS NOT NULL`,
    );
    expect(permissions.map(({ permgroupname }) => permgroupname.toLowerCase())).toEqual(['staff']);
    expect(mapped.groups).toEqual(
      [
        { name: expect.stringMatching(/^staff$/i), inSite: true },
        { name: 'gone', inSite: false },
      ].sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1)),
    );
    expect(mapped.groupsMissing).toEqual(['gone']);
    expect(warningsOf(mapped, 'GROUP_MAPPING_UNUSED').sort()).toEqual(['Group gone', 'Group unheard-of']);
  });

  it('global permissions are never granted by a space', async () => {
    const rows = await sites.query(site, 'SELECT permtype, permgroupname, permusername FROM spacepermissions ORDER BY permid');
    expect(rows.map((row) => row.permtype)).toEqual(['VIEWSPACE', 'VIEWSPACE', 'EDITSPACE']);
    expect(warningsOf(report, 'RECORD_SKIPPED')).toEqual([`SpacePermission 54 'SYSTEMADMINISTRATOR'`]);
    expect(report.records.skipped).toBe(1);
  });
});

it('attachment files of a restored space are those of the backup, byte for byte', async () => {
  const objects = [
    written('Space', 1, { key: 'DOC', name: 'Docs', lowerKey: 'doc' }),
    written('Page', 11, { title: 'P', lowerTitle: 'p', space: to('Space', 1) }),
    written('Attachment', 12, { title: 'a.bin', version: '2', containerContent: to('Page', 11), space: to('Space', 1) }),
    written('Attachment', 13, {
      title: 'a.bin',
      version: '1',
      containerContent: to('Page', 11),
      originalVersion: to('Attachment', 12),
    }),
  ];
  const bytes = Buffer.from([0, 255, 13, 10, 26]);
  const files = { 'attachments/11/12/1': 'first', 'attachments/11/12/2': bytes, 'attachments/11/77/1': 'of nobody' };
  const site = await copyOfPopulated();
  await sites.query(
    site,
    `INSERT INTO content (contentid, hibernateversion, contenttype, title, version, content_status) VALUES (12, 0, 'CUSTOM', 'x', 1, 'current')`,
  );
  const report = await restore(await writeBackup(newFolder(), { objects, files }), site);
  const [row] = await sites.query(site, `SELECT contentid AS id FROM content WHERE title = 'a.bin' AND prevver IS NULL`);
  expect(row.id).not.toBe('12');
  const file = (id: string, version: string) => readFile(join(site.home, 'attachments', v4Path(id, version)));
  expect(await file(row.id, '1')).toEqual(Buffer.from('first'));
  expect(await file(row.id, '2')).toEqual(bytes);
  // A file that no row describes is kept under a placeholder.
  expect(await file('77', '1')).toEqual(Buffer.from('of nobody'));
  expect(warningsOf(report, 'PLACEHOLDER')).toEqual(['content 77']);
});
