import type { BackupReport } from '#flows/backup/backup-report.ts';
import { backupSite } from '#flows/backup/backup-site.ts';
import { backupSpaces } from '#flows/backup/backup-spaces.ts';
import { importBackup } from '#flows/backup/import-backup.ts';
import type { ImportRequest, SnapshotRequest } from '../jobs/job-request.ts';
import { findRestoreFile } from '../jobs/restore-files.ts';
import { openRegisteredSite } from '../sites/open-registered-site.ts';
import { withRegisteredVault } from '../vaults/registered-vaults.ts';
import { syncSnapshots } from '../vaults/sync-snapshots.ts';
import type { JobEnd, JobRun } from './job-run.ts';

/** The production backup: a snapshot of the whole site, or of some spaces. */
export async function runSnapshot(run: JobRun<SnapshotRequest>): Promise<JobEnd> {
  const { app, request, context } = run;
  const opened = await openRegisteredSite(app, request.site);
  try {
    const { registered, site } = opened;
    return await withRegisteredVault(app, request.vault, async (vault) => {
      const tags = request.tags ?? [];
      const spaceKeys = request.spaceKeys ?? [];
      const report =
        spaceKeys.length > 0
          ? await backupSpaces(site, vault, { spaceKeys, tags }, context)
          : await backupSite(
              site,
              vault,
              {
                tags,
                full: request.full === true,
                fullReadDays: 7,
                installFiles: 'changed',
                rateLimit: registered.limitRate,
                readers: registered.readers ?? 2,
              },
              context,
            );
      await syncSnapshots(app, request.vault, vault);
      return endOf(report);
    });
  } finally {
    await opened.close();
  }
}

/** Keeps an XML backup of the restore folder in the vault. */
export async function runImport(run: JobRun<ImportRequest>): Promise<JobEnd> {
  const { app, request, context } = run;
  const opened = await openRegisteredSite(app, request.site);
  try {
    const file = await findRestoreFile(opened, request.scope, request.fileName);
    return await withRegisteredVault(app, request.vault, async (vault) => {
      const report = await importBackup(file.path, vault, { tags: request.tags ?? [], siteName: request.site }, context);
      await syncSnapshots(app, request.vault, vault);
      return endOf(report);
    });
  } finally {
    await opened.close();
  }
}

function endOf(report: BackupReport): JobEnd {
  const { rows, rowBytes, fileBytes } = report.snapshot.statistics;
  return {
    result: { ...report, warnings: report.warnings.map(({ code, count }) => ({ code, count })) },
    records: { total: rows, processed: rows, persisted: rows },
    bytesProcessed: rowBytes + fileBytes,
    snapshotId: report.snapshot.id,
  };
}
