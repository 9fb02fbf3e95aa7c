import { lstat, rm } from 'node:fs/promises';
import { forgetOldSessions } from '#control/accounts/login-sessions.ts';
import type { Job } from '#control/jobs/job.ts';
import { expiredFiles, forgetJobs, markFileGone } from '#control/jobs/job-files.ts';
import { listJobs } from '#control/jobs/read-jobs.ts';
import type { Application } from '../application.ts';
import { dropExpiredUploads } from '../uploads/resumable-uploads.ts';

const roundMs = 60_000;
const dayMs = 86_400_000;
/** Newest backups whose files are looked for. */
const watched = 1000;

/** Deletes backups whose time has come, notices those that somebody deleted, and forgets jobs that are over for long. */
export async function tidyUp(app: Application): Promise<void> {
  for (const job of await expiredFiles(app.control, app.now())) await deleteFileOf(app, job);
  const backups = await listJobs(app.control, {
    types: ['site-backup', 'space-backup', 'export'],
    states: ['FINISHED'],
    limit: watched,
  });
  for (const { id, file } of backups) {
    if (file?.exists && !(await lstat(file.path).catch(() => null))?.isFile()) await markFileGone(app.control, id);
  }
  await dropExpiredUploads(app);
  await forgetOldSessions(app.control, app.now());
  await forgetJobs(app.control, new Date(app.now().getTime() - app.config.keepJobsDays * dayMs));
}

/** One that cannot be deleted is tried again in the next round, and keeps no other from its end. */
async function deleteFileOf(app: Application, { id, file }: Job): Promise<void> {
  try {
    if (file) await rm(file.path, { force: true });
    await markFileGone(app.control, id);
    app.log.info({ job: id, file: file?.name }, 'deleted a backup whose time had come');
  } catch (error) {
    app.log.warn(
      { job: id, file: file?.name, reason: (error as Error).message },
      'could not delete a backup whose time had come',
    );
  }
}

/** Every minute. Returns a function that ends it. */
export function startJanitor(app: Application): () => void {
  const round = () => {
    tidyUp(app).catch((error) => app.log.warn({ reason: (error as Error).message }, 'could not tidy up'));
  };
  const timer = setInterval(round, roundMs);
  round();
  return () => clearInterval(timer);
}
