import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sizeOf } from '#app/file-size.ts';
import { exportBackup } from '#flows/export/export-backup.ts';
import { generateLiveSite } from '#flows/generate/generate-site.ts';
import { v4Path } from '#model/attachment-paths.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { type PlainBackup, type PlainObject, readIndependently } from '../../../test/support/independent-backup.ts';
import { TestSites } from '../../../test/support/test-sites.ts';
import { type RestoreOptions, restoreBackup } from './restore-backup.ts';
import type { RestoreReport } from './restore-report.ts';

let sites: TestSites;
/** A generated site. */
let populated: LiveSite;
/** The key of a space of it with a bit of everything. */
let key: string;
let made = 0;

beforeAll(async () => {
  sites = await TestSites.open();
  populated = await sites.create();
  await generateLiveSite(
    { pages: 60, spaces: 2, personalSpaces: 1, users: 30, seed: 5, attachmentBytes: 100_000 },
    populated,
    await sites.context(),
  );
  const [space] = await sites.query(
    populated,
    `SELECT spacekey FROM spaces s WHERE spacetype = 'global' ORDER BY spaceid LIMIT 1`,
  );
  key = space.spacekey;
});
afterAll(async () => await sites.close());

async function restore(path: string, site: LiveSite, options: RestoreOptions = {}): Promise<RestoreReport> {
  return await restoreBackup(path, site, options, await sites.context());
}

async function exported(site: LiveSite, spaceKey: string): Promise<{ path: string; backup: PlainBackup }> {
  const path = join(sites.folder, `export-${++made}.zip`);
  await exportBackup(site, path, { spaceKeys: [spaceKey], dialect: 'legacy' }, await sites.context(), sizeOf);
  return { path, backup: await readIndependently(path) };
}

describe('a space restored into an empty site', () => {
  it('keeps all its ids, and its export is the same', async () => {
    const original = await exported(populated, key);
    const site = await sites.create();
    const report = await restore(original.path, site);
    expect(report.records.skipped).toBe(0);
    expect(report.warnings.map((group) => group.code)).not.toContain('RENUMBERED');
    const { backup } = await exported(site, key);
    for (const [name, object] of original.backup.objects) {
      // Accounts are no part of a space: the e-mail address that comes from them is not there any more.
      const { email, ...values } = object.values;
      expect(backup.objects.get(name)).toEqual({ ...object, values });
    }
    expect(backup.objects.size).toBe(original.backup.objects.size);
    expect(backup.files).toEqual(original.backup.files);
    await expectAncestorsToFollowParents(site);
  });
});

