import type { Queries } from '../control-database.ts';
import type { Job, JobType } from './job.ts';
import { announceJob, wakeChannel } from './job-events.ts';
import { type JobRow, jobOf } from './job-row.ts';

/**
 * Asks for the end of a job: one that waits is cancelled at once, one in progress is CANCELLING until its worker has cleaned up, one that is being
 * completed or is over stays as it is. Null when there is no such job.
 */
export async function cancelJob(db: Queries, id: string, by: string, now: Date): Promise<Job | null> {
  const [row] = await db.query<JobRow>(
    `UPDATE jobs SET
       finished = CASE state WHEN 'QUEUED' THEN $3::timestamptz ELSE finished END,
       cancelled = CASE state WHEN 'QUEUED' THEN $3::timestamptz ELSE cancelled END,
       cancelled_by = CASE WHEN state IN ('QUEUED', 'PROCESSING') THEN $2 ELSE cancelled_by END,
       state = CASE state WHEN 'QUEUED' THEN 'CANCELLED' WHEN 'PROCESSING' THEN 'CANCELLING' ELSE state END
     WHERE id = $1 RETURNING *`,
    [id, by, now],
  );
  if (!row) return null;
  await announceJob(db, id);
  await db.query('SELECT pg_notify($1, $2)', [wakeChannel, row.queue]);
  return jobOf(row);
}

/** Cancels what waits in the queues of a site, of some types or of all; what is in progress goes on. Returns how many. */
export async function clearQueue(
  db: Queries,
  site: string,
  by: string,
  now: Date,
  types: readonly JobType[] | null = null,
): Promise<number> {
  const rows = await db.query<{ id: string }>(
    `UPDATE jobs SET state = 'CANCELLED', cancelled = $3, finished = $3, cancelled_by = $2
     WHERE site = $1 AND state = 'QUEUED' AND ($4::text[] IS NULL OR type = ANY($4)) RETURNING id`,
    [site, by, now, types && [...types]],
  );
  for (const { id } of rows) await announceJob(db, id);
  return rows.length;
}
