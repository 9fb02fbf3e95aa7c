import type pg from 'pg';
import { tableModels } from '#model/table-model.ts';
import { type Catalog, quoteIdent } from '../schema/catalog.ts';

/**
 * Rebuilds `confancestors` for pages of a schema: for each current page, its ancestors from the root (position 0) down. Pages in a circle
 * have no root and get none. `where` limits the pages (alias `c`).
 */
export async function rebuildAncestors(client: pg.ClientBase, schema: string, where = 'true'): Promise<void> {
  const content = `${quoteIdent(schema)}.content`;
  const isPage = (alias: string) => `${alias}.contenttype = 'PAGE' AND ${alias}.prevver IS NULL`;
  await client.query(
    `WITH RECURSIVE tree(id, ancestors) AS (
       SELECT c.contentid, '{}'::bigint[] FROM ${content} c
       WHERE ${isPage('c')} AND ${where} AND (c.parentid IS NULL
         OR NOT EXISTS (SELECT FROM ${content} p WHERE p.contentid = c.parentid AND ${isPage('p')}))
       UNION ALL
       SELECT c.contentid, tree.ancestors || tree.id FROM tree JOIN ${content} c ON c.parentid = tree.id
       WHERE ${isPage('c')} AND ${where})
     INSERT INTO ${quoteIdent(schema)}.confancestors (descendentid, ancestorposition, ancestorid)
     SELECT tree.id, a.position - 1, a.id FROM tree, unnest(tree.ancestors) WITH ORDINALITY AS a(id, position)`,
  );
}

/**
 * Moves the shared id generator past every id: `id = hi * 32768 + lo`, so the next free block is floor(highest / 32768) + 1
 * (reference: database-schema, "Id generator"). `atLeast` is what it stood at before.
 */
export async function moveIdGenerator(
  client: pg.ClientBase,
  schema: string,
  tables: Iterable<string>,
  atLeast: string | null,
): Promise<void> {
  const present = new Set(tables);
  const highest = tableModels
    .filter((table) => table.hiLo && present.has(table.name))
    .map((table) => `SELECT max(${table.key[0]}) AS id FROM ${quoteIdent(schema)}.${table.name}`);
  const generator = `${quoteIdent(schema)}.hibernate_unique_key`;
  const { rows } = await client.query<{ next: string }>(
    `SELECT greatest(coalesce(max(id), 0) / 32768 + 1, $1::bigint, 1)::text AS next FROM (${highest.join(' UNION ALL ')}) x`,
    [atLeast],
  );
  await client.query(`DELETE FROM ${generator}`);
  await client.query(`INSERT INTO ${generator} (next_hi) VALUES ($1)`, [rows[0].next]);
}

/** Moves every sequence that a column owns past the highest value of the column. */
export async function moveSequences(client: pg.ClientBase, schema: string, catalog: Catalog): Promise<void> {
  for (const sequence of catalog.sequences) {
    if (!sequence.ownedBy) continue;
    const { table, column } = sequence.ownedBy;
    const name = `${quoteIdent(schema)}.${quoteIdent(sequence.name)}`;
    const { rows } = await client.query<{ highest: string | null }>(
      `SELECT max(${quoteIdent(column)})::text AS highest FROM ${quoteIdent(schema)}.${quoteIdent(table)}`,
    );
    if (rows[0].highest === null || BigInt(rows[0].highest) < 1n) continue;
    await client.query(`SELECT setval($1::regclass, greatest($2::bigint, (SELECT last_value FROM ${name})))`, [
      name,
      rows[0].highest,
    ]);
  }
}
