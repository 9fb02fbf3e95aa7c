import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateLiveSite } from '#flows/generate/generate-site.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { dropPreviousSite } from '#sites/live/restore/rollback.ts';
import { checkVault } from '#vault/maintenance/check.ts';
import { forgetSnapshots } from '#vault/maintenance/forget.ts';
import { prune } from '#vault/maintenance/prune.ts';
import { openReader } from '#vault/read-session.ts';
import { listSnapshots, readContents } from '#vault/snapshots/list-snapshots.ts';
import { openStore } from '#vault/store/open-store.ts';
import { openVault, type Vault } from '#vault/vault.ts';
import { holder, passphrase, testVault } from '#vault/vault-fixture.ts';
import { TestSites } from '../../../test/support/test-sites.ts';
import { backupSite } from './backup-site.ts';

let sites: TestSites;
let site: LiveSite;
const disks: string[] = [];

beforeAll(async () => {
  sites = await TestSites.open();
  site = await sites.create();
  await generateLiveSite({ pages: 20, seed: 5, attachmentBytes: 100_000 }, site, await sites.context());
  await dropPreviousSite(site);
});
afterAll(async () => {
  for (const disk of disks) execFileSync('umount', [disk]);
  await sites.close();
});

/** A disk of so many bytes; null where this machine does not allow to mount one. */
async function smallDisk(name: string, bytes: number): Promise<string | null> {
  const disk = join(sites.folder, name);
  await mkdir(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'oxbow-test', disk], { stdio: 'ignore' });
  } catch {
    return null;
  }
  disks.push(disk);
  return disk;
}

/** Bytes that do not compress, in the home of the site. */
async function addFile(name: string, length: number): Promise<void> {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 32) createHash('sha256').update(`${name} ${at}`).digest().copy(bytes, at);
  await writeFile(join(site.home, 'attachments', name), bytes);
}

async function rootsOf(vault: Vault, contents: string): Promise<string> {
  const { tables, files } = await readContents(await openReader(vault), { contents });
  return JSON.stringify([files, ...tables.map(({ name, tree }) => [name, tree])]);
}

async function expectSound(vault: Vault): Promise<void> {
  const { problems, damage } = await checkVault(vault, { data: 1, random: () => 0 }, await sites.context());
  expect([problems, damage]).toEqual([[], []]);
}

