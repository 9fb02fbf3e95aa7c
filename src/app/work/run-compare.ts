import { compareSnapshots, compareWithSite } from '#flows/inspect/compare.ts';
import { findSnapshot } from '#vault/snapshots/list-snapshots.ts';
import type { CompareRequest } from '../jobs/job-request.ts';
import { openRegisteredSite } from '../sites/open-registered-site.ts';
import { withRegisteredVault } from '../vaults/registered-vaults.ts';
import type { JobEnd, JobRun } from './job-run.ts';

/** What is different between a snapshot and another one, or a site as it is now. */
export async function runCompare({ app, request, context }: JobRun<CompareRequest>): Promise<JobEnd> {
  return await withRegisteredVault(app, request.vault, async (vault) => {
    const first = await findSnapshot(vault, request.snapshot);
    if ('snapshot' in request.with) {
      const second = await findSnapshot(vault, request.with.snapshot);
      return { result: await compareSnapshots(vault, first, second, context), snapshotId: first.id };
    }
    const opened = await openRegisteredSite(app, request.with.site);
    try {
      return { result: await compareWithSite(vault, first, opened.site, context), snapshotId: first.id };
    } finally {
      await opened.close();
    }
  });
}
