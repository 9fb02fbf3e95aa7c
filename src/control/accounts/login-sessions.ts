import type { Queries } from '../control-database.ts';

export interface LoginSession {
  owner: string;
  realm: string;
  xsrf: string;
  created: Date;
  lastSeen: Date;
}

/** A session ends when it was not used for so long, and so long after its beginning in any case. */
export const sessionIdleMs = 8 * 3_600_000;
export const sessionMaximumMs = 30 * 86_400_000;
const noteMs = 60_000;

export async function addLoginSession(db: Queries, hash: Buffer, session: LoginSession): Promise<void> {
  await db.query('INSERT INTO login_sessions (hash, owner, realm, xsrf, created, last_seen) VALUES ($1, $2, $3, $4, $5, $6)', [
    hash,
    session.owner,
    session.realm,
    session.xsrf,
    session.created,
    session.lastSeen,
  ]);
}

/** One that is not over; its use is noted, once a minute. */
export async function findLoginSession(db: Queries, hash: Buffer, now: Date): Promise<LoginSession | null> {
  const [row] = await db.query<LoginSession>(
    `SELECT owner, realm, xsrf, created, last_seen AS "lastSeen" FROM login_sessions WHERE hash = $1 AND last_seen > $2 AND created > $3`,
    [hash, new Date(now.getTime() - sessionIdleMs), new Date(now.getTime() - sessionMaximumMs)],
  );
  if (!row) return null;
  if (now.getTime() - row.lastSeen.getTime() > noteMs) {
    await db.query('UPDATE login_sessions SET last_seen = $2 WHERE hash = $1', [hash, now]);
  }
  return row;
}

export async function endLoginSession(db: Queries, hash: Buffer): Promise<void> {
  await db.query('DELETE FROM login_sessions WHERE hash = $1', [hash]);
}

/** All of one person: after a change of password, or when somebody asks for it. */
export async function endLoginSessionsOf(db: Queries, owner: string, realm: string): Promise<void> {
  await db.query('DELETE FROM login_sessions WHERE owner = $1 AND realm = $2', [owner, realm]);
}

export async function forgetOldSessions(db: Queries, now: Date): Promise<void> {
  await db.query('DELETE FROM login_sessions WHERE last_seen < $1 OR created < $2', [
    new Date(now.getTime() - sessionIdleMs),
    new Date(now.getTime() - sessionMaximumMs),
  ]);
}
