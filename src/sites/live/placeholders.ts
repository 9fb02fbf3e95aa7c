import type pg from 'pg';
import { quoteIdent } from './schema/quote-ident.ts';

/**
 * Placeholders are rows that stand in for records which a backup refers to but does not contain, so that every reference survives under
 * Confluence's foreign keys. Each is marked by a row of `os_propertyentry`, which Confluence itself never asks for: an export leaves both out.
 */
export const placeholderEntity = 'oxbow_placeholder';

/** SQL: `INSERT ... SELECT` marking the ids that a query gives (column `id`, as text) as placeholders of a table. */
export function markPlaceholders(schema: string, table: string, query: string): string {
  return `INSERT INTO ${quoteIdent(schema)}.os_propertyentry (entity_name, entity_id, entity_key, key_type, boolean_val, double_val, long_val, int_val)
    SELECT '${placeholderEntity}', 0, '${table}:' || p.id, 1, true, 0, 0, 0 FROM (${query}) p ON CONFLICT DO NOTHING`;
}

/** SQL condition: the row of that id (an expression of type text) is a placeholder of the table. */
export function isPlaceholder(schema: string, table: string, id: string): string {
  return `EXISTS (SELECT FROM ${quoteIdent(schema)}.os_propertyentry o WHERE o.entity_name = '${placeholderEntity}'
    AND o.entity_id = 0 AND o.entity_key = '${table}:' || ${id})`;
}

/** Tables that have placeholders in the schema. */
export async function tablesWithPlaceholders(client: pg.ClientBase, schema: string): Promise<Set<string>> {
  const result = await client.query<{ name: string }>(
    `SELECT DISTINCT split_part(entity_key, ':', 1) AS name FROM ${quoteIdent(schema)}.os_propertyentry WHERE entity_name = '${placeholderEntity}'`,
  );
  return new Set(result.rows.map((row) => row.name));
}

/**
 * SQL: marks a placeholder of content as standing for no content at all: records that must refer to some (a like) and do not in the backup
 * hang on it, and an export writes them without the reference again.
 */
export function markNothing(schema: string, id: string): string {
  return `UPDATE ${quoteIdent(schema)}.os_propertyentry SET string_val = 'nothing' WHERE entity_name = '${placeholderEntity}'
    AND entity_id = 0 AND entity_key = 'content:${id}'`;
}

/** Ids of content that stands for no content: at most one a restore. */
export async function nothings(client: pg.ClientBase, schema: string): Promise<string[]> {
  const result = await client.query<{ id: string }>(
    `SELECT split_part(entity_key, ':', 2) AS id FROM ${quoteIdent(schema)}.os_propertyentry
     WHERE entity_name = '${placeholderEntity}' AND string_val = 'nothing' ORDER BY 1`,
  );
  return result.rows.map((row) => row.id);
}
