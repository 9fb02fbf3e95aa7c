import { OxbowError } from '#base/errors.ts';
import type { ControlDatabase } from '../control-database.ts';
import type { Job, NewJob } from './job.ts';
import { announceJob, wakeChannel } from './job-events.ts';
import { type JobRow, jobOf } from './job-row.ts';

/**
 * Puts a job at the end of its queue. A space backup or restore of spaces that are in progress or queued already in the same queue is refused
 * (Confluence answers 409): SAME_SPACES. Two that are asked for at the same moment wait for each other here.
 */
export async function createJob(db: ControlDatabase, job: NewJob): Promise<Job> {
  return await db.transaction(async (queries) => {
    const spaceKeys = [...(job.spaceKeys ?? [])];
    if (job.type === 'space-backup' || job.type === 'space-restore') {
      await queries.query(`SELECT pg_advisory_xact_lock(hashtextextended('oxbow create job ' || $1, 0))`, [job.queue]);
      const [same] = await queries.query<{ id: string; space_keys: string[] }>(
        `SELECT id, space_keys FROM jobs WHERE queue = $1 AND type IN ('space-backup', 'space-restore')
           AND state IN ('QUEUED', 'PROCESSING', 'COMPLETING', 'CANCELLING') AND space_keys && $2::text[] ORDER BY id LIMIT 1`,
        [job.queue, spaceKeys],
      );
      if (same) {
        const which = same.space_keys.filter((key) => spaceKeys.includes(key));
        throw new OxbowError(
          'SAME_SPACES',
          `A job for the same spaces is queued or in progress already: ${which.join(', ')} in job ${same.id}.`,
          {
            hint: 'Wait until it is over, or cancel it.',
            details: { job: same.id },
          },
        );
      }
    }
    const [row] = await queries.query<JobRow>(
      `INSERT INTO jobs (type, queue, site, vault, owner, realm, schedule_id, run_again_of, parameters, space_keys, held, keep_permanently,
         file_name, file_path, file_bytes, file_exists, created)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) RETURNING *`,
      [
        job.type,
        job.queue,
        job.site ?? null,
        job.vault ?? null,
        job.owner,
        job.realm,
        job.scheduleId ?? null,
        job.runAgainOf ?? null,
        JSON.stringify(job.parameters ?? {}),
        spaceKeys,
        job.held ?? false,
        job.keepPermanently ?? false,
        job.file?.name ?? null,
        job.file?.path ?? null,
        job.file?.bytes ?? null,
        job.file !== undefined && job.file !== null,
        job.created,
      ],
    );
    await announceJob(queries, row.id);
    await queries.query('SELECT pg_notify($1, $2)', [wakeChannel, job.queue]);
    return jobOf(row);
  });
}