describe('a space restored beside itself under a new key', () => {
  let site: LiveSite;
  let before: PlainBackup;
  let after: PlainBackup;
  let old: PlainBackup;
  let report: RestoreReport;

  beforeAll(async () => {
    site = await sites.create(populated);
    await cp(join(populated.home, 'attachments'), join(site.home, 'attachments'), { recursive: true });
    // A body with every kind of reference, and rows of every table that a space can have.
    const [page] = await sites.query(
      site,
      `SELECT c.contentid AS id, s.spaceid AS space FROM content c JOIN spaces s USING (spaceid)
      WHERE s.spacekey = $1 AND c.contenttype = 'PAGE' AND c.content_status = 'current' ORDER BY 1 DESC LIMIT 1`,
      [key],
    );
    const [other] = await sites.query(site, `SELECT homepage AS id FROM spaces WHERE spacekey = $1`, [key]);
    const [outside] = await sites.query(
      site,
      `SELECT homepage AS id, spacekey FROM spaces WHERE spacekey <> $1 ORDER BY 1 LIMIT 1`,
      [key],
    );
    await sites.query(site, `UPDATE bodycontent SET body = $2 WHERE contentid = $1`, [
      page.id,
      bodyWithReferences(other.id, outside.id),
    ]);
    await sites.query(
      site,
      `INSERT INTO os_propertyentry (entity_name, entity_id, entity_key, key_type, boolean_val, double_val, long_val, int_val, string_val)
      VALUES ('confluence_ContentEntityObject', $1, 'marked', 5, false, 0, 0, 0, 'yes')`,
      [page.id],
    );
    await sites.query(
      site,
      `INSERT INTO content_relation (relationid, targetcontentid, sourcecontentid, targettype, sourcetype, relationname, creator, lastmodifier, creationdate, lastmoddate)
      VALUES ((SELECT max(contentid) + 1000 FROM content), $1, $2, 'PAGE', 'PAGE', 'related', (SELECT min(user_key) FROM user_mapping), (SELECT min(user_key) FROM user_mapping), now(), now())`,
      [page.id, other.id],
    );
    await sites.query(
      site,
      `INSERT INTO bandana VALUES ((SELECT max(bandanaid) + 1 FROM bandana), $1, 'test.setting', '<string>on</string>')`,
      [key],
    );
    const original = await exported(site, key);
    before = original.backup;
    report = await restore(original.path, site, { asKey: 'COPY' });
    after = (await exported(site, 'COPY')).backup;
    old = (await exported(site, key)).backup;
  });

  const bodyWithReferences = (inside: string, outside: string) =>
    `<p><ri:page ri:space-key="${key}" ri:content-title="x" /><ri:content-entity ri:content-id="${inside}" /><ri:content-entity ri:content-id="${outside}" />` +
    `<a href="/pages/viewpage.action?pageId=${inside}">in</a><a href="/display/${key}/Home">key</a><a href="https://example.org/display/${key}/Home">elsewhere</a>` +
    `<ac:structured-macro ac:name="recently-updated"><ac:parameter ac:name="spaces">${key},ds</ac:parameter></ac:structured-macro>${key} ${inside}</p>`;

  it('is the same but for its ids and its key, in every object and every file', () => {
    const ids = newIds(before, after);
    expect(ids.size).toBeGreaterThan(300);
    const expected = [...before.objects.values()].map((object) => translated(object, ids));
    expect(expected.length).toBe(after.objects.size);
    for (const object of expected) expect(after.objects.get(`${object.className} ${object.id}`)).toEqual(object);
    const files = Object.entries(before.files).map(([path, hash]) => {
      const [, container, attachment, version] = path.split('/');
      return [`attachments/${ids.get(container) ?? container}/${ids.get(attachment)}/${version}`, hash];
    });
    expect(files.length).toBeGreaterThan(10);
    expect(after.files).toEqual(Object.fromEntries(files));
  });

  it('covers every kind of row that a space has', () => {
    const classes = new Set([...before.objects.values()].map((object) => object.className));
    for (const name of [
      'Page',
      'BlogPost',
      'Comment',
      'Attachment',
      'BodyContent',
      'ContentProperty',
      'OutgoingLink',
      'Labelling',
      'Label',
      'LikeEntity',
      'Notification',
      'SpacePermission',
      'ContentPermissionSet',
      'ContentPermission',
      'PageTemplate',
      'User2ContentRelationEntity',
      'Content2ContentRelationEntity',
      'BucketPropertySetItem',
      'ConfluenceBandanaRecord',
      'ConfluenceUserImpl',
      'SpaceDescription',
      'CustomContentEntityObject',
    ])
      expect([name, classes.has(name)]).toEqual([name, true]);
  });

  it('leaves the space it came from as it was', () => {
    expect([...old.objects.keys()]).toEqual([...before.objects.keys()]);
    for (const [name, object] of before.objects) expect(old.objects.get(name)).toEqual(object);
    expect(old.files).toEqual(before.files);
  });

  it('uses the labels and users that the site has', () => {
    expect(report.tables.label.reused).toBe(report.tables.label.processed);
    expect(report.tables.user_mapping.reused).toBe(report.tables.user_mapping.processed);
    expect(report.users.byKey).toBe(report.users.total);
    const labels = (backup: PlainBackup) => [...backup.objects.keys()].filter((name) => name.startsWith('Label '));
    expect(labels(after)).toEqual(labels(before));
  });

  it('has files under the new ids on disk', async () => {
    const [row] = await sites.query(
      site,
      `SELECT c.contentid AS id, c.version FROM content c JOIN spaces s USING (spaceid)
      WHERE s.spacekey = 'COPY' AND c.contenttype = 'ATTACHMENT' AND c.prevver IS NULL AND c.content_status = 'current' ORDER BY 1 LIMIT 1`,
    );
    expect((await readFile(join(site.home, 'attachments', v4Path(row.id, row.version)))).length).toBeGreaterThan(0);
  });

  it('has ancestors for its pages, and the id generator stands above every id', async () => {
    await expectAncestorsToFollowParents(site);
    await expectGeneratorAboveIds(site);
  });

  /** What became of each id: within a table new ids are given in the order of the old ones. */
  function newIds(from: PlainBackup, onto: PlainBackup): Map<string, string> {
    const ids = new Map<string, string>();
    const byClass = (backup: PlainBackup) => Map.groupBy(backup.objects.values(), (object) => object.className);
    const target = byClass(onto);
    for (const [className, objects] of byClass(from)) {
      if (['Label', 'ConfluenceUserImpl', 'BucketPropertySetItem'].includes(className)) continue;
      const sorted = (list: PlainObject[]) => list.map((object) => object.id).sort((a, b) => Number(BigInt(a) - BigInt(b)));
      const old = sorted(objects);
      const fresh = sorted(target.get(className) ?? []);
      expect([className, fresh.length]).toEqual([className, old.length]);
      for (const [i, id] of old.entries()) ids.set(id, fresh[i]);
    }
    return ids;
  }

  function translated(object: PlainObject, ids: Map<string, string>): PlainObject {
    const reference = (value: string) =>
      value.replace(/^([A-Z]\w+) (\d+)$/, (all, className: string, id: string) =>
        className === 'Label' ? all : `${className} ${ids.get(id) ?? id}`,
      );
    const values = Object.fromEntries(
      Object.entries(object.values).map(([name, value]) => [name, translatedValue(object, name, reference(value), ids)]),
    );
    const collections = Object.fromEntries(
      Object.entries(object.collections).map(([name, elements]) => [name, elements.map(reference)]),
    );
    const id =
      object.className === 'BucketPropertySetItem'
        ? object.id.replace(/\d+/, (n) => ids.get(n)!)
        : (ids.get(object.id) ?? object.id);
    const isShared = object.className === 'Label' || object.className === 'ConfluenceUserImpl';
    return { className: object.className, id: isShared ? object.id : id, values, collections };
  }

  function translatedValue(object: PlainObject, name: string, value: string, ids: Map<string, string>): string {
    const keyed = ['Space.key', 'OutgoingLink.destinationSpaceKey', 'ConfluenceBandanaRecord.context'];
    const isKey = value.toLowerCase() === key.toLowerCase();
    if (isKey && keyed.includes(`${object.className}.${name}`)) return 'COPY';
    if (isKey && name === 'draftSpaceKey') return 'COPY';
    if (isKey && ['lowerKey', 'lowerDestinationSpaceKey'].includes(name)) return 'copy';
    if (name === 'labelableId' || name === 'originalVersionId' || name === 'draftPageId') return ids.get(value) ?? value;
    if (name !== 'body' && name !== 'content') return value;
    return value
      .replace(/ri:content-id="(\d+)"/g, (_, id: string) => `ri:content-id="${ids.get(id) ?? id}"`)
      .replace(/(href="[^"]*pageId=)(\d+)/g, (_, start: string, id: string) => start + (ids.get(id) ?? id))
      .replaceAll(`ri:space-key="${key}"`, 'ri:space-key="COPY"')
      .replaceAll(`"/display/${key}/`, '"/display/COPY/')
      .replace(
        /(<ac:parameter ac:name="(?:spaces|spaceKey|space|key)">)([^<]*)/g,
        (_, start: string, list: string) =>
          start +
          list
            .split(',')
            .map((part) => (part === key ? 'COPY' : part))
            .join(','),
      );
  }
});

