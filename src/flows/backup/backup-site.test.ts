import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copySite } from '#flows/copy-site.ts';
import { GeneratedSite } from '#sites/generated/generated-site.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { LiveSiteWriter } from '#sites/live/restore/live-site-writer.ts';
import { openReader } from '#vault/read-session.ts';
import { readContents } from '#vault/snapshots/list-snapshots.ts';
import type { SnapshotContents } from '#vault/snapshots/snapshot.ts';
import { MemoryStore } from '#vault/store/memory-store.ts';
import type { Vault } from '#vault/vault.ts';
import { testVault } from '#vault/vault-fixture.ts';
import { TestSites } from '../../../test/support/test-sites.ts';
import { type BackupOptions, backupSite } from './backup-site.ts';

/** Numbers that the same seed gives again. */
class Prng {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, n). */
  below(n: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * n);
  }
}

let sites: TestSites;
let source: LiveSite;

beforeAll(async () => {
  sites = await TestSites.open();
  source = await sites.create();
  const context = await sites.context();
  await copySite(new GeneratedSite({ pages: 600, seed: 7 }), new LiveSiteWriter(source, 'first', context), context);
  await sites.query(source, 'DROP SCHEMA oxbow_before_first CASCADE');
  await sites.query(
    source,
    `CREATE TABLE public."AO_1_THING" ("ID" serial PRIMARY KEY, "NAME" text, "LEN" int GENERATED ALWAYS AS (length("NAME")) STORED)`,
  );
  await sites.query(source, `INSERT INTO "AO_1_THING" ("NAME") SELECT 'thing ' || i FROM generate_series(1, 3000) i`);
  await sites.query(
    source,
    `CREATE TABLE public."AO_1_LOOSE" (a text, b text); INSERT INTO "AO_1_LOOSE" SELECT md5(i::text), NULL FROM generate_series(1, 500) i`,
  );
});
afterAll(async () => await sites.close());

async function backup(site: LiveSite, vault: Vault, options: BackupOptions = {}) {
  return await backupSite(site, vault, options, await sites.context());
}

async function contentsOf(vault: Vault, contents: string): Promise<SnapshotContents> {
  return await readContents(await openReader(vault), { contents });
}

/** Root of every tree: equal roots are equal rows. */
async function roots(vault: Vault, contents: string): Promise<Record<string, string | null>> {
  const { tables, files } = await contentsOf(vault, contents);
  return Object.fromEntries([['', files.id], ...tables.map((table) => [table.name, table.tree.id])]);
}

