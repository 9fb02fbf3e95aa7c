import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backupSite } from '#flows/backup/backup-site.ts';
import { importBackup } from '#flows/backup/import-backup.ts';
import { copySite } from '#flows/copy-site.ts';
import { exportBackup } from '#flows/export/export-backup.ts';
import { exportSnapshot } from '#flows/export/export-snapshot.ts';
import { restoreBackup } from '#flows/restore/restore-backup.ts';
import { restoreSnapshot } from '#flows/restore/restore-snapshot.ts';
import { GeneratedSite } from '#sites/generated/generated-site.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { LiveSiteReader } from '#sites/live/reader/live-site-reader.ts';
import { LiveSiteWriter } from '#sites/live/restore/live-site-writer.ts';
import { SnapshotSiteReader } from '#sites/snapshot/snapshot-site-reader.ts';
import { XmlSiteReader } from '#sites/xml/reader/xml-site-reader.ts';
import { copySnapshots } from '#vault/maintenance/copy-snapshots.ts';
import { openReader } from '#vault/read-session.ts';
import { findSnapshot, type ListedSnapshot } from '#vault/snapshots/list-snapshots.ts';
import type { Vault } from '#vault/vault.ts';
import { testVault } from '#vault/vault-fixture.ts';
import { comparable, type ReadSite, readSite } from './support/read-site.ts';
import { TestSites } from './support/test-sites.ts';

// The law of Oxbow: read(copy(A -> B)) = read(A), whatever kinds of site A and B are.

interface InVault {
  vault: Vault;
  snapshot: ListedSnapshot;
}

let sites: TestSites;
let live: LiveSite;
let zip: string;
let ofLive: InVault;
let ofZip: InVault;

beforeAll(async () => {
  sites = await TestSites.open();
  live = await sites.create();
  const context = await sites.context();
  await copySite(new GeneratedSite({ pages: 250, seed: 3 }), new LiveSiteWriter(live, 'first', context), context);
  zip = await exported('live', (path) => exportBackup(live, path, {}, context, sizeOf));
  const vault = await testVault();
  ofLive = await inVault(vault, (await backupSite(live, vault, {}, context)).snapshot.id);
  ofZip = await inVault(vault, (await importBackup(zip, vault, { siteName: 'zip' }, context)).snapshot.id);
});
afterAll(async () => await sites.close());

const sizeOf = async (path: string) => (await stat(path)).size;

async function exported(name: string, write: (path: string) => Promise<unknown>): Promise<string> {
  const folder = join(sites.folder, 'exports');
  await mkdir(folder, { recursive: true });
  await write(join(folder, `${name}.zip`));
  return join(folder, `${name}.zip`);
}

async function inVault(vault: Vault, id: string): Promise<InVault> {
  return { vault, snapshot: await findSnapshot(vault, id) };
}

async function readLive(site: LiveSite): Promise<ReadSite> {
  const reader = await LiveSiteReader.open(site, {}, await sites.context());
  try {
    return await readSite(reader);
  } finally {
    await reader.close();
  }
}

async function readZip(path: string): Promise<ReadSite> {
  const reader = await XmlSiteReader.open(path, { appData: true }, await sites.context());
  try {
    return await readSite(reader);
  } finally {
    await reader.close();
  }
}

async function readSnapshot({ vault, snapshot }: InVault): Promise<ReadSite> {
  return await readSite(await SnapshotSiteReader.open(await openReader(vault), snapshot, {}, await sites.context()));
}

function expectEqual(copy: ReadSite, original: ReadSite): void {
  expect(Object.keys(comparable(original, copy)).length).toBeGreaterThan(20);
  expect(comparable(copy, original)).toEqual(comparable(original, copy));
}

async function copyToOther({ vault, snapshot }: InVault): Promise<InVault> {
  const other = await testVault();
  const report = await copySnapshots(vault, other, [snapshot], await sites.context());
  return await inVault(other, report.copied[0].to);
}

async function restored({ vault, snapshot }: InVault): Promise<LiveSite> {
  const site = await sites.create();
  await restoreSnapshot(vault, snapshot, site, { acceptVersion: true }, await sites.context());
  return site;
}

async function exportedSnapshot(name: string, { vault, snapshot }: InVault): Promise<string> {
  return await exported(name, async (path) => exportSnapshot(vault, snapshot, path, {}, await sites.context(), sizeOf));
}

describe('a copy reads as its original', () => {
  it('from a live site to an XML backup', async () => {
    expectEqual(await readZip(zip), await readLive(live));
  });

  it('from a live site to a snapshot', async () => {
    expectEqual(await readSnapshot(ofLive), await readLive(live));
  });

  it('from an XML backup to a live site', async () => {
    const site = await sites.create();
    await restoreBackup(zip, site, { acceptVersion: true }, await sites.context());
    expectEqual(await readLive(site), await readZip(zip));
  });

  it('from an XML backup to a snapshot', async () => {
    expectEqual(await readSnapshot(ofZip), await readZip(zip));
  });

  it('from a snapshot of a live site to a live site', async () => {
    expectEqual(await readLive(await restored(ofLive)), await readSnapshot(ofLive));
  });

  it('from a snapshot of an XML backup to a live site', async () => {
    expectEqual(await readLive(await restored(ofZip)), await readSnapshot(ofZip));
  });

  it('from a snapshot of a live site to an XML backup', async () => {
    expectEqual(await readZip(await exportedSnapshot('of-live', ofLive)), await readSnapshot(ofLive));
  });

  it('from a snapshot of an XML backup to an XML backup', async () => {
    expectEqual(await readZip(await exportedSnapshot('of-zip', ofZip)), await readSnapshot(ofZip));
  });

  it('from a snapshot to one in another vault', async () => {
    expectEqual(await readSnapshot(await copyToOther(ofLive)), await readSnapshot(ofLive));
    expectEqual(await readSnapshot(await copyToOther(ofZip)), await readSnapshot(ofZip));
  });

  it('from a live site to a live site, by way of a snapshot', async () => {
    expectEqual(await readLive(await restored(ofLive)), await readLive(live));
  });
});
