import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Job } from '#control/jobs/job.ts';
import type { Application } from '../application.ts';
import { openRegisteredSite } from '../sites/open-registered-site.ts';
import { finishLeftovers } from './run-restore.ts';

const writesFile: readonly string[] = ['site-backup', 'space-backup', 'export'];
const writesSite: readonly string[] = ['site-restore', 'space-restore', 'restore-snapshot', 'rollback'];

/** Removes the file that a job was writing whose worker is gone. A disk that refuses that keeps nothing else from its turn. */
export async function removeFileOf(app: Application, job: Job): Promise<void> {
  if (!writesFile.includes(job.type) || !job.file) return;
  try {
    await removeHalfWritten(job.file.path);
  } catch (error) {
    app.log.error({ job: job.id, path: job.file.path, reason: (error as Error).message }, 'could not remove what a job left');
  }
}

/** A restore whose worker is gone: one that was decided is finished, any other is cleared away. */
export async function finishSiteOf(app: Application, job: Job): Promise<void> {
  if (!writesSite.includes(job.type) || !job.site) return;
  try {
    const opened = await openRegisteredSite(app, job.site);
    try {
      await finishLeftovers(opened);
    } finally {
      await opened.close();
    }
  } catch (error) {
    // The next opening of the site does it again.
    app.log.warn({ job: job.id, reason: (error as Error).message }, 'could not clean up after a job yet');
  }
}

/** Removes the spool files of a worker that ended without doing so itself. */
export async function removeWorkOf(app: Application, pid: number): Promise<void> {
  const folder = join(app.data, 'work');
  for (const name of await readdir(folder).catch(() => [])) {
    if (name.startsWith(`${pid}-`)) await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}

/** The backup itself too: a job that did not finish has no file. */
async function removeHalfWritten(path: string): Promise<void> {
  const folder = dirname(path);
  for (const name of await readdir(folder).catch(() => [])) {
    if (name === basename(path) || name.startsWith(`${basename(path)}.partial`)) await rm(join(folder, name), { force: true });
  }
}
