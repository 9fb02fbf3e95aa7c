import type { RestoreFile } from '#app/jobs/restore-files.ts';
import type { Job, JobType } from '#control/jobs/job.ts';

/** Confluence knows these four; an XML backup out of a snapshot is a backup to whoever asks. */
export const confluenceTypes: readonly JobType[] = ['site-backup', 'space-backup', 'site-restore', 'space-restore', 'export'];

export function operationOf(job: Pick<Job, 'type'>): 'BACKUP' | 'RESTORE' {
  return job.type === 'site-restore' || job.type === 'space-restore' ? 'RESTORE' : 'BACKUP';
}

export function scopeOf(job: Pick<Job, 'type' | 'spaceKeys'>): 'SITE' | 'SPACE' {
  if (job.type === 'export') return job.spaceKeys.length > 0 ? 'SPACE' : 'SITE';
  return job.type === 'space-backup' || job.type === 'space-restore' ? 'SPACE' : 'SITE';
}

/**
 * A job as Confluence's REST API writes it, as JSON text: ids are 64-bit numbers, which a JavaScript number does not hold exactly. Every field is
 * always there; what is not known, or not yet, is null. docs/reference/confluence-rest.md says what is certain of the form.
 */
export function confluenceJobJson(job: Job): string {
  const { records } = job;
  const fields = {
    jobOperation: operationOf(job),
    jobScope: scopeOf(job),
    jobState: job.state,
    createTime: time(job.created),
    startProcessingTime: time(job.started),
    finishProcessingTime: time(job.state === 'FINISHED' || job.state === 'FAILED' ? job.finished : null),
    cancelTime: time(job.cancelled),
    errorMessage: job.error ? [job.error.message, job.error.hint].filter(Boolean).join(' ') : null,
    owner: job.owner,
    cancelledBy: job.cancelledBy,
    // A backup has its file when it is finished.
    fileName: operationOf(job) === 'RESTORE' || job.state === 'FINISHED' ? (job.file?.name ?? null) : null,
    spaceKeys: job.spaceKeys.join(',') || null,
    fileDeleteTime: time(job.file?.deleteTime ?? null),
    fileExists: job.file?.exists ?? false,
    statistics: {
      totalObjectsCount: records.total ?? 0,
      processedObjectsCount: records.processed,
      persistedObjectsCount: records.persisted,
      skippedObjectsCount: records.skipped,
      reusedObjectsCount: records.reused,
    },
  };
  return `{"id":${job.id},${JSON.stringify(fields).slice(1)}`;
}

export function confluenceFile(file: RestoreFile) {
  return { fileName: file.fileName, fileCreationTime: time(file.created), fileSize: file.bytes, jobScope: file.scope };
}

/** As in Confluence's examples: seconds, and Z. */
function time(date: Date | null): string | null {
  return date ? date.toISOString().replace(/\.\d{3}Z$/, 'Z') : null;
}
