import type { ClientBase } from 'pg';
import { OxbowError } from '#base/errors.ts';
import * as sql from './catalog-queries.ts';
import type {
  Catalog,
  CatalogColumn,
  CatalogConstraint,
  CatalogForeignKey,
  CatalogFunction,
  CatalogGrant,
  CatalogSequence,
  CatalogTable,
  CatalogTrigger,
  CatalogView,
} from './catalog-shape.ts';
import { quoteLiteral, quoteQualified } from './quote-ident.ts';
import { withSearchPath } from './search-path.ts';

export type * from './catalog-shape.ts';
export { quoteIdent } from './quote-ident.ts';

/** PostgreSQL 12 (2019): the first with generated columns in its catalog. Confluence 8 and later ask for more than that. */
const oldestServer = 120_000;

interface ConstraintRow extends CatalogConstraint {
  table_name: string;
  kind: 'p' | 'u' | 'f' | 'c' | 'x';
  referenced_table: string | null;
  referenced_columns: string[] | null;
}

interface IndexRow extends CatalogConstraint {
  table_name: string;
  is_unique: boolean;
  plain: boolean;
}

/**
 * Reads the structure of `schema` from pg_catalog. Takes ACCESS SHARE locks only, and belongs in the caller's REPEATABLE READ
 * transaction if it must fit rows that are read beside it. Memory grows with the number of tables, not with their rows.
 * Throws DATABASE_VERSION_UNSUPPORTED below PostgreSQL 12 and SCHEMA_NOT_FOUND.
 */
export async function readCatalog(client: ClientBase, schema: string): Promise<Catalog> {
  const known = await client.query<{ version: number; found: boolean }>(sql.server, [schema]);
  const { version, found } = known.rows[0]!;
  if (version < oldestServer) {
    throw new OxbowError(
      'DATABASE_VERSION_UNSUPPORTED',
      `The database runs PostgreSQL ${Math.trunc(version / 10_000)}, Oxbow reads 12 and later.`,
      {
        hint: 'Upgrade the PostgreSQL of the site first.',
      },
    );
  }
  if (!found) {
    throw new OxbowError('SCHEMA_NOT_FOUND', `The database has no schema "${schema}".`, {
      hint: 'Check the name of the schema.',
    });
  }
  return await withSearchPath(client, schema, async () => {
    const rows = async <T>(text: string) => (await client.query(text, [schema])).rows as T[];
    const tables = new Map<string, CatalogTable>();
    for (const row of await rows<Pick<CatalogTable, 'name' | 'owner' | 'grants' | 'comment' | 'options'>>(sql.tables)) {
      tables.set(row.name, {
        ...row,
        columns: [],
        primaryKey: null,
        uniques: [],
        foreignKeys: [],
        indexes: [],
        checks: [],
        triggers: [],
      });
    }
    for (const { table_name, ...column } of await rows<CatalogColumn & { table_name: string }>(sql.columns)) {
      tables.get(table_name)?.columns.push(column);
    }
    for (const row of await rows<ConstraintRow>(sql.constraints)) addConstraint(tables.get(row.table_name), row);
    for (const row of await rows<IndexRow>(sql.indexes)) addIndex(tables.get(row.table_name), row);
    for (const { table_name, ...trigger } of await rows<CatalogTrigger & { table_name: string }>(sql.triggers)) {
      tables.get(table_name)?.triggers.push(trigger);
    }
    for (const table of tables.values()) table.uniques.sort((a, b) => (a.name < b.name ? -1 : 1));
    return {
      schema,
      tables: [...tables.values()],
      sequences: await readSequences(client, schema, await rows(sql.sequences)),
      functions: await rows<CatalogFunction>(sql.functions),
      views: await rows<CatalogView>(sql.views),
      others: (await rows<{ name: string }>(sql.others)).map((row) => row.name),
    };
  });
}

function addConstraint(table: CatalogTable | undefined, row: ConstraintRow): void {
  const { name, columns, definition } = row;
  const constraint = { name, columns, definition };
  if (!table) return;
  if (row.kind === 'p') table.primaryKey = constraint;
  else if (row.kind === 'u') table.uniques.push({ ...constraint, kind: 'constraint', plain: true });
  else if (row.kind === 'f') {
    const key: CatalogForeignKey = {
      ...constraint,
      referencedTable: row.referenced_table!,
      referencedColumns: row.referenced_columns!,
    };
    table.foreignKeys.push(key);
  } else table.checks.push(constraint);
}

function addIndex(table: CatalogTable | undefined, row: IndexRow): void {
  const { name, columns, definition, plain } = row;
  if (row.is_unique) table?.uniques.push({ name, columns, definition, kind: 'index', plain });
  else table?.indexes.push({ name, columns, definition });
}

type SequenceRow = Omit<CatalogSequence, 'lastValue' | 'isCalled' | 'ownedBy' | 'grants'> & {
  grants: CatalogGrant[];
  owned_table: string | null;
  owned_column: string | null;
};

/** The state of a sequence stands in the sequence itself: pg_sequences hides what setval(..., false) left. */
async function readSequences(client: ClientBase, schema: string, rows: SequenceRow[]): Promise<CatalogSequence[]> {
  if (rows.length === 0) return [];
  const states = rows.map(
    ({ name }) =>
      `SELECT ${quoteLiteral(name)} AS name, last_value::text AS "lastValue", is_called AS "isCalled" FROM ${quoteQualified(schema, name)}`,
  );
  const result = await client.query<{ name: string; lastValue: string; isCalled: boolean }>(states.join('\nUNION ALL '));
  const byName = new Map(result.rows.map((row) => [row.name, row]));
  return rows.map(({ owned_table, owned_column, ...row }) => ({
    ...row,
    lastValue: byName.get(row.name)!.lastValue,
    isCalled: byName.get(row.name)!.isCalled,
    ownedBy: owned_table !== null && owned_column !== null ? { table: owned_table, column: owned_column } : null,
  }));
}
