import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job } from '#control/jobs/job.ts';
import { planFile } from '#control/jobs/progress-job.ts';
import { exportBackup } from '#flows/export/export-backup.ts';
import type { ExportReport } from '#flows/export/export-report.ts';
import { exportSnapshot } from '#flows/export/export-snapshot.ts';
import { findSnapshot } from '#vault/snapshots/list-snapshots.ts';
import type { Application } from '../application.ts';
import { sizeOf } from '../file-size.ts';
import { backupFileName } from '../jobs/backup-file-name.ts';
import type { ExportRequest, SiteBackupRequest, SpaceBackupRequest, XmlForm } from '../jobs/job-request.ts';
import { backupFolder, type OpenedSite, openRegisteredSite } from '../sites/open-registered-site.ts';
import { withRegisteredVault } from '../vaults/registered-vaults.ts';
import { watchDisk } from './disk-watch.ts';
import type { JobEnd, JobRun } from './job-run.ts';

const hourMs = 3_600_000;

/** Confluence's own two: an XML backup of the site or of some spaces, in its restore folder. */
export async function runXmlBackup(run: JobRun<SiteBackupRequest | SpaceBackupRequest>): Promise<JobEnd> {
  const { app, request } = run;
  const opened = await openRegisteredSite(app, request.site);
  try {
    return await writeBackup(run, opened, (path, context) =>
      exportBackup(
        opened.site,
        path,
        request.type === 'site-backup'
          ? { ...formOf(request), attachments: request.attachments }
          : { ...formOf(request), spaceKeys: request.spaceKeys },
        context,
        sizeOf,
      ),
    );
  } finally {
    await opened.close();
  }
}

/** An XML backup out of a snapshot: the database of the site is not touched, the file lies where the site's backups lie. */
export async function runExport(run: JobRun<ExportRequest>): Promise<JobEnd> {
  const { app, request } = run;
  const opened = await openRegisteredSite(app, request.site);
  try {
    return await withRegisteredVault(app, request.vault, async (vault) => {
      const snapshot = await findSnapshot(vault, request.snapshot);
      const choice = { ...formOf(request), spaceKeys: request.spaceKeys ?? [], attachments: request.attachments !== false };
      return await writeBackup(run, opened, (path, context) => exportSnapshot(vault, snapshot, path, choice, context, sizeOf));
    });
  } finally {
    await opened.close();
  }
}

function formOf({ skipHistory, skipTrash, dialect }: XmlForm): {
  history: boolean;
  trash: boolean;
  dialect: 'current' | 'legacy';
} {
  return { history: skipHistory !== true, trash: skipTrash !== true, dialect: dialect ?? 'current' };
}

async function writeBackup(
  run: JobRun<{ spaceKeys?: string[] | undefined; fileNamePrefix?: string | undefined; keepPermanently: boolean }>,
  opened: OpenedSite,
  write: (path: string, context: JobRun<unknown>['context']) => Promise<ExportReport>,
): Promise<JobEnd> {
  const { app, job, request, context } = run;
  const scope = request.spaceKeys?.length ? 'SPACE' : 'SITE';
  const folder = backupFolder(opened, scope);
  await mkdir(folder, { recursive: true });
  const kind = scope === 'SITE' ? 'site' : 'space';
  const name = backupFileName(kind, request.spaceKeys ?? [], request.fileNamePrefix, job.created, job.id);
  const path = join(folder, name);
  // Before the first byte: whoever finds this job dead knows what to remove.
  await planFile(app.control, job.id, { name, path });
  run.log(`Writing ${path}`);
  const disk = watchDisk(folder, app.config.minimumFreeBytes, context);
  try {
    const report = await disk.guard((inner) => write(path, inner));
    run.log(`${report.objects} objects and ${report.attachments} attachments in ${report.bytes} bytes`);
    return {
      result: { ...report, warnings: report.warnings.map(({ code, count }) => ({ code, count })) },
      records: { total: report.objects, processed: report.objects, persisted: report.objects },
      bytesProcessed: report.bytes,
      file: { name, path, bytes: report.bytes, exists: true, deleteTime: deleteTimeOf(app, job) },
    };
  } finally {
    disk.stop();
  }
}

/** 72 hours after the creation, unless it is kept. */
export function deleteTimeOf(app: Application, job: Pick<Job, 'created' | 'keepPermanently'>): Date | null {
  return job.keepPermanently ? null : new Date(job.created.getTime() + app.config.keepFilesHours * hourMs);
}
