import type { Queries } from '../control-database.ts';
import type { JobFile, JobPhase, JobRecords } from './job.ts';
import { announceJob } from './job-events.ts';

export interface JobProgress {
  phase?: Omit<JobPhase, 'started'> & { started: Date };
  records?: Partial<JobRecords>;
  bytesProcessed?: number;
  warnings?: number;
}

/** Notes how far the job is. False when it is not in progress any more: the worker then stops. */
export async function updateProgress(db: Queries, id: string, progress: JobProgress, now: Date): Promise<boolean> {
  const { phase, records } = progress;
  const rows = await db.query(
    `UPDATE jobs SET progress_time = $2, phase = coalesce($3, phase), phase_done = coalesce($4, phase_done),
       phase_total = CASE WHEN $3::text IS NULL THEN phase_total ELSE $5 END, phase_unit = coalesce($6, phase_unit), phase_started = coalesce($7, phase_started),
       records_total = coalesce($8, records_total), records_processed = coalesce($9, records_processed),
       records_persisted = coalesce($10, records_persisted), records_skipped = coalesce($11, records_skipped),
       records_reused = coalesce($12, records_reused), bytes_processed = coalesce($13, bytes_processed), warnings = coalesce($14, warnings)
     WHERE id = $1 AND state IN ('PROCESSING', 'COMPLETING', 'CANCELLING') RETURNING id`,
    [
      id,
      now,
      phase?.name ?? null,
      phase?.done ?? null,
      phase?.total ?? null,
      phase?.unit ?? null,
      phase?.started ?? null,
      records?.total ?? null,
      records?.processed ?? null,
      records?.persisted ?? null,
      records?.skipped ?? null,
      records?.reused ?? null,
      progress.bytesProcessed ?? null,
      progress.warnings ?? null,
    ],
  );
  if (rows.length > 0) await announceJob(db, id);
  return rows.length > 0;
}

/** The work is done and is being made visible: it cannot be cancelled any more. False when it was cancelled just before. */
export async function completeJob(db: Queries, id: string): Promise<boolean> {
  const rows = await db.query(`UPDATE jobs SET state = 'COMPLETING' WHERE id = $1 AND state = 'PROCESSING' RETURNING id`, [id]);
  if (rows.length > 0) await announceJob(db, id);
  return rows.length > 0;
}

/** The file that the job will write: noted before it is begun, so that whoever finds the job dead can remove what is there. */
export async function planFile(db: Queries, id: string, file: Pick<JobFile, 'name' | 'path'>): Promise<void> {
  await db.query('UPDATE jobs SET file_name = $2, file_path = $3, file_exists = false WHERE id = $1', [id, file.name, file.path]);
  await announceJob(db, id);
}

export interface JobOutcome {
  result: unknown;
  records?: Partial<JobRecords>;
  bytesProcessed?: number;
  snapshotId?: string | null;
  /** Of a backup: the file is there now, and goes at `deleteTime`. */
  file?: JobFile;
}

export async function finishJob(db: Queries, id: string, outcome: JobOutcome, now: Date): Promise<void> {
  const { file, records } = outcome;
  await db.query(
    `UPDATE jobs SET state = 'FINISHED', finished = $2, result = $3, snapshot_id = coalesce($4, snapshot_id),
       file_name = coalesce($5, file_name), file_path = coalesce($6, file_path), file_bytes = coalesce($7, file_bytes),
       file_exists = CASE WHEN $5::text IS NULL THEN file_exists ELSE true END, file_delete_time = CASE WHEN $5::text IS NULL THEN file_delete_time ELSE $8 END,
       records_total = coalesce($9, records_total), records_processed = coalesce($10, records_processed),
       records_persisted = coalesce($11, records_persisted), records_skipped = coalesce($12, records_skipped),
       records_reused = coalesce($13, records_reused), bytes_processed = coalesce($14, bytes_processed)
     WHERE id = $1 AND state IN ('PROCESSING', 'COMPLETING', 'CANCELLING')`,
    [
      id,
      now,
      JSON.stringify(outcome.result ?? null),
      outcome.snapshotId ?? null,
      file?.name ?? null,
      file?.path ?? null,
      file?.bytes ?? null,
      file?.deleteTime ?? null,
      records?.total ?? null,
      records?.processed ?? null,
      records?.persisted ?? null,
      records?.skipped ?? null,
      records?.reused ?? null,
      outcome.bytesProcessed ?? null,
    ],
  );
  await announceJob(db, id);
}

/** @param result what is known of a job that failed, such as the problems that a check found */
export async function failJob(
  db: Queries,
  id: string,
  error: { code: string; message: string; hint?: string | null | undefined },
  now: Date,
  result: unknown = null,
): Promise<void> {
  await db.query(
    `UPDATE jobs SET state = 'FAILED', finished = $2, error_code = $3, error_message = $4, error_hint = $5, result = coalesce($6, result)
     WHERE id = $1 AND state IN ('PROCESSING', 'COMPLETING', 'CANCELLING')`,
    [id, now, error.code, error.message, error.hint ?? null, result === null ? null : JSON.stringify(result)],
  );
  await announceJob(db, id);
}

export async function endCancelledJob(db: Queries, id: string, now: Date): Promise<void> {
  await db.query(
    `UPDATE jobs SET state = 'CANCELLED', cancelled = $2, finished = $2 WHERE id = $1 AND state IN ('PROCESSING', 'COMPLETING', 'CANCELLING')`,
    [id, now],
  );
  await announceJob(db, id);
}
