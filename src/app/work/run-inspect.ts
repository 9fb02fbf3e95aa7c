import { inspectBackup } from '#flows/inspect/inspect-backup.ts';
import type { InspectRequest } from '../jobs/job-request.ts';
import { findRestoreFile } from '../jobs/restore-files.ts';
import { openRegisteredSite } from '../sites/open-registered-site.ts';
import type { JobEnd, JobRun } from './job-run.ts';

/** What a file of the restore folder is, and what is wrong with it. */
export async function runInspect({ app, request, context }: JobRun<InspectRequest>): Promise<JobEnd> {
  const opened = await openRegisteredSite(app, request.site);
  try {
    const file = await findRestoreFile(opened, request.scope, request.fileName);
    return { result: await inspectBackup(file.path, {}, context), bytesProcessed: file.bytes };
  } finally {
    await opened.close();
  }
}
