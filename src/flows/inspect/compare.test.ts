import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backupSite } from '#flows/backup/backup-site.ts';
import { copySite } from '#flows/copy-site.ts';
import { GeneratedSite } from '#sites/generated/generated-site.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { LiveSiteWriter } from '#sites/live/restore/live-site-writer.ts';
import type { Snapshot } from '#vault/snapshots/snapshot.ts';
import { FaultyStore } from '#vault/store/faulty-store.ts';
import { MemoryStore } from '#vault/store/memory-store.ts';
import type { Vault } from '#vault/vault.ts';
import { testVault } from '#vault/vault-fixture.ts';
import { TestSites } from '../../../test/support/test-sites.ts';
import { compareSnapshots, compareWithSite } from './compare.ts';

let sites: TestSites;
let site: LiveSite;
let vault: Vault;
let store: FaultyStore;
let before: Snapshot;
let page: { id: string; space: string };

beforeAll(async () => {
  sites = await TestSites.open();
  site = await sites.create();
  const context = await sites.context();
  await copySite(new GeneratedSite({ pages: 1500, seed: 5 }), new LiveSiteWriter(site, 'first', context), context);
  await writeFile(join(site.home, 'notes.txt'), 'one');
  store = new FaultyStore(new MemoryStore());
  vault = await testVault(store);
  before = (await backupSite(site, vault, {}, context)).snapshot;
  const [found] = await sites.query(
    site,
    `SELECT c.contentid AS id, s.spacekey AS space FROM content c JOIN spaces s USING (spaceid)
     WHERE contenttype = 'PAGE' AND prevver IS NULL AND content_status = 'current' ORDER BY 1 OFFSET 40 LIMIT 1`,
  );
  page = { id: found.id, space: found.space };
  await sites.query(site, `UPDATE content SET title = 'Changed' WHERE contentid = ${page.id}`);
  await sites.query(site, `UPDATE bodycontent SET body = 'changed' WHERE contentid = ${page.id}`);
  await sites.query(site, `DELETE FROM likes WHERE id IN (SELECT id FROM likes ORDER BY id LIMIT 3)`);
  await sites.query(
    site,
    `INSERT INTO bandana (bandanaid, bandanacontext, bandanakey, bandanavalue) VALUES (999999, '_GLOBAL', 'k', 'v')`,
  );
  await sites.query(site, `CREATE TABLE public."AO_9_NEW" (id int PRIMARY KEY)`);
  await writeFile(join(site.home, 'notes.txt'), 'two!');
  await writeFile(join(site.home, 'more.txt'), 'more');
});
afterAll(async () => await sites.close());

describe('comparing a snapshot', () => {
  it('with the site as it is now names what was added, changed and removed, by table, space and file, and stores nothing', async () => {
    const objects = async () => {
      const keys: string[] = [];
      for await (const { key } of store.list('')) keys.push(key);
      return keys;
    };
    const stored = await objects();
    const report = await compareWithSite(vault, before, site, await sites.context());
    expect(await objects()).toEqual(stored);
    expect(report.tables).toEqual({
      content: { added: 0, changed: 1, removed: 0 },
      bodycontent: { added: 0, changed: 1, removed: 0 },
      likes: { added: 0, changed: 0, removed: 3 },
      bandana: { added: 1, changed: 0, removed: 0 },
    });
    expect(report.tablesAdded).toEqual(['AO_9_NEW']);
    expect(report.spaces[page.space].changed).toBe(2);
    expect(Object.values(report.spaces).reduce((sum, one) => sum + one.removed, 0)).toBe(3);
    expect(report.content).toEqual([{ kind: 'changed', object: `page ${page.id} 'Changed'`, space: page.space }]);
    expect(report.files).toEqual({ added: 1, changed: 1, removed: 0 });
    expect(report.filesNamed).toEqual([
      { kind: 'added', path: 'home/more.txt' },
      { kind: 'changed', path: 'home/notes.txt' },
    ]);
    expect(report.equal).toBe(false);
  });

  it('with a later one gives the same, both ways round, and reads little of either', async () => {
    const context = await sites.context();
    const after = (await backupSite(site, vault, {}, context)).snapshot;
    const reads = () => store.callsByMethod.get ?? 0;
    const [startReads, total] = [reads(), before.statistics.newBytes];
    const report = await compareSnapshots(vault, before, after, context);
    expect(reads() - startReads).toBeLessThan(120);
    expect(total).toBeGreaterThan(1_000_000);
    const back = await compareSnapshots(vault, after, before, context);
    expect(report.tables.likes).toEqual({ added: 0, changed: 0, removed: 3 });
    expect(back.tables.likes).toEqual({ added: 3, changed: 0, removed: 0 });
    expect([report.tablesAdded, back.tablesRemoved]).toEqual([['AO_9_NEW'], ['AO_9_NEW']]);
    expect((await compareSnapshots(vault, after, after, context)).equal).toBe(true);
    expect((await compareWithSite(vault, after, site, context)).equal).toBe(true);
  });
});
