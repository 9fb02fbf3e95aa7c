import type { ControlDatabase, Queries } from '../control-database.ts';

export interface OutboxMessage {
  id: string;
  channelId: string;
  event: string;
  message: Record<string, unknown>;
  created: Date;
  attempts: number;
}

/** For every channel that is on, wants the event, and is of this site or of all. */
export async function enqueue(
  queries: Queries,
  event: string,
  site: string | null,
  message: object,
  now: Date,
  only: { kind?: string } = {},
): Promise<number> {
  const rows = await queries.query(
    `INSERT INTO notification_outbox (channel_id, event, message, created, next_attempt)
     SELECT id, $1, $3, $4, $4 FROM notification_channels
     WHERE enabled AND ($1 = ANY(events) OR ($1 = 'start' AND kind = 'ping')) AND (site IS NULL OR site = $2) AND ($5::text IS NULL OR kind = $5) RETURNING id`,
    [event, site, JSON.stringify(message), now, only.kind ?? null],
  );
  return rows.length;
}

/**
 * Delivers the next message that is due, if any: exactly one server has it at a time; what cannot be delivered comes again later, and is given up after
 * `mostAttempts`. False when nothing was due.
 */
export async function deliverNext(
  db: ControlDatabase,
  now: Date,
  mostAttempts: number,
  deliver: (message: OutboxMessage) => Promise<string | null>,
): Promise<boolean> {
  return await db.transaction(async (queries) => {
    const [message] = await queries.query<OutboxMessage>(
      `SELECT id, channel_id AS "channelId", event, message, created, attempts FROM notification_outbox WHERE next_attempt <= $1
       ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`,
      [now],
    );
    if (!message) return false;
    const error = await deliver(message);
    if (error === null || message.attempts + 1 >= mostAttempts) {
      await queries.query('DELETE FROM notification_outbox WHERE id = $1', [message.id]);
    } else {
      const wait = Math.min(3_600_000, 30_000 * 2 ** message.attempts);
      await queries.query('UPDATE notification_outbox SET attempts = attempts + 1, next_attempt = $2 WHERE id = $1', [
        message.id,
        new Date(now.getTime() + wait),
      ]);
    }
    return true;
  });
}

export async function countUndelivered(db: Queries): Promise<number> {
  const [{ count }] = await db.query<{ count: string }>('SELECT count(*) AS count FROM notification_outbox WHERE attempts > 0');
  return Number(count);
}
