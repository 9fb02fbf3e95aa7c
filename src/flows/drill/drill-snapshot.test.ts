import { rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backupSite } from '#flows/backup/backup-site.ts';
import { backupSpaces } from '#flows/backup/backup-spaces.ts';
import { copySite } from '#flows/copy-site.ts';
import { GeneratedSite } from '#sites/generated/generated-site.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { LiveSiteWriter } from '#sites/live/restore/live-site-writer.ts';
import { findSnapshot } from '#vault/snapshots/list-snapshots.ts';
import { MemoryStore } from '#vault/store/memory-store.ts';
import type { Vault } from '#vault/vault.ts';
import { testVault } from '#vault/vault-fixture.ts';
import { TestSites } from '../../../test/support/test-sites.ts';
import { drillSnapshot } from './drill-snapshot.ts';

let sites: TestSites;
let site: LiveSite;
let dropped: string[] = [];
const words = { duration: (seconds: number) => `${Math.round(seconds)} s` };

beforeAll(async () => {
  sites = await TestSites.open();
  site = await sites.create();
  const context = await sites.context();
  await copySite(new GeneratedSite({ pages: 200, seed: 9 }), new LiveSiteWriter(site, 'first', context), context);
  await sites.query(
    site,
    'CREATE TABLE public."AO_7_X" ("ID" serial PRIMARY KEY, "T" text DEFAULT \'t\'); INSERT INTO "AO_7_X" DEFAULT VALUES',
  );
  await mkdir(join(site.home, 'keys'));
  await writeFile(join(site.home, 'keys', 'aes'), 'secret key');
});
afterAll(async () => await sites.close());

async function makeSandbox(spoil: (sandbox: LiveSite) => Promise<void> = async () => {}) {
  const sandbox = await sites.create();
  return {
    site: sandbox,
    async drop() {
      await spoil(sandbox);
      dropped.push(sandbox.name);
    },
  };
}

async function drill(vault: Vault, id: string) {
  dropped = [];
  const snapshot = await findSnapshot(vault, id);
  return await drillSnapshot(vault, snapshot, () => makeSandbox(), words, await sites.context());
}

describe('a drill', () => {
  it('proves that a snapshot of a whole site restores, row for row and file for file, and remembers it', async () => {
    const vault = await testVault();
    const { snapshot } = await backupSite(site, vault, {}, await sites.context());
    const report = await drill(vault, snapshot.id);
    expect([report.ok, report.result]).toEqual([true, expect.stringMatching(/^this backup restores; it takes \d+ s$/)]);
    expect(report.differences).toMatchObject({ equal: true, tables: {}, files: { added: 0, changed: 0, removed: 0 } });
    expect(dropped.length).toBe(1);
    const [record] = (await findSnapshot(vault, snapshot.id)).drills;
    expect(record).toMatchObject({ ok: true, result: report.result });
  });

  it('proves that a snapshot of spaces restores', async () => {
    const vault = await testVault();
    const spaceKeys = (await sites.query(site, 'SELECT spacekey AS key FROM spaces ORDER BY 1 LIMIT 2')).map((row) => row.key);
    const { snapshot } = await backupSpaces(site, vault, { spaceKeys }, await sites.context());
    expect(await drill(vault, snapshot.id)).toMatchObject({ ok: true });
  });

  it('says that a snapshot does not restore when a part of it is damaged, and drops the sandbox all the same', async () => {
    const store = new MemoryStore();
    const vault = await testVault(store);
    const { snapshot } = await backupSite(site, vault, {}, await sites.context());
    const [name, pack] = [...store.objects]
      .filter(([key]) => key.startsWith('packs/'))
      .sort((a, b) => b[1].length - a[1].length)[0];
    const damaged = Buffer.from(pack);
    damaged[damaged.length >> 1] ^= 1;
    store.objects.set(name, damaged);
    const report = await drill(vault, snapshot.id);
    expect([report.ok, report.result]).toEqual([false, expect.stringContaining('DOES NOT RESTORE')]);
    expect(dropped.length).toBe(1);
    expect((await findSnapshot(vault, snapshot.id)).drills.at(-1)?.ok).toBe(false);
  });

  it('finds a file that is not what it should be', async () => {
    const vault = await testVault();
    const path = join(site.home, 'logos', 'logo.png');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, 'logo');
    const { snapshot } = await backupSite(site, vault, {}, await sites.context());
    const sandbox = await makeSandbox();
    // The moment the restore is done, a file of it disappears.
    const warned: string[] = [];
    const context = await sites.context();
    const spoiling = {
      ...context,
      progress: ({ phase }: { phase: string }) => {
        if (phase === 'done') warned.push(phase);
      },
      now: () => {
        if (warned.length > 0) rmSync(join(sandbox.site.home, 'logos'), { recursive: true, force: true });
        return context.now();
      },
    };
    const report = await drillSnapshot(vault, await findSnapshot(vault, snapshot.id), async () => sandbox, words, spoiling);
    expect(report).toMatchObject({ ok: false, differences: { files: { removed: 1 } } });
  });
});
