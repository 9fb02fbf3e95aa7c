import type { ControlDatabase, Queries } from '../control-database.ts';
import type { Job } from './job.ts';
import { announceJob } from './job-events.ts';
import { type JobRow, jobOf } from './job-row.ts';
import { queueLock } from './queue-lock.ts';

/**
 * Queues that have a job to start and nobody who works on them, the longest waiting first. `held` jobs wait for the end of a rolling upgrade; a queue
 * whose first job is held waits with it, for first in is first out.
 */
export async function readyQueues(db: Queries, limit: number): Promise<string[]> {
  const rows = await db.query<{ queue: string }>(
    `SELECT queue FROM (SELECT DISTINCT ON (queue) queue, id, held FROM jobs WHERE state = 'QUEUED' ORDER BY queue, id) AS first
     WHERE NOT held
       AND NOT EXISTS (SELECT FROM jobs r WHERE r.queue = first.queue AND r.state IN ('PROCESSING', 'COMPLETING', 'CANCELLING'))
     ORDER BY id LIMIT $1`,
    [limit],
  );
  return rows.map(({ queue }) => queue);
}

/**
 * The next job of the queue, in progress from now on; null when none waits. To be called by the holder of the queue's lock, with the session that
 * holds it: so a job in progress whose lock is free is one whose worker is gone.
 */
export async function startNextJob(session: Queries, queue: string, worker: string, now: Date): Promise<Job | null> {
  const [row] = await session.query<JobRow>(
    `UPDATE jobs SET state = 'PROCESSING', started = $3, worker = $2, progress_time = $3
     WHERE id = (SELECT id FROM jobs WHERE queue = $1 AND state = 'QUEUED' ORDER BY id LIMIT 1 FOR UPDATE)
       AND state = 'QUEUED' AND NOT held
       AND NOT EXISTS (SELECT FROM jobs r WHERE r.queue = $1 AND r.state IN ('PROCESSING', 'COMPLETING', 'CANCELLING'))
     RETURNING *`,
    [queue, worker, now],
  );
  if (!row) return null;
  await announceJob(session, row.id);
  return jobOf(row);
}

/** Why a job ended whose process is gone. */
export interface Death {
  code: string;
  message: string;
  hint: string;
}

export const interrupted: Death = {
  code: 'INTERRUPTED',
  message: 'Interrupted by a restart: the process that did this job is gone. Nothing that it had begun is visible.',
  hint: 'Run it again; what it had uploaded is used again.',
};

/**
 * Fails the jobs whose worker is gone: they are in progress, and the lock of their queue is free. Returns them, so that what they left can be cleaned
 * up. Several servers may do it at the same time: each job is returned to one.
 * @param deathIn what is known of the process that worked on a queue; `alive`: it is about to end, and will be asked about again
 * @param remove takes away what such a job had begun to write, before it counts as over
 */
export async function reapJobs(
  db: ControlDatabase,
  now: Date,
  deathIn: (queue: string) => Death | 'alive' | undefined = () => undefined,
  remove: (job: Job) => Promise<void> = async () => {},
): Promise<Job[]> {
  const open = await db.query<{ id: string; queue: string }>(
    `SELECT id, queue FROM jobs WHERE state IN ('PROCESSING', 'COMPLETING', 'CANCELLING') ORDER BY id`,
  );
  const dead: Job[] = [];
  for (const { id, queue } of open) {
    const death = deathIn(queue) ?? interrupted;
    if (death === 'alive') continue;
    await db.transaction(async (queries) => {
      const [{ free }] = await queries.query<{ free: boolean }>(`SELECT pg_try_advisory_xact_lock(${queueLock('$1')}) AS free`, [
        queue,
      ]);
      if (!free) return;
      const [row] = await queries.query<JobRow>(
        `UPDATE jobs SET state = CASE state WHEN 'CANCELLING' THEN 'CANCELLED' ELSE 'FAILED' END,
           cancelled = CASE state WHEN 'CANCELLING' THEN $2::timestamptz ELSE NULL END, finished = $2,
           error_code = CASE state WHEN 'CANCELLING' THEN NULL ELSE $3 END, error_message = CASE state WHEN 'CANCELLING' THEN NULL ELSE $4 END,
           error_hint = CASE state WHEN 'CANCELLING' THEN NULL ELSE $5 END
         WHERE id = $1 AND state IN ('PROCESSING', 'COMPLETING', 'CANCELLING') RETURNING *`,
        [id, now, death.code, death.message, death.hint],
      );
      if (!row) return;
      await remove(jobOf(row));
      await announceJob(queries, id);
      dead.push(jobOf(row));
    });
  }
  return dead;
}

/** Jobs made during a rolling upgrade of the site may start from now on. */
export async function releaseHeldJobs(db: Queries, site: string): Promise<number> {
  const rows = await db.query<{ id: string }>(
    `UPDATE jobs SET held = false WHERE site = $1 AND held AND state = 'QUEUED' RETURNING id`,
    [site],
  );
  for (const { id } of rows) await announceJob(db, id);
  return rows.length;
}
