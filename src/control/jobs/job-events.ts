import type { Queries } from '../control-database.ts';

/** The payload is the id of a job that changed. */
export const jobsChannel = 'oxbow_jobs';
/** Somebody may have something to start or to stop; the payload is the queue. */
export const wakeChannel = 'oxbow_wake';

/** Tells the listeners of every server, when the transaction commits. */
export async function announceJob(queries: Queries, id: string): Promise<void> {
  await queries.query('SELECT pg_notify($1, $2)', [jobsChannel, id]);
}
