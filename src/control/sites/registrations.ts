import type { Queries } from '../control-database.ts';

/** Something that was added by name: a site or a vault. */
export interface Registration<Settings> {
  name: string;
  settings: Settings;
  /** Sealed. */
  secret: Buffer | null;
  created: Date;
}

export type RegistrationKind = 'sites' | 'vaults';

export async function listRegistrations<S>(db: Queries, kind: RegistrationKind): Promise<Registration<S>[]> {
  return await db.query<Registration<S>>(`SELECT name, settings, secret, created FROM ${kind} ORDER BY name`);
}

/** False when the name is taken. */
export async function addRegistration<S extends object>(
  db: Queries,
  kind: RegistrationKind,
  one: Registration<S>,
): Promise<boolean> {
  const rows = await db.query(
    `INSERT INTO ${kind} (name, settings, secret, created) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING name`,
    [one.name, JSON.stringify(one.settings), one.secret, one.created],
  );
  return rows.length > 0;
}

/** A null secret leaves the one that is there. False when there is none of that name. */
export async function changeRegistration<S extends object>(
  db: Queries,
  kind: RegistrationKind,
  one: Pick<Registration<S>, 'name' | 'settings' | 'secret'>,
): Promise<boolean> {
  const rows = await db.query(`UPDATE ${kind} SET settings = $2, secret = coalesce($3, secret) WHERE name = $1 RETURNING name`, [
    one.name,
    JSON.stringify(one.settings),
    one.secret,
  ]);
  return rows.length > 0;
}

export async function removeRegistration(db: Queries, kind: RegistrationKind, name: string): Promise<boolean> {
  return (await db.query(`DELETE FROM ${kind} WHERE name = $1 RETURNING name`, [name])).length > 0;
}

/** Of the sites that were added, this one alone says from now on that it is the default. */
export async function beTheDefault(db: Queries, site: string): Promise<void> {
  await db.query(`UPDATE sites SET settings = settings - 'isDefault' WHERE name <> $1`, [site]);
}

/** Since when operators say that a rolling upgrade of the sites goes on, by name. */
export async function upgradingSites(db: Queries): Promise<Map<string, Date>> {
  const rows = await db.query<{ site: string; upgrading_since: Date }>(
    'SELECT site, upgrading_since FROM site_states WHERE upgrading_since IS NOT NULL',
  );
  return new Map(rows.map((row) => [row.site, row.upgrading_since]));
}

export async function setUpgradingSince(db: Queries, site: string, since: Date | null): Promise<void> {
  await db.query(
    `INSERT INTO site_states (site, upgrading_since) VALUES ($1, $2)
     ON CONFLICT (site) DO UPDATE SET upgrading_since = CASE WHEN $2::timestamptz IS NULL THEN NULL ELSE coalesce(site_states.upgrading_since, $2) END`,
    [site, since],
  );
}

export async function readFact<T>(db: Queries, name: string): Promise<T | null> {
  const [row] = await db.query<{ value: T }>('SELECT value FROM facts WHERE name = $1', [name]);
  return row?.value ?? null;
}

export async function writeFact(db: Queries, name: string, value: unknown): Promise<void> {
  await db.query('INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2', [
    name,
    JSON.stringify(value),
  ]);
}

/** The fact of that name: the one that is there, else this one from now on. */
export async function factOrThis<T>(db: Queries, name: string, value: T): Promise<T> {
  await db.query('INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING', [name, JSON.stringify(value)]);
  return (await readFact<T>(db, name))!;
}
