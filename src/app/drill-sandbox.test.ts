import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { backupSite } from '#flows/backup/backup-site.ts';
import { drillSnapshot } from '#flows/drill/drill-snapshot.ts';
import { generateLiveSite } from '#flows/generate/generate-site.ts';
import { listSandboxes } from '#sites/live/sandbox/sandbox.ts';
import { findSnapshot } from '#vault/snapshots/list-snapshots.ts';
import { testVault } from '#vault/vault-fixture.ts';
import { TestSites } from '../../test/support/test-sites.ts';
import { makeDrillSandbox } from './drill-sandbox.ts';

it('a drill proves a snapshot of a newer Confluence than the sandbox is by itself', async () => {
  const data = await mkdtemp(join(tmpdir(), 'oxbow-drill-'));
  const sites = await TestSites.open();
  try {
    const site = await sites.create();
    const context = await sites.context();
    await generateLiveSite({ pages: 10, seed: 3, attachmentBytes: 2000 }, site, context);
    await sites.query(site, `UPDATE public.confversion SET buildnumber = 9111, versiontag = '9.2.1'`);
    const vault = await testVault();
    const { snapshot } = await backupSite(site, vault, {}, context);
    const listed = await findSnapshot(vault, snapshot.id);
    const report = await drillSnapshot(
      vault,
      listed,
      (of) => makeDrillSandbox(data, new Date(), of),
      { duration: String },
      context,
    );
    expect([report.result, report.ok]).toEqual([expect.stringMatching(/^this backup restores/), true]);
    expect(await listSandboxes(data)).toEqual([]);
  } finally {
    await sites.close();
    await rm(data, { recursive: true, force: true });
  }
});
