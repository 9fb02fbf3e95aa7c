import { lstat } from 'node:fs/promises';
import { OxbowError } from '#base/errors.ts';
import { cancelJob, clearQueue } from '#control/jobs/cancel-job.ts';
import { finalStates, type Job, type JobType } from '#control/jobs/job.ts';
import { markFileGone, setDeleteTime } from '#control/jobs/job-files.ts';
import { countJobs, type JobFilter, listJobs, readJob } from '#control/jobs/read-jobs.ts';
import type { Caller } from '../access/caller.ts';
import { may, mustBeAllowed } from '../access/may.ts';
import type { Application } from '../application.ts';
import { deleteTimeOf } from '../work/run-xml-backup.ts';
import type { JobRequest } from './job-request.ts';
import { requestJob } from './request-job.ts';

/** Whether the caller may see the job: his own; all of a site that he administers; those whose every space he may export. */
export async function maySee(caller: Caller, job: Job): Promise<boolean> {
  if (caller.scopes !== null && !caller.scopes.has('read')) return false;
  if (caller.isServerAdministrator || isOwn(caller, job)) return true;
  if (job.site === null) return false;
  const permissions = await caller.permissions(job.site);
  if (permissions.systemAdministrator) return true;
  return job.spaceKeys.length > 0 && job.type === 'space-backup' && job.spaceKeys.every((key) => permissions.mayExport(key));
}

/** The jobs of a site, or of all, that the caller may see; the newest first. */
export async function visibleJobs(app: Application, caller: Caller, filter: JobFilter): Promise<Job[]> {
  const narrowed = await narrow(caller, filter);
  return narrowed ? await listJobs(app.control, narrowed) : [];
}

/** How many they are, whatever the page. */
export async function countVisibleJobs(app: Application, caller: Caller, filter: JobFilter): Promise<number> {
  const { before: _, ...all } = filter;
  const narrowed = await narrow(caller, all);
  return narrowed ? await countJobs(app.control, narrowed) : 0;
}

/** Null: nothing at all. */
async function narrow(caller: Caller, filter: JobFilter): Promise<JobFilter | null> {
  if (caller.scopes !== null && !caller.scopes.has('read')) return null;
  if (caller.isServerAdministrator) return filter;
  const site = filter.site ?? (caller.realm === 'local' ? undefined : caller.realm);
  if (site === undefined) return { ...filter, visibleTo: { owner: caller.name, realm: caller.realm, spaceKeys: [] } };
  const permissions = await caller.permissions(site);
  if (permissions.systemAdministrator) return { ...filter, site };
  const visibleTo = { owner: caller.name, realm: caller.realm, spaceKeys: permissions.spaceKeys };
  return { ...filter, site, visibleTo };
}

/** Null when there is none, or the caller may not see it: nobody learns which. */
export async function visibleJob(app: Application, caller: Caller, id: string): Promise<Job | null> {
  const job = await readJob(app.control, id);
  return job && (await maySee(caller, job)) ? job : null;
}

/** Errors: JOB_NOT_FOUND. */
export async function mustSeeJob(app: Application, caller: Caller, id: string): Promise<Job> {
  const job = await visibleJob(app, caller, id);
  if (job) return job;
  throw new OxbowError('JOB_NOT_FOUND', `There is no job ${id.slice(0, 20)}.`, {
    hint: 'It may be older than jobs are kept, or of somebody else.',
  });
}

/** Owner or system administrator. No effect on one that is over. Errors: JOB_NOT_FOUND. */
export async function cancelJobAs(app: Application, caller: Caller, id: string): Promise<Job> {
  const job = await mustSeeJob(app, caller, id);
  if (!isOwn(caller, job) && !(await administers(caller, job))) throw notFound(id);
  return (await cancelJob(app.control, id, caller.name, app.now())) ?? job;
}

/** Cancels what waits for a site: jobs of some types, or all. */
export async function clearQueueAs(app: Application, caller: Caller, site: string, types?: readonly JobType[]): Promise<number> {
  await mustBeAllowed(caller, 'clear-queue', { site });
  return await clearQueue(app.control, site, caller.name, app.now(), types);
}

/** The same again, as a new job, checked as a new one. Errors: JOB_NOT_FOUND, JOB_NOT_OVER, and those of requestJob. */
export async function runAgain(app: Application, caller: Caller, id: string): Promise<Job> {
  const job = await mustSeeJob(app, caller, id);
  if (!finalStates.includes(job.state)) {
    throw new OxbowError('JOB_NOT_OVER', `The job ${id} is not over yet.`, { hint: 'Wait for its end, or cancel it.' });
  }
  return await requestJob(app, caller, job.parameters as unknown as JobRequest, { runAgainOf: id });
}

/**
 * The file of a backup, for download: the permission is that of this moment, not that of its creation. Errors: JOB_NOT_FOUND (also when not permitted),
 * FILE_GONE.
 */
export async function openJobFile(
  app: Application,
  caller: Caller,
  id: string,
): Promise<{ job: Job; path: string; name: string; bytes: number }> {
  const job = await readJob(app.control, id);
  if (!job?.file || !['site-backup', 'space-backup', 'export'].includes(job.type) || !(await mayDownload(caller, job)))
    throw notFound(id);
  const facts = job.file.exists ? await lstat(job.file.path).catch(() => null) : null;
  if (!facts?.isFile()) {
    if (job.file.exists) await markFileGone(app.control, id);
    throw new OxbowError('FILE_GONE', `The file of job ${id} is not there any more.`, {
      hint: 'It was deleted: run the backup again.',
    });
  }
  return { job, path: job.file.path, name: job.file.name, bytes: facts.size };
}

/** Keeps the file for ever, or until so many hours after the creation of the job. Errors: JOB_NOT_FOUND, FILE_GONE. */
export async function keepFile(app: Application, caller: Caller, id: string, permanently: boolean): Promise<Job> {
  const job = await mustSeeJob(app, caller, id);
  if (!isOwn(caller, job) && !(await administers(caller, job))) throw notFound(id);
  // One that should have been deleted meanwhile gets the time that people have to think again.
  const due = deleteTimeOf(app, { created: job.created, keepPermanently: permanently });
  const soonest = new Date(app.now().getTime() + 3_600_000);
  const changed = await setDeleteTime(app.control, id, due && due < soonest ? soonest : due);
  if (changed) return changed;
  throw new OxbowError('FILE_GONE', `Job ${id} has no file that could be kept.`, { hint: 'Run the backup again.' });
}

async function mayDownload(caller: Caller, job: Job): Promise<boolean> {
  const spaceKeys = job.spaceKeys;
  return await may(caller, spaceKeys.length > 0 ? 'download-space' : 'download-site', { site: job.site, spaceKeys });
}

async function administers(caller: Caller, job: Job): Promise<boolean> {
  if (caller.isServerAdministrator) return true;
  return job.site !== null && (await caller.permissions(job.site)).systemAdministrator;
}

function isOwn(caller: Caller, job: Job): boolean {
  return job.owner === caller.name && job.realm === caller.realm;
}

function notFound(id: string): OxbowError {
  return new OxbowError('JOB_NOT_FOUND', `There is no job ${id.slice(0, 20)}.`, { hint: 'It may be of somebody else.' });
}
