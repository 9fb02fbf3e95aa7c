import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sizeOf } from '#app/file-size.ts';
import { exportBackup } from '#flows/export/export-backup.ts';
import { generateBackup } from '#flows/generate/generate-site.ts';
import { restoreBackup } from '#flows/restore/restore-backup.ts';
import type { RestoreReport } from '#flows/restore/restore-report.ts';
import { type PlainBackup, type PlainObject, readIndependently } from './support/independent-backup.ts';
import { siteDigest } from './support/site-digest.ts';
import { TestSites } from './support/test-sites.ts';

const pluginData = 'plugin-data/com.atlassian.activeobjects.confluence.spi/activeObjectsBackupRestoreProvider.pdata';
const dialects = ['legacy', 'current'] as const;
let sites: TestSites;
beforeAll(async () => {
  sites = await TestSites.open();
});
afterAll(async () => await sites.close());

/** entities.xml without the moment at which it was written. */
const withoutDate = (entities: Buffer) => entities.toString('utf8').replace(/ datetime="[^"]*"/, '');
const withoutFirstLine = (descriptor: string) => descriptor.slice(descriptor.indexOf('\n'));

describe.each(dialects)('a generated site in the %s dialect', (dialect) => {
  it('is the same after restore and export, and the second export is the first byte for byte', async () => {
    const path = (name: string) => join(sites.folder, `${dialect}-${name}.zip`);
    const options = { pages: 150, seed: 7, users: 40, attachmentBytes: 600_000 };
    await generateBackup(options, path('generated'), dialect, await sites.context());
    const first = await sites.create();
    const restored = await restoreBackup(path('generated'), first, {}, await sites.context());
    expect(restored.records.skipped).toBe(0);
    expect(restored.records.persisted).toBe(restored.records.processed);
    expect(restored.placeholders).toEqual({});
    const report = await exportBackup(first, path('exported'), { dialect }, await sites.context(), sizeOf);
    expect(report.warnings).toEqual([]);

    const made = await readIndependently(path('generated'));
    const exported = await readIndependently(path('exported'));
    expect(made.objects.size).toBe(report.objects);
    expect([...exported.objects.keys()].sort()).toEqual([...made.objects.keys()].sort());
    for (const [name, object] of made.objects) expect(exported.objects.get(name)).toEqual(object);
    // A live site has tables of apps, if only empty ones.
    const { [pluginData]: apps, ...files } = exported.files;
    expect(apps).toBeDefined();
    expect(files).toEqual(made.files);
    expect(Object.keys(made.files).length).toBeGreaterThan(100);

    const second = await sites.create();
    await restoreBackup(path('exported'), second, {}, await sites.context());
    expect(await siteDigest(second)).toEqual(await siteDigest(first));
    await exportBackup(second, path('again'), { dialect }, await sites.context(), sizeOf);
    const again = await readIndependently(path('again'));
    expect(withoutDate(again.entities) === withoutDate(exported.entities)).toBe(true);
    expect(withoutFirstLine(again.descriptor)).toBe(withoutFirstLine(exported.descriptor));
    expect(again.files).toEqual(exported.files);
  });
});

const corpus = process.env.OXBOW_CORPUS ?? join(import.meta.dirname, '..', '..', 'shared', 'corpus');
const backups = existsSync(corpus)
  ? readdirSync(corpus)
      .filter((name) => !name.endsWith('.md'))
      .sort()
  : [];
if (backups.length === 0) console.warn(`Skipped: no real backups in ${corpus} (set OXBOW_CORPUS to a folder of XML backups).`);

describe.skipIf(backups.length === 0)('a real backup', () => {
  it.each(backups)('%s comes back whole from a live site', async (name) => {
    const original = await readIndependently(join(corpus, name));
    // The users and groups of 3.x became those of a Crowd directory, as in Confluence's own upgrade.
    const wanted = {
      ...original,
      objects: new Map([...original.objects].filter(([, o]) => !o.className.startsWith('DefaultHibernate'))),
    };
    const site = await sites.create();
    const report = await restoreBackup(join(corpus, name), site, { acceptVersion: true }, await sites.context());
    const path = join(sites.folder, `corpus-${name}.zip`);
    for (const dialect of dialects) {
      await exportBackup(site, path, { dialect }, await sites.context(), sizeOf);
      const exported = await readIndependently(path);
      // The current dialect has no inverse collections: there the references of the elements say the same.
      if (dialect === 'current') for (const object of wanted.objects.values()) object.collections = {};
      expect(losses(wanted, exported, report)).toEqual([]);
    }
    expect(report.records.skipped).toBe(0);
    expect(report.records.processed).toBeGreaterThanOrEqual(wanted.objects.size);
  });
});

