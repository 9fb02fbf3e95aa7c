import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backupSite } from '#flows/backup/backup-site.ts';
import { copySite } from '#flows/copy-site.ts';
import { GeneratedSite } from '#sites/generated/generated-site.ts';
import { LiveSiteWriter } from '#sites/live/restore/live-site-writer.ts';
import { checkVault } from '#vault/maintenance/check.ts';
import { openReader } from '#vault/read-session.ts';
import { MemoryStore } from '#vault/store/memory-store.ts';
import { testVault } from '#vault/vault-fixture.ts';
import { TestSites } from '../../../test/support/test-sites.ts';
import { locateDamage } from './locate-damage.ts';

let sites: TestSites;
beforeAll(async () => {
  sites = await TestSites.open();
});
afterAll(async () => await sites.close());

describe('damage in a vault', () => {
  it('is named by the spaces and pages that it touches', async () => {
    const site = await sites.create();
    const context = await sites.context();
    await copySite(new GeneratedSite({ pages: 800, seed: 21 }), new LiveSiteWriter(site, 'first', context), context);
    const store = new MemoryStore();
    const vault = await testVault(store);
    const { snapshot } = await backupSite(site, vault, {}, context);
    const titles = new Map(
      (await sites.query(site, 'SELECT contentid AS id, title FROM content')).map((row) => [row.id, row.title as string | null]),
    );
    const touched = new Set<string>();
    let located = 0;
    for (const [key, pack] of [...store.objects].filter(([name]) => name.startsWith('packs/'))) {
      for (const at of [0.1, 0.3, 0.5, 0.7, 0.9]) {
        const damaged = Buffer.from(pack);
        damaged[Math.floor(damaged.length * at)] ^= 4;
        store.objects.set(key, damaged);
        const { damage } = await checkVault(vault, { data: 1, random: () => 0 }, context);
        expect(damage.map((one) => one.snapshot)).toEqual([snapshot.id]);
        for (const one of await locateDamage(vault, await openReader(vault), damage)) {
          expect(one.whole || one.pages.length + one.other.length > 0).toBe(true);
          for (const page of one.pages) {
            expect(page.title).toBe(titles.get(page.id));
            expect(page.lost.length).toBeGreaterThan(0);
            if (page.space !== null) expect(one.spaces).toContain(page.space);
            touched.add(page.id);
          }
          if (one.pages.length > 0) located++;
        }
      }
      store.objects.set(key, pack);
    }
    expect(located).toBeGreaterThan(0);
    expect(touched.size).toBeGreaterThan(0);
  });

  it('of rows of content is named from another snapshot that still has them', async () => {
    const site = await sites.create();
    const context = await sites.context();
    await copySite(new GeneratedSite({ pages: 50, seed: 22 }), new LiveSiteWriter(site, 'first', context), context);
    const vault = await testVault();
    const older = (await backupSite(site, vault, {}, context)).snapshot;
    const [{ id, title }] = await sites.query(
      site,
      `SELECT contentid AS id, title FROM content WHERE contenttype = 'PAGE' AND prevver IS NULL ORDER BY 1 OFFSET 5 LIMIT 1`,
    );
    const damage = {
      snapshot: older.id,
      time: older.time,
      whole: false,
      rows: [{ table: 'content', after: String(Number(id) - 1), upTo: id, rows: 1 }],
      files: [],
      fileRanges: [],
      documents: ['fingerprints'],
      total: { rows: 1, rowRanges: 1, files: 0, documents: 1 },
    };
    await sites.query(site, `UPDATE content SET title = title WHERE contentid = ${id}`);
    await backupSite(site, vault, {}, context);
    const [located] = await locateDamage(vault, await openReader(vault), [damage]);
    expect(located.pages).toMatchObject([{ id, title, lost: ['content'] }]);
    expect(located.other).toEqual(['the document fingerprints']);
  });
});
