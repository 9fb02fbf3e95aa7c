import { createHash } from 'node:crypto';
import type pg from 'pg';
import { clusterColumns } from '#model/cluster-order.ts';
import { type Catalog, type CatalogTable, quoteIdent } from '../schema/catalog.ts';

/** A table as a whole-site backup reads it. */
export interface WholeTable {
  name: string;
  oid: string;
  /** Changes when PostgreSQL rewrites the table (VACUUM FULL, CLUSTER, TRUNCATE, some ALTERs): row versions lie elsewhere then. */
  filenode: string;
  /** A hash over columns and key: equal when a line means the same. */
  shape: string;
  /** In the order of the fields of a line: the key first. Generated columns are left out. */
  columns: { name: string; type: string }[];
  /** How the first fields compare; empty: there is no key that Oxbow can order by, and the whole line is it. */
  key: ('number' | 'text')[];
  /** SQL of ORDER BY. */
  order: string;
  /** Of the heap and what is stored beside it, as PostgreSQL last knew. */
  estimatedBytes: number;
}

/** Types whose text sorts as the type does: integers by their value, these by bytes. */
const integers = /^(smallint|integer|bigint)$/;
const texts = /^(text|character varying(\(\d+\))?|uuid)$/;

interface Facts {
  name: string;
  oid: string;
  filenode: string | null;
  bytes: string;
  attributes: string;
}

/** The tables of a catalog, largest first. */
export async function readWholeTables(client: pg.ClientBase, catalog: Catalog): Promise<WholeTable[]> {
  const { rows } = await client.query<Facts>(
    `SELECT c.relname AS name, c.oid::text AS oid, pg_relation_filenode(c.oid)::text AS filenode, pg_table_size(c.oid)::text AS bytes,
       (SELECT string_agg(a.attnum || ':' || a.attname || ':' || a.atttypid || ':' || a.atttypmod, ',' ORDER BY a.attnum)
        FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS attributes
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'`,
    [catalog.schema],
  );
  const facts = new Map(rows.map((row) => [row.name, row]));
  return catalog.tables
    .flatMap((table) => {
      const found = facts.get(table.name);
      return found ? [describe(table, found)] : [];
    })
    .sort((a, b) => b.estimatedBytes - a.estimatedBytes || (a.name < b.name ? -1 : 1));
}

function describe(table: CatalogTable, facts: Facts): WholeTable {
  const stored = table.columns.filter((column) => column.generated === null);
  const typeOf = new Map(stored.map((column) => [column.name, column.type]));
  const cluster = clusterColumns(table.name, table.primaryKey?.columns ?? []).filter((column) => typeOf.has(column));
  const kinds = cluster.map((column) => kindOf(typeOf.get(column)!));
  const usable = cluster.length > 0 && !kinds.includes(null);
  const key = usable ? (kinds as WholeTable['key']) : [];
  const lead = usable ? cluster : [];
  const columns = [...lead.map((name) => ({ name, type: typeOf.get(name)! }))];
  for (const { name, type } of stored) if (!lead.includes(name)) columns.push({ name, type });
  const order = lead.map((name, i) => {
    const column = `t.${quoteIdent(name)}`;
    return key[i] === 'number' ? column : /^uuid$/.test(typeOf.get(name)!) ? column : `${column} COLLATE "C"`;
  });
  return {
    name: table.name,
    oid: facts.oid,
    filenode: facts.filenode ?? '0',
    shape: createHash('sha256')
      .update(JSON.stringify([facts.attributes, columns, key]))
      .digest('hex')
      .slice(0, 32),
    columns,
    key,
    order: order.join(', '),
    estimatedBytes: Number(facts.bytes),
  };
}

function kindOf(type: string): 'number' | 'text' | null {
  return integers.test(type) ? 'number' : texts.test(type) ? 'text' : null;
}
