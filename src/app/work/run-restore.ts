import { restoreBackup } from '#flows/restore/restore-backup.ts';
import type { RestoreReport } from '#flows/restore/restore-report.ts';
import { restoreSnapshot } from '#flows/restore/restore-snapshot.ts';
import type { WholeRestoreReport } from '#flows/restore/restore-whole.ts';
import { readTarget } from '#sites/live/reader/read-target.ts';
import { findSnapshot } from '#vault/snapshots/list-snapshots.ts';
import { mustBeKind } from '../jobs/backup-file-facts.ts';
import type { RestoreFileRequest, RestoreSnapshotRequest, SpaceRestoreChoice } from '../jobs/job-request.ts';
import { findRestoreFile } from '../jobs/restore-files.ts';
import { writeSafetyBackup } from '../safety-backup.ts';
import { type OpenedSite, openRegisteredSite } from '../sites/open-registered-site.ts';
import { withRegisteredVault } from '../vaults/registered-vaults.ts';
import type { JobEnd, JobRun } from './job-run.ts';

/** Confluence's own two: restores a file of restore/site or restore/space. */
export async function runRestoreFile(run: JobRun<RestoreFileRequest>): Promise<JobEnd> {
  const { app, request, context } = run;
  const opened = await openRegisteredSite(app, request.site);
  try {
    const isSite = request.type === 'site-restore';
    const file = await findRestoreFile(opened, isSite ? 'SITE' : 'SPACE', request.fileName);
    await mustBeKind(file.path, isSite ? 'site' : 'space');
    run.log(`Restoring ${file.path} into ${request.site}`);
    const report = await restoreBackup(
      file.path,
      opened.site,
      {
        ...choiceOf(run, opened, request),
        acceptVersion: request.acceptVersion === true,
        dryRun: request.dryRun === true,
        appData: request.withoutAppData !== true,
      },
      context,
    );
    return endOf(report);
  } finally {
    await opened.close();
  }
}

export async function runRestoreSnapshot(run: JobRun<RestoreSnapshotRequest>): Promise<JobEnd> {
  const { app, request, context } = run;
  const opened = await openRegisteredSite(app, request.site);
  try {
    return await withRegisteredVault(app, request.vault, async (vault) => {
      const snapshot = await findSnapshot(vault, request.snapshot);
      run.log(`Restoring snapshot ${snapshot.id} into ${request.site}`);
      const report = await restoreSnapshot(
        vault,
        snapshot,
        opened.site,
        {
          ...choiceOf(run, opened, request),
          dryRun: request.dryRun === true,
          acceptVersion: request.acceptVersion === true,
          install: null,
          localHome: null,
          ...(request.stagingCopy ? { stagingCopy: request.stagingCopy } : {}),
        },
        context,
      );
      return { ...endOf(report), snapshotId: snapshot.id };
    });
  } finally {
    await opened.close();
  }
}

/** Finishes or clears what a restore that was killed left in the site: opening it as a target does. */
export async function finishLeftovers(opened: OpenedSite): Promise<void> {
  await readTarget(opened.site);
}

function choiceOf(run: JobRun<unknown>, { site }: OpenedSite, request: SpaceRestoreChoice) {
  return {
    spaceKeys: request.spaceKeys ?? [],
    replace: request.replace === true,
    skipExisting: request.skipExisting === true,
    groups: (request.groups ?? []).map(({ from, to }) => ({ backupGroup: from, siteGroup: to })),
    users: (request.users ?? []).map(({ from, to }) => ({ backupUser: from, siteUser: to })),
    ...(request.asKey ? { asKey: request.asKey } : {}),
    safetyBackup: (spaceKeys: string[]) => writeSafetyBackup(site, spaceKeys, run.context),
  };
}

function endOf(report: RestoreReport | WholeRestoreReport): JobEnd {
  const warnings = report.warnings.map(({ code, count }) => ({ code, count }));
  if ('snapshot' in report) {
    const { rows } = report;
    return {
      result: { ...report, warnings },
      records: { total: rows, processed: rows, persisted: rows },
      bytesProcessed: report.fileBytes,
    };
  }
  const { records, skipped, ...rest } = report;
  return {
    // Skipped records lie in a table of their own, all of them.
    result: { ...rest, records, skipped: skipped.length, warnings },
    records: {
      total: records.processed,
      processed: records.processed,
      persisted: records.persisted,
      reused: records.reused,
      skipped: records.skipped,
    },
  };
}
