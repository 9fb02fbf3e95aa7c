import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backupSite } from '#flows/backup/backup-site.ts';
import { backupSpaces } from '#flows/backup/backup-spaces.ts';
import { copySite } from '#flows/copy-site.ts';
import { v4Path } from '#model/attachment-paths.ts';
import { GeneratedSite } from '#sites/generated/generated-site.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { LiveSiteReader } from '#sites/live/reader/live-site-reader.ts';
import { LiveSiteWriter } from '#sites/live/restore/live-site-writer.ts';
import type { ChunkReader } from '#vault/chunks/chunk-reader.ts';
import { openReader } from '#vault/read-session.ts';
import type { Snapshot } from '#vault/snapshots/snapshot.ts';
import type { Vault } from '#vault/vault.ts';
import { testVault } from '#vault/vault-fixture.ts';
import { comparable, readSite } from '../../../test/support/read-site.ts';
import { TestSites } from '../../../test/support/test-sites.ts';
import { type SnapshotReadOptions, SnapshotSiteReader } from './snapshot-site-reader.ts';

let sites: TestSites;
let site: LiveSite;
let vault: Vault;
let reader: ChunkReader;
let snapshot: Snapshot;

beforeAll(async () => {
  sites = await TestSites.open();
  site = await sites.create();
  const context = await sites.context();
  await copySite(new GeneratedSite({ pages: 300, seed: 11 }), new LiveSiteWriter(site, 'first', context), context);
  // Trash, a file without a row, a row without a file.
  await sites.query(
    site,
    `UPDATE content SET content_status = 'deleted' WHERE contenttype = 'PAGE' AND contentid % 7 = 0 AND prevver IS NULL`,
  );
  const [{ id, version }] = await sites.query(
    site,
    `SELECT contentid AS id, version FROM content WHERE contenttype = 'ATTACHMENT' AND prevver IS NULL ORDER BY 1 LIMIT 1`,
  );
  const stray = join(site.home, 'attachments', v4Path(id, String(Number(version) + 7)));
  await mkdir(dirname(stray), { recursive: true });
  await writeFile(stray, 'stray');
  vault = await testVault();
  snapshot = (await backupSite(site, vault, {}, context)).snapshot;
  reader = await openReader(vault);
});
afterAll(async () => await sites.close());

async function bothWays(options: SnapshotReadOptions, of: Pick<Snapshot, 'contents'> = snapshot) {
  const [liveContext, snapshotContext] = [await sites.context(), await sites.context()];
  const live = await LiveSiteReader.open(site, options, liveContext);
  const expected = await readSite(live);
  await live.close();
  const found = await readSite(await SnapshotSiteReader.open(reader, of, options, snapshotContext));
  const warnings = (context: typeof liveContext) =>
    context.warnings.filter((one) => one.code.startsWith('ATTACHMENT')).map((one) => `${one.code} ${one.object}`);
  return {
    expected: comparable(expected, found),
    found: comparable(found, expected),
    warnings: [warnings(snapshotContext), warnings(liveContext)],
  };
}

describe('a snapshot of a live site', () => {
  it('reads as the site itself: every row of the model and every attachment', async () => {
    const { expected, found, warnings } = await bothWays({});
    expect(found).toEqual(expected);
    expect(warnings[0]).toEqual(warnings[1]);
    expect(warnings[0].length).toBeGreaterThan(0);
    expect(Object.keys(found).length).toBeGreaterThan(20);
  });

  it.each([{ history: false }, { trash: false }, { history: false, trash: false }])(
    'leaves out what is not wanted: %j',
    async (options) => {
      const { expected, found } = await bothWays(options);
      expect(found).toEqual(expected);
    },
  );

  it('gives each space as the site itself does, alone and with others', async () => {
    const { spaces } = await (await SnapshotSiteReader.open(reader, snapshot, {}, await sites.context())).describe();
    expect(spaces.length).toBeGreaterThan(2);
    for (const space of spaces.slice(0, 4)) {
      const { expected, found } = await bothWays({ spaceKeys: [space.key.toLowerCase()] });
      expect(found, space.key).toEqual(expected);
    }
    const two = await bothWays({ spaceKeys: spaces.slice(1, 3).map((space) => space.key), history: false, trash: false });
    expect(two.found).toEqual(two.expected);
  });

  it('that was made of some spaces reads as those spaces', async () => {
    const { spaces } = await (await SnapshotSiteReader.open(reader, snapshot, {}, await sites.context())).describe();
    const spaceKeys = spaces.slice(0, 2).map((space) => space.key);
    const made = await backupSpaces(site, vault, { spaceKeys }, await sites.context());
    reader = await openReader(vault);
    const live = await LiveSiteReader.open(site, { spaceKeys }, await sites.context());
    const expected = await readSite(live);
    await live.close();
    const found = await readSite(await SnapshotSiteReader.open(reader, made.snapshot, {}, await sites.context()));
    expect(comparable(found, expected)).toEqual(comparable(expected, found));
  });

  it('has no space that is not there', async () => {
    await expect(bothWays({ spaceKeys: ['NOPE'] })).rejects.toMatchObject({ code: 'SPACE_NOT_FOUND' });
    await expect(SnapshotSiteReader.open(reader, snapshot, { spaceKeys: ['NOPE'] }, await sites.context())).rejects.toMatchObject(
      { code: 'SPACE_NOT_FOUND' },
    );
  });
});
