import type { JobRequest } from '#app/jobs/job-request.ts';
import { finalStates, type Job } from '#control/jobs/job.ts';
import type { JobAnswer } from '../contract/job-contract.ts';
import { cliOf } from './cli-equivalent.ts';

const mostUsers = 20;

/** A job as our API tells it: everything of Confluence's page of a task, and what follows from it. */
export function jobAnswer(job: Job, now: Date, placeInQueue: number): JobAnswer {
  const end = job.finished ?? job.cancelled;
  const elapsed = job.started ? seconds(job.started, end ?? now) : null;
  const request = job.parameters as { attachments?: boolean };
  return {
    id: job.id,
    type: job.type,
    site: job.site,
    vault: job.vault,
    state: job.state,
    held: job.held,
    placeInQueue,
    createdBy: job.owner,
    createdOn: job.created.toISOString(),
    startedOn: iso(job.started),
    finishedOn: iso(end),
    cancelledBy: job.cancelledBy,
    scheduleId: job.scheduleId,
    runAgainOf: job.runAgainOf,
    queueSeconds: seconds(job.created, job.started ?? end ?? now),
    elapsedSeconds: elapsed,
    fileName: job.file?.name ?? null,
    fileBytes: job.file?.bytes ?? null,
    fileExists: job.file?.exists ?? false,
    deleteScheduled: job.file?.exists ? iso(job.file.deleteTime) : null,
    keepPermanently: job.keepPermanently,
    attachmentsIncluded: includesAttachments(job, request),
    spaceKeys: job.spaceKeys,
    numberOfSpaces: job.spaceKeys.length,
    records: job.records,
    bytesProcessed: job.bytesProcessed,
    warnings: job.warnings,
    phase: phaseOf(job, now),
    error: job.error,
    snapshotId: job.snapshotId,
    request: brief(job.parameters),
    cli: cliOf(job.parameters as unknown as JobRequest),
  };
}

/** A list of jobs, and news of one, are short: who is who in a restore may be thousands of lines, which the details of the job hold. */
function brief(parameters: Record<string, unknown>): Record<string, unknown> {
  const { users, ...rest } = parameters;
  return Array.isArray(users) ? { ...rest, users: users.slice(0, mostUsers) } : parameters;
}

/** Space backups always include them; a restore takes what the backup has. */
function includesAttachments({ type }: Job, request: { attachments?: boolean }): boolean | null {
  if (type === 'site-backup' || type === 'export') return request.attachments !== false;
  if (type === 'space-backup' || type === 'snapshot' || type === 'import') return true;
  return null;
}

function phaseOf(job: Job, now: Date): JobAnswer['phase'] {
  const { phase } = job;
  if (!phase || finalStates.includes(job.state)) return null;
  const spent = seconds(phase.started, now);
  const rate = spent > 0.5 && phase.done > 0 ? phase.done / spent : null;
  const secondsLeft = rate && phase.total !== null ? Math.max(0, Math.round((phase.total - phase.done) / rate)) : null;
  return { name: phase.name, done: phase.done, total: phase.total, unit: phase.unit, rate, secondsLeft };
}

function seconds(from: Date, to: Date): number {
  return Math.max(0, (to.getTime() - from.getTime()) / 1000);
}

function iso(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}