/** What the original says, and neither the export nor the report of the restore. Written from the format, not from the product. */
function losses(original: PlainBackup, exported: PlainBackup, report: RestoreReport): string[] {
  const lines: string[] = [];
  for (const [name, object] of original.objects) {
    const found = exported.objects.get(name);
    if (!found) {
      lines.push(`${name} is missing`);
      continue;
    }
    for (const [property, value] of Object.entries(object.values)) {
      if (report.propertiesWithoutColumn[`${object.className}.${property}`]) continue;
      const now = found.values[newNames[`${object.className}.${property}`] ?? newNames[property] ?? property];
      if (now !== value && !isSame(property, value, now, found, original, exported))
        lines.push(`${name}.${property}: '${value.slice(0, 200)}' became '${now?.slice(0, 200)}'`);
    }
    const has = new Set(Object.values(found.collections).flat());
    for (const [collection, elements] of Object.entries(object.collections)) {
      // Ancestors follow from the parents: they are counted in the database below.
      if (collection === 'ancestors') continue;
      for (const element of elements) {
        if (!has.has(element) && !isGone(element, name, original)) lines.push(`${name}.${collection} lacks ${element}`);
      }
    }
  }
  for (const [path, hash] of Object.entries(original.files)) {
    if (path.startsWith('attachments/') && exported.files[path] !== hash)
      lines.push(`${path} ${exported.files[path] ? 'differs' : 'is missing'}`);
  }
  return lines;
}

/** Properties that older versions called otherwise. */
const newNames: Record<string, string> = {
  creatorName: 'creator',
  lastModifierName: 'lastModifier',
  userName: 'userSubject',
  'PersonalInformation.username': 'user',
  'Labelling.user': 'owningUser',
  'Attachment.fileName': 'title',
  'Attachment.content': 'containerContent',
  'Attachment.comment': 'versionComment',
  'Attachment.attachmentVersion': 'version',
};

/** Properties of attachments of 5.3 and before that are content properties now. */
const ownProperties: Record<string, [name: string, value: string]> = {
  contentType: ['MEDIA_TYPE', 'stringValue'],
  fileSize: ['FILESIZE', 'longValue'],
};

function isSame(
  property: string,
  value: string,
  now: string | undefined,
  found: PlainObject,
  original: PlainBackup,
  exported: PlainBackup,
): boolean {
  // A scalar that repeats a reference.
  if (property === 'originalVersionId') return found.values.originalVersion?.split(' ')[1] === value;
  // An address without an account is there to match users by.
  if (found.className === 'ConfluenceUserImpl' && property === 'email') return true;
  // Users were referred to by name before 5.2.
  if (now?.startsWith('ConfluenceUserImpl ')) return exported.objects.get(now)?.values.name === value;
  if (found.className === 'Attachment' && ownProperties[property]) {
    const [name, column] = ownProperties[property];
    return [...exported.objects.values()].some(
      (o) => o.values.content === `Attachment ${found.id}` && o.values.name === name && o.values[column] === value,
    );
  }
  const id = value.split(' ')[1];
  // Nobody can say the class of content that the backup does not hold; one that it does hold is named.
  if (now === `ContentEntityObject ${id}`) return !original.objects.has(value);
  return value === `ContentEntityObject ${id}` && now !== undefined && now.endsWith(` ${id}`) && original.objects.has(now);
}

/** An element that the backup does not hold, or that says itself that it belongs to another. */
function isGone(element: string, owner: string, original: PlainBackup): boolean {
  const child = original.objects.get(element);
  if (!child) return /^\w+ \d+$/.test(element);
  return Object.entries(child.values).some(
    ([name, to]) => ['content', 'containerContent', 'parent'].includes(name) && to !== owner,
  );
}
