import type { Queries } from '../control-database.ts';

export interface LocalUser {
  name: string;
  displayName: string;
  password: Buffer;
}

export async function findLocalUser(db: Queries, name: string): Promise<LocalUser | null> {
  const [row] = await db.query<LocalUser>(
    'SELECT name, display_name AS "displayName", password FROM local_users WHERE name = lower($1)',
    [name],
  );
  return row ?? null;
}

export async function countLocalUsers(db: Queries): Promise<number> {
  const [{ count }] = await db.query<{ count: string }>('SELECT count(*) AS count FROM local_users');
  return Number(count);
}

/** False when there is one of that name. */
export async function addLocalUser(db: Queries, user: LocalUser, now: Date): Promise<boolean> {
  const rows = await db.query(
    'INSERT INTO local_users (name, display_name, password, created) VALUES (lower($1), $2, $3, $4) ON CONFLICT DO NOTHING RETURNING name',
    [user.name, user.displayName, user.password, now],
  );
  return rows.length > 0;
}

export async function setLocalPassword(db: Queries, name: string, password: Buffer): Promise<boolean> {
  return (
    (await db.query('UPDATE local_users SET password = $2 WHERE name = lower($1) RETURNING name', [name, password])).length > 0
  );
}
