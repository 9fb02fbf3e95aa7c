import type { ClientBase } from 'pg';
import { quoteIdent } from './quote-ident.ts';

/** SQLSTATE in_failed_sql_transaction: the rollback that must follow also puts the old search_path back. */
const failedTransaction = '25P02';

/**
 * Runs `work` with `schema` first in search_path, `public` behind it (types and operators of extensions live there), then puts the
 * old path back. PostgreSQL prints names that are found through search_path without their schema: read with one schema and executed
 * with another, the same DDL builds the same objects there.
 */
export async function withSearchPath<T>(client: ClientBase, schema: string, work: () => Promise<T>): Promise<T> {
  const before = await client.query<{ path: string }>("SELECT current_setting('search_path') AS path");
  const path = schema === 'public' ? quoteIdent(schema) : `${quoteIdent(schema)}, public`;
  await setSearchPath(client, path);
  try {
    return await work();
  } finally {
    await setSearchPath(client, before.rows[0]!.path).catch((error: { code?: string }) => {
      if (error.code !== failedTransaction) throw error;
    });
  }
}

async function setSearchPath(client: ClientBase, path: string): Promise<void> {
  await client.query("SELECT set_config('search_path', $1, false)", [path]);
}
