import type { Queries } from '../control-database.ts';

export interface Token {
  id: string;
  name: string;
  owner: string;
  realm: string;
  scopes: string[];
  created: Date;
  expires: Date | null;
  lastUsed: Date | null;
  revoked: Date | null;
}

const columns = 'id, name, owner, realm, scopes, created, expires, last_used AS "lastUsed", revoked';

export async function addToken(
  db: Queries,
  token: Pick<Token, 'name' | 'owner' | 'realm' | 'scopes' | 'created' | 'expires'> & { hash: Buffer },
): Promise<Token> {
  const [row] = await db.query<Token>(
    `INSERT INTO tokens (name, owner, realm, hash, scopes, created, expires) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${columns}`,
    [token.name, token.owner, token.realm, token.hash, token.scopes, token.created, token.expires],
  );
  return row;
}

/** Of one person, or of all; the newest first. */
export async function listTokens(db: Queries, owner?: { name: string; realm: string }): Promise<Token[]> {
  return await db.query<Token>(
    `SELECT ${columns} FROM tokens WHERE ($1::text IS NULL OR (owner = $1 AND realm = $2)) ORDER BY id DESC LIMIT 1000`,
    [owner?.name ?? null, owner?.realm ?? null],
  );
}

/** One that is neither revoked nor expired. Its use is noted, once a minute. */
export async function findToken(db: Queries, hash: Buffer, now: Date): Promise<Token | null> {
  const [row] = await db.query<Token>(
    `SELECT ${columns} FROM tokens WHERE hash = $1 AND revoked IS NULL AND (expires IS NULL OR expires > $2)`,
    [hash, now],
  );
  if (!row) return null;
  if (!row.lastUsed || now.getTime() - row.lastUsed.getTime() > 60_000) {
    await db.query('UPDATE tokens SET last_used = $2 WHERE id = $1', [row.id, now]);
  }
  return row;
}

/** False when there is none of that number (and owner, if one is given), or it is revoked already. */
export async function revokeToken(db: Queries, id: string, now: Date, owner?: { name: string; realm: string }): Promise<boolean> {
  if (!/^\d{1,18}$/.test(id)) return false;
  const rows = await db.query(
    `UPDATE tokens SET revoked = $2 WHERE id = $1 AND revoked IS NULL AND ($3::text IS NULL OR (owner = $3 AND realm = $4)) RETURNING id`,
    [id, now, owner?.name ?? null, owner?.realm ?? null],
  );
  return rows.length > 0;
}
