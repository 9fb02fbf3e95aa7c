import type pg from 'pg';
import { quoteIdent } from '../schema/quote-ident.ts';

/** The schema in which a restore of a whole site builds the new one, in many transactions: a killed one leaves it behind. */
export const nextSchemaPrefix = 'oxbow_next_';
/** application_name of the sessions that fill it. */
export const loadSessionName = 'oxbow load ';

/** Ids of the restores whose unfinished schemas are in the database. */
export async function unfinishedSchemas(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT nspname::text AS name FROM pg_namespace WHERE starts_with(nspname, $1) ORDER BY nspname`,
    [nextSchemaPrefix],
  );
  return rows.map((row) => row.name.slice(nextSchemaPrefix.length));
}

/**
 * Removes the unfinished schema of a restore. Belongs under the restore lock: whoever has it knows that no restore runs, so sessions that
 * still fill the schema are orphans of one that was killed, and are ended (an index that they build would keep its table locked).
 */
export async function dropUnfinished(client: pg.ClientBase, id: string): Promise<void> {
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1`,
    [loadSessionName + id],
  );
  await client.query(`DROP SCHEMA IF EXISTS ${quoteIdent(nextSchemaPrefix + id)} CASCADE`);
}
