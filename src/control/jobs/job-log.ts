import type { Queries } from '../control-database.ts';
import { announceJob } from './job-events.ts';

export interface LogLine {
  /** Grows with the lines of one job; text, for it is 64 bits wide. */
  id: string;
  time: Date;
  level: 'info' | 'warning' | 'error';
  code: string | null;
  message: string;
  object: string | null;
}

export interface SkippedRecord {
  id: string;
  code: string;
  /** What it is, for people: "Page 98361 'Home'". */
  object: string;
  reason: string;
}

/** Adds lines to the log of a job, in one statement. */
export async function addLogLines(db: Queries, jobId: string, lines: readonly Omit<LogLine, 'id'>[]): Promise<void> {
  if (lines.length === 0) return;
  await db.query(
    `INSERT INTO job_log (job_id, time, level, code, message, object)
     SELECT $1, l.time, l.level, l.code, l.message, l.object
     FROM jsonb_to_recordset($2) AS l(time timestamptz, level text, code text, message text, object text)`,
    [jobId, JSON.stringify(lines)],
  );
  await announceJob(db, jobId);
}

/** Lines after one, the oldest first; or with `last` the last ones, in the same order. */
export async function readLog(
  db: Queries,
  jobId: string,
  range: { after?: string; last?: boolean; limit: number },
): Promise<LogLine[]> {
  if (range.last) {
    const rows = await db.query<LogLine>(
      'SELECT id, time, level, code, message, object FROM job_log WHERE job_id = $1 ORDER BY id DESC LIMIT $2',
      [jobId, range.limit],
    );
    return rows.reverse();
  }
  return await db.query<LogLine>(
    'SELECT id, time, level, code, message, object FROM job_log WHERE job_id = $1 AND id > $2 ORDER BY id LIMIT $3',
    [jobId, range.after ?? '0', range.limit],
  );
}

export async function addSkippedRecords(
  db: Queries,
  jobId: string,
  records: readonly Omit<SkippedRecord, 'id'>[],
): Promise<void> {
  if (records.length === 0) return;
  await db.query(
    `INSERT INTO job_skipped_records (job_id, code, object, reason)
     SELECT $1, l.code, l.object, l.reason FROM jsonb_to_recordset($2) AS l(code text, object text, reason text)`,
    [jobId, JSON.stringify(records)],
  );
}

/** @param search a part of the object, the reason or the code, whatever the case */
export async function readSkippedRecords(
  db: Queries,
  jobId: string,
  range: { after?: string; search?: string; limit: number },
): Promise<SkippedRecord[]> {
  return await db.query<SkippedRecord>(
    `SELECT id, code, object, reason FROM job_skipped_records WHERE job_id = $1 AND id > $2
       AND ($4::text IS NULL OR position(lower($4) IN lower(object || ' ' || reason || ' ' || code)) > 0)
     ORDER BY id LIMIT $3`,
    [jobId, range.after ?? '0', range.limit, range.search ?? null],
  );
}
