import type { ClientBase } from 'pg';
import { OxbowError } from '#base/errors.ts';
import { quoteIdent, quoteQualified } from './quote-ident.ts';

export interface SchemaSwap {
  /** Where the site lives ("public"). The schema itself stays, with its grants and extensions. */
  live: string;
  /** What becomes the site. Dropped when it is empty. */
  next: string;
  /** Where the present site goes. Must not exist yet. */
  previous: string;
}

/**
 * Everything of a site that has to move: relations except indexes and owned sequences (they follow their table), functions of triggers.
 * Members of extensions stay.
 */
const movable = `
  SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE'
      ELSE 'TABLE' END AS kind, c.relname::text AS name, '' AS arguments
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
      AND (d.deptype = 'e' OR c.relkind = 'S' AND d.deptype IN ('a', 'i') AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0))
  UNION ALL
  SELECT 'FUNCTION', p.proname::text, '()'
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname = $1 AND p.pronargs = 0
    AND EXISTS (SELECT FROM pg_trigger g WHERE g.tgfoid = p.oid AND NOT g.tgisinternal)
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
  ORDER BY 1, 2`;

/**
 * Puts the site in `next` in the place of the one in `live`, which moves to a new schema `previous`, then drops the empty `next`.
 * Belongs in the caller's transaction (and under its lock_timeout: every table is locked until it ends); no row is touched. A rollback
 * is the same call with `next` naming the schema of the former site.
 * Throws SCHEMA_EXISTS when `previous` is there already and SCHEMA_NOT_FOUND when `next` is not.
 */
export async function swapSchemas(client: ClientBase, { live, next, previous }: SchemaSwap): Promise<void> {
  const found = await client.query<{ name: string }>('SELECT nspname::text AS name FROM pg_namespace WHERE nspname = ANY($1)', [
    [next, previous],
  ]);
  const names = found.rows.map((row) => row.name);
  if (names.includes(previous)) {
    throw new OxbowError('SCHEMA_EXISTS', `The schema "${previous}" that the present site would move to exists already.`, {
      hint: 'It holds the site of before the last restore: drop it first, when nobody needs it any more.',
    });
  }
  if (!names.includes(next)) {
    throw new OxbowError('SCHEMA_NOT_FOUND', `The database has no schema "${next}".`, {
      hint: 'There is nothing to put into place.',
    });
  }
  await client.query(`CREATE SCHEMA ${quoteIdent(previous)}`);
  await moveAll(client, live, previous);
  await moveAll(client, next, live);
  await client.query(`DROP SCHEMA ${quoteIdent(next)} RESTRICT`);
}

async function moveAll(client: ClientBase, from: string, to: string): Promise<void> {
  const objects = await client.query<{ kind: string; name: string; arguments: string }>(movable, [from]);
  const statements = objects.rows.map(
    (object) => `ALTER ${object.kind} ${quoteQualified(from, object.name)}${object.arguments} SET SCHEMA ${quoteIdent(to)}`,
  );
  if (statements.length > 0) await client.query(statements.join(';\n'));
}
