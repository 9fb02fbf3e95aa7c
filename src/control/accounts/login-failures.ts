import type { ControlDatabase, Queries } from '../control-database.ts';

/** Failures that cost nothing; after them each doubles the wait, from a second up to a quarter of an hour. */
const freeFailures = { account: 5, address: 30 } as const;
const longestMs = 15 * 60_000;
/** Without a failure for so long the count begins anew. */
const forgetMs = 3_600_000;

export type FailureKind = keyof typeof freeFailures;

/** Until when nobody may sign in as this account, or from this address; null when now. */
export async function blockedUntil(db: Queries, subjects: readonly string[], now: Date): Promise<Date | null> {
  const [row] = await db.query<{ until: Date | null }>(
    'SELECT max(blocked_until) AS until FROM login_failures WHERE subject = ANY($1::text[]) AND blocked_until > $2',
    [subjects as string[], now],
  );
  return row?.until ?? null;
}

/** Counts a failure, in one statement, so that servers count together. */
export async function noteFailure(db: ControlDatabase, kind: FailureKind, subject: string, now: Date): Promise<void> {
  await db.transaction(async (queries) => {
    const [{ count }] = await queries.query<{ count: number }>(
      `INSERT INTO login_failures (subject, count, last) VALUES ($1, 1, $2)
       ON CONFLICT (subject) DO UPDATE SET last = $2, count = CASE WHEN login_failures.last < $3 THEN 1 ELSE login_failures.count + 1 END
       RETURNING count`,
      [subject, now, new Date(now.getTime() - forgetMs)],
    );
    const beyond = count - freeFailures[kind];
    if (beyond < 0) return;
    const wait = Math.min(longestMs, 1000 * 2 ** Math.min(beyond, 20));
    await queries.query('UPDATE login_failures SET blocked_until = $2 WHERE subject = $1', [
      subject,
      new Date(now.getTime() + wait),
    ]);
  });
}

export async function forgetFailures(db: Queries, subject: string): Promise<void> {
  await db.query('DELETE FROM login_failures WHERE subject = $1', [subject]);
}