describe('an incremental backup', () => {
  it('is the same as a full one after every kind of change, and reads only what changed', async () => {
    const site = await sites.create(source);
    const vault = await testVault(new MemoryStore());
    const first = await backup(site, vault);
    expect(first.fullReason).toBe('this is the first backup of the site');
    const unchanged = await backup(site, vault);
    expect(unchanged.fullReason).toBeNull();
    expect(unchanged.rowsRead).toBeLessThan(700);
    expect(unchanged.filesRead).toBe(0);
    expect(await roots(vault, unchanged.snapshot.contents)).toEqual(await roots(vault, first.snapshot.contents));

    const changes = [
      `UPDATE content SET title = title || ' edited' WHERE contentid % 37 = 0`,
      `UPDATE bodycontent SET body = body || '<p>more</p>' WHERE bodycontentid % 101 = 0`,
      `DELETE FROM contentproperties WHERE propertyid % 53 = 0`,
      `INSERT INTO "AO_1_THING" ("NAME") SELECT 'new ' || i FROM generate_series(1, 40) i; DELETE FROM "AO_1_THING" WHERE "ID" BETWEEN 100 AND 900`,
      `VACUUM FULL content`,
      `CLUSTER bodycontent USING bodycontent_pkey`,
      `ALTER TABLE content ADD COLUMN extra text DEFAULT 'x'`,
      `ALTER TABLE "AO_1_THING" DROP COLUMN "NAME" CASCADE; ALTER TABLE "AO_1_THING" ADD COLUMN "NAME" text DEFAULT 'again'`,
      `CREATE TABLE public.copy AS TABLE likes; DROP TABLE likes; ALTER TABLE copy RENAME TO likes; ALTER TABLE likes ADD PRIMARY KEY (id)`,
      `UPDATE "AO_1_LOOSE" SET b = 'b' WHERE a < '3'`,
      `DELETE FROM confancestors`,
      `VACUUM`,
      `TRUNCATE "AO_1_THING"`,
    ];
    for (const change of changes) {
      for (const statement of change.split('; ')) await sites.query(site, statement);
      const incremental = await backup(site, vault);
      const full = await backup(site, vault, { full: true });
      expect(await roots(vault, incremental.snapshot.contents), change).toEqual(await roots(vault, full.snapshot.contents));
      expect(full.snapshot.statistics.newBytes, change).toBeLessThan(100_000);
    }
  });

  it('is the same as a full one after random edits', async () => {
    const site = await sites.create(source);
    const vault = await testVault(new MemoryStore());
    await backup(site, vault);
    const seed = Math.floor(Math.random() * 1e9);
    const random = new Prng(seed);
    const below = (n: number) => random.below(n);
    const keys: Record<string, string> = {
      content: 'contentid',
      bodycontent: 'bodycontentid',
      contentproperties: 'propertyid',
      likes: 'id',
    };
    for (let round = 0; round < 8; round++) {
      for (let edit = 0; edit < 1 + below(6); edit++) {
        const table = Object.keys(keys)[below(4)];
        const key = keys[table];
        const some = `${key} IN (SELECT ${key} FROM ${table} ORDER BY md5(${key}::text || '${below(1e6)}') LIMIT ${1 + below(30)})`;
        const statements = [
          `UPDATE ${table} SET ${key} = ${key} WHERE ${some}`,
          `DELETE FROM likes WHERE ${some.replaceAll(key, 'id').replaceAll(table, 'likes')}`,
          `UPDATE bodycontent SET body = md5(random()::text) WHERE contentid IN (SELECT contentid FROM content ORDER BY md5(contentid::text || '${below(1e6)}') LIMIT ${1 + below(20)})`,
          `INSERT INTO likes (id, contentid, username, creationdate) SELECT ${9e8 + below(1e6) * 100} + i, contentid, creator, now()
           FROM (SELECT contentid, creator, row_number() OVER () AS i FROM content WHERE creator IS NOT NULL ORDER BY contentid LIMIT ${below(40)}) c ON CONFLICT DO NOTHING`,
          'VACUUM likes',
        ];
        await sites.query(site, statements[below(statements.length)]);
      }
      const incremental = await backup(site, vault);
      const full = await backup(site, vault, { full: true });
      expect(await roots(vault, incremental.snapshot.contents), `seed ${seed}, round ${round}`).toEqual(
        await roots(vault, full.snapshot.contents),
      );
    }
  });

  it('reads everything when the database is another one of the same name', async () => {
    const site = await sites.create(source);
    const vault = await testVault(new MemoryStore());
    await backup(site, vault);
    const restored = { ...(await sites.create(site)), name: site.name };
    await sites.query(restored, `UPDATE content SET title = 'other' WHERE contentid % 5 = 0`);
    const after = await backup(restored, vault);
    expect(after.fullReason).toBe('the database was created anew');
    expect(await roots(vault, after.snapshot.contents)).toEqual(
      await roots(vault, (await backup(restored, vault, { full: true })).snapshot.contents),
    );
  });

  it('reads a table again once its last full read is too long ago', async () => {
    const site = await sites.create(source);
    const vault = await testVault(new MemoryStore());
    const first = await backup(site, vault);
    const soon = await backup(site, vault);
    const late = await backup(site, vault, { fullReadDays: 0 });
    expect(soon.rowsRead).toBeLessThan(700);
    expect(late.rowsRead).toBe(first.rowsRead);
  });

  it('takes files that are new or changed, and no others', async () => {
    const site = await sites.create(source);
    const vault = await testVault(new MemoryStore());
    await mkdir(join(site.home, 'attachments/v4/1/2/3'), { recursive: true });
    await writeFile(join(site.home, 'confluence.cfg.xml'), '<confluence-configuration/>');
    await writeFile(join(site.home, 'attachments/v4/1/2/3/3.1'), 'one');
    await mkdir(join(site.home, 'plugins-cache'));
    await writeFile(join(site.home, 'plugins-cache/x.jar'), 'cache');
    const first = await backup(site, vault);
    expect(first.filesRead).toBe(2);
    expect(first.warnings.find((group) => group.code === 'ATTACHMENT_ROW_MISSING')?.examples[0].object).toBe('Attachment 3');
    await writeFile(join(site.home, 'attachments/v4/1/2/3/3.2'), 'two');
    await writeFile(join(site.home, 'confluence.cfg.xml'), '<confluence-configuration />');
    await utimes(join(site.home, 'attachments/v4/1/2/3/3.1'), new Date(), new Date());
    expect((await backup(site, vault)).filesRead).toBe(3);
    await rm(join(site.home, 'attachments/v4/1/2/3/3.1'));
    const last = await backup(site, vault);
    expect([last.filesRead, last.snapshot.statistics.files]).toEqual([0, 2]);
  });
});