/** Every current page has exactly the ancestors that its parents make. */
async function expectAncestorsToFollowParents(site: LiveSite): Promise<void> {
  const rows = await sites.query(
    site,
    `WITH RECURSIVE up(id, ancestor, distance) AS (
      SELECT c.contentid, c.parentid, 1 FROM content c JOIN content p ON p.contentid = c.parentid AND p.contenttype = 'PAGE' AND p.prevver IS NULL
        WHERE c.contenttype = 'PAGE' AND c.prevver IS NULL
      UNION ALL SELECT up.id, p.parentid, up.distance + 1 FROM up JOIN content p ON p.contentid = up.ancestor WHERE p.parentid IS NOT NULL),
    wanted AS (SELECT id, max(distance) OVER (PARTITION BY id) - distance AS position, ancestor FROM up)
    SELECT (SELECT count(*)::int FROM wanted) AS wanted, (SELECT count(*)::int FROM confancestors) AS found,
      (SELECT count(*)::int FROM wanted w JOIN confancestors a ON a.descendentid = w.id AND a.ancestorposition = w.position AND a.ancestorid = w.ancestor) AS same`,
  );
  expect(rows[0]).toEqual({ wanted: rows[0].wanted, found: rows[0].wanted, same: rows[0].wanted });
  expect(Number(rows[0].wanted)).toBeGreaterThan(10);
}

async function expectGeneratorAboveIds(site: LiveSite): Promise<void> {
  const tables = [
    'content',
    'bodycontent',
    'contentproperties',
    'spaces',
    'spacepermissions',
    'links',
    'content_label',
    'content_perm',
    'likes',
    'notifications',
  ];
  const [row] = await sites.query(
    site,
    `SELECT next_hi * 32768 > (SELECT max(id) FROM (${tables
      .map(
        (t) =>
          `SELECT max(${t === 'content' ? 'contentid' : t === 'bodycontent' ? 'bodycontentid' : t === 'contentproperties' ? 'propertyid' : t === 'spaces' ? 'spaceid' : t === 'spacepermissions' ? 'permid' : t === 'links' ? 'linkid' : t === 'notifications' ? 'notificationid' : 'id'}) AS id FROM ${t}`,
      )
      .join(' UNION ALL ')}) x) AS above, (SELECT count(*)::int FROM hibernate_unique_key) AS rows FROM hibernate_unique_key`,
  );
  expect(row).toEqual({ above: true, rows: 1 });
}
