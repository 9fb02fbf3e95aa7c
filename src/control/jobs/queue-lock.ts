import type { Queries } from '../control-database.ts';

/** The session-level advisory lock of a queue, as an SQL expression over its name ($1 or a column). Whoever holds it runs the job of the queue. */
export function queueLock(name: string): string {
  return `hashtextextended('oxbow queue ' || ${name}, 0)`;
}

/** Takes the lock for as long as the session lives. False when a living worker has it. */
export async function takeQueueLock(session: Queries | SessionLike, queue: string): Promise<boolean> {
  const result = await session.query(`SELECT pg_try_advisory_lock(${queueLock('$1')}) AS taken`, [queue]);
  const rows = (Array.isArray(result) ? result : result.rows) as { taken: boolean }[];
  return rows[0].taken;
}

/** What pg's own client looks like. */
interface SessionLike {
  query(sql: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}