describe('a backup on a full disk', () => {
  it('of the vault makes nothing visible, and goes on from what was stored when there is room', async ({ skip }) => {
    const disk = await smallDisk('vault-disk', 48_000_000);
    if (disk === null) return skip('this machine does not allow to mount a small disk');
    const store = await openStore(join(disk, 'vault'), { create: true, now: () => new Date() }, {});
    const vault = await testVault(store);
    const earlier = (await backupSite(site, vault, {}, await sites.context())).snapshot;
    const roots = await rootsOf(vault, earlier.contents);
    for (let i = 0; i < 6; i++) await addFile(`large-${i}`, 10_000_000);
    const context = await sites.context();
    await expect(backupSite(site, vault, {}, context)).rejects.toMatchObject({ code: 'STORE_FULL' });
    expect(await readdir(context.workFolder)).toEqual([]);
    expect((await listSnapshots(vault)).snapshots.map(({ id }) => id)).toEqual([earlier.id]);
    expect(await rootsOf(vault, earlier.contents)).toBe(roots);
    expect(await readdir(join(disk, 'vault', 'tmp'))).toEqual([]);
    await expectSound(vault);
    // Still full: it fails again, and nothing becomes worse.
    await expect(backupSite(site, vault, {}, await sites.context())).rejects.toMatchObject({ code: 'STORE_FULL' });
    await expectSound(vault);
    execFileSync('mount', ['-o', 'remount,size=200m', disk]);
    const { snapshot } = await backupSite(site, vault, {}, await sites.context());
    // One pack at least was stored before the disk was full.
    expect(snapshot.statistics.newBytes).toBeLessThan(60_000_000 - 14_000_000);
    expect((await listSnapshots(vault)).snapshots.map(({ id }) => id)).toEqual([earlier.id, snapshot.id]);
    await expectSound(vault);
  });

  it('of the vault can be mended by a prune, which needs no room to speak of', async ({ skip }) => {
    const disk = await smallDisk('pruned-disk', 40_000_000);
    if (disk === null) return skip('this machine does not allow to mount a small disk');
    const store = await openStore(join(disk, 'vault'), { create: true, now: () => new Date() }, {});
    const vault = await testVault(store);
    for (let i = 0; i < 6; i++) await rm(join(site.home, 'attachments', `large-${i}`), { force: true });
    const earlier = (await backupSite(site, vault, {}, await sites.context())).snapshot;
    for (let i = 0; i < 6; i++) await addFile(`large-${i}`, 10_000_000);
    await expect(backupSite(site, vault, {}, await sites.context())).rejects.toMatchObject({ code: 'STORE_FULL' });
    for (let i = 0; i < 6; i++) await rm(join(site.home, 'attachments', `large-${i}`));
    const { removed } = await prune(vault, {}, await sites.context());
    expect(removed.bytes).toBeGreaterThan(14_000_000);
    const { snapshot } = await backupSite(site, vault, {}, await sites.context());
    expect((await listSnapshots(vault)).snapshots.map(({ id }) => id)).toEqual([earlier.id, snapshot.id]);
    await expectSound(vault);
  });

  it('of the vault with not one byte left can still be forgotten from and pruned', async ({ skip }) => {
    const disk = await smallDisk('brimful-disk', 60_000_000);
    if (disk === null) return skip('this machine does not allow to mount a small disk');
    const path = join(disk, 'vault');
    const first = await openStore(path, { create: true, now: () => new Date() }, {});
    await testVault(first);
    await first.close();
    const vault = await openVault(await openStore(path, { now: () => new Date() }, {}), passphrase, holder);
    await addFile('large', 10_000_000);
    await backupSite(site, vault, {}, await sites.context());
    await rm(join(site.home, 'attachments', 'large'));
    const later = (await backupSite(site, vault, {}, await sites.context())).snapshot;
    const filler = await open(join(disk, 'filler'), 'w');
    for (const size of [1_000_000, 4096, 1]) while ((await filler.write(Buffer.alloc(size)).catch(() => null)) !== null);
    await filler.close();
    await forgetSnapshots(vault, (await listSnapshots(vault)).snapshots.slice(0, 1));
    const { removed } = await prune(vault, {}, await sites.context());
    expect(removed.bytes).toBeGreaterThan(9_000_000);
    expect((await listSnapshots(vault)).snapshots.map(({ id }) => id)).toEqual([later.id]);
    await expectSound(vault);
    // With room again the reserve is made again.
    await openStore(path, { now: () => new Date() }, {});
    expect(await readdir(join(path, 'tmp'))).toEqual(['reserve']);
  });

  it('of the work folder says so by DISK_FULL, and makes nothing visible', async ({ skip }) => {
    const disk = await smallDisk('work-disk', 64 * 1024);
    if (disk === null) return skip('this machine does not allow to mount a small disk');
    const vault = await testVault();
    const earlier = (await backupSite(site, vault, {}, await sites.context())).snapshot;
    await writeFile(join(disk, 'filler'), Buffer.alloc(64 * 1024));
    await sites.query(site, `UPDATE content SET title = title || ' edited'`);
    for (const full of [true, false]) {
      const context = { ...(await sites.context()), workFolder: disk };
      await expect(backupSite(site, vault, { full, readers: full ? 1 : 2 }, context)).rejects.toMatchObject({
        code: 'DISK_FULL',
      });
      expect(await readdir(disk)).toEqual(['filler']);
      expect((await listSnapshots(vault)).snapshots.map(({ id }) => id)).toEqual([earlier.id]);
    }
    // With some room another file is the one that finds none.
    for (const room of [4096, 8192, 16_384, 32_768]) {
      await writeFile(join(disk, 'filler'), Buffer.alloc(64 * 1024 - room));
      const context = { ...(await sites.context()), workFolder: disk };
      const code = await backupSite(site, vault, { full: room > 8192, readers: room > 8192 ? 2 : 1 }, context).then(
        () => 'done',
        (error: { code?: string }) => error.code,
      );
      expect(['done', 'DISK_FULL']).toContain(code);
      expect(await readdir(disk)).toEqual(['filler']);
      if (code === 'done') break;
    }
    await rm(join(disk, 'filler'));
    execFileSync('mount', ['-o', 'remount,size=100m', disk]);
    const before = (await listSnapshots(vault)).snapshots.length;
    await backupSite(site, vault, {}, { ...(await sites.context()), workFolder: disk });
    expect((await listSnapshots(vault)).snapshots).toHaveLength(before + 1);
    await expectSound(vault);
  });
});
