import type { Queries } from '../control-database.ts';
import type { Job } from './job.ts';
import { announceJob } from './job-events.ts';
import { type JobRow, jobOf } from './job-row.ts';

/** Backups whose file is there and was to be deleted by now, but for those that a job waits to read or reads. */
export async function expiredFiles(db: Queries, now: Date, limit = 100): Promise<Job[]> {
  const rows = await db.query<JobRow>(
    `SELECT * FROM jobs WHERE file_exists AND file_delete_time <= $1 AND state = 'FINISHED'
       AND NOT EXISTS (SELECT FROM jobs r WHERE r.file_path = jobs.file_path AND r.state IN ('QUEUED', 'PROCESSING', 'COMPLETING', 'CANCELLING'))
     ORDER BY file_delete_time LIMIT $2`,
    [now, limit],
  );
  return rows.map(jobOf);
}

/** The file of the job is gone: the job stays in the list, and says so. */
export async function markFileGone(db: Queries, id: string): Promise<void> {
  await db.query('UPDATE jobs SET file_exists = false WHERE id = $1', [id]);
  await announceJob(db, id);
}

/** Keeps the file for ever (null), or deletes it at that time: to be chosen again at any time while it is there. */
export async function setDeleteTime(db: Queries, id: string, deleteTime: Date | null): Promise<Job | null> {
  const [row] = await db.query<JobRow>(
    `UPDATE jobs SET file_delete_time = $2, keep_permanently = $2::timestamptz IS NULL
     WHERE id = $1 AND file_exists AND state = 'FINISHED' AND type IN ('site-backup', 'space-backup', 'export') RETURNING *`,
    [id, deleteTime],
  );
  if (!row) return null;
  await announceJob(db, id);
  return jobOf(row);
}

/** Jobs whose file has this path and is there. */
export async function jobsOfFile(db: Queries, path: string): Promise<Job[]> {
  return (await db.query<JobRow>('SELECT * FROM jobs WHERE file_path = $1 AND file_exists ORDER BY id DESC', [path])).map(jobOf);
}

/** Removes jobs that were over before that time, with their logs; those whose file is still there stay. Returns how many. */
export async function forgetJobs(db: Queries, before: Date): Promise<number> {
  const rows = await db.query(
    `DELETE FROM jobs WHERE state IN ('FINISHED', 'CANCELLED', 'FAILED') AND finished < $1
       AND NOT (file_exists AND type IN ('site-backup', 'space-backup', 'export')) RETURNING id`,
    [before],
  );
  return rows.length;
}
