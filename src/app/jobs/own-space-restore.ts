import { isOxbowError } from '#base/errors.ts';
import { jobsOfFile } from '#control/jobs/job-files.ts';
import type { Application } from '../application.ts';
import { openRegisteredSite } from '../sites/open-registered-site.ts';
import type { JobRequest, RestoreFileRequest } from './job-request.ts';
import { findRestoreFile } from './restore-files.ts';

/** Clocks of the server and of its disk differ by less. */
const clockMs = 60_000;

/**
 * Whether a request is a restore that somebody who only administers spaces may ask for: of named spaces, under their own keys, out of a snapshot or out of
 * a space backup that Oxbow wrote itself. An uploaded file could be made up to carry whatever its writer wishes, and a mapping could give what one person
 * wrote to another: those are for system administrators. Errors: those of opening the site.
 */
export async function isOwnSpaceRestore(app: Application, request: JobRequest): Promise<boolean> {
  if (request.type !== 'restore-snapshot' && request.type !== 'space-restore') return false;
  const { spaceKeys = [], asKey, users = [], groups = [], acceptVersion } = request;
  if (spaceKeys.length === 0 || asKey !== undefined || users.length > 0 || groups.length > 0 || acceptVersion) return false;
  if (request.type === 'restore-snapshot') return request.stagingCopy === undefined;
  return await isOfOwnBackup(app, request, spaceKeys);
}

/** A name alone says little: whoever removes a backup can put another file in its place. It must be where, as large and as old as the job left it. */
async function isOfOwnBackup(app: Application, request: RestoreFileRequest, spaceKeys: string[]): Promise<boolean> {
  const opened = await openRegisteredSite(app, request.site);
  try {
    const file = await findRestoreFile(opened, 'SPACE', request.fileName);
    return (await jobsOfFile(app.control, file.path)).some(
      (job) =>
        job.type === 'space-backup' &&
        job.state === 'FINISHED' &&
        job.site === request.site &&
        job.file?.bytes === file.bytes &&
        job.finished !== null &&
        file.created.getTime() <= job.finished.getTime() + clockMs &&
        spaceKeys.every((key) => job.spaceKeys.includes(key)),
    );
  } catch (error) {
    // To who may not list the files there is no difference between these and a file of somebody else.
    if (isOxbowError(error, 'RESTORE_FILE_NOT_FOUND') || isOxbowError(error, 'FILE_NAME_INVALID')) return false;
    throw error;
  } finally {
    await opened.close();
  }
}
