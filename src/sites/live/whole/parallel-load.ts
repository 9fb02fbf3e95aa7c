import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { OxbowError } from '#base/errors.ts';
import { databaseError } from '../postgres-error.ts';
import { type Catalog, quoteIdent } from '../schema/catalog.ts';
import { quoteQualified } from '../schema/quote-ident.ts';
import type { LoadSession, LoadTask } from './load-sessions.ts';

/** The rows of one table, as lines of PostgreSQL's COPY text format. */
export interface WholeTableRows {
  name: string;
  /** The fields of a row, in their order; those that the database generates are not among them. */
  columns: { name: string; type: string }[];
  rows: number;
  /** About how many bytes the rows are: the largest tables are loaded first. */
  bytes: number;
  /** Whole lines, any number of them in a piece. Called once, when it is the turn of the table. */
  open(): AsyncIterable<Buffer>;
}

/** Throws SNAPSHOT_INCONSISTENT when rows do not fit the catalog that came with them. */
export function assertFits(catalog: Catalog, tables: WholeTableRows[]): void {
  const problem = (what: string) =>
    new OxbowError('SNAPSHOT_INCONSISTENT', `The snapshot does not fit together: ${what}. Nothing was changed.`, {
      hint: 'Check the vault, or choose another snapshot.',
    });
  const seen = new Set<string>();
  for (const table of tables) {
    const known = catalog.tables.find((candidate) => candidate.name === table.name);
    if (!known) throw problem(`it has rows of the table ${table.name}, but not its definition`);
    if (seen.has(table.name)) throw problem(`it has the table ${table.name} twice`);
    seen.add(table.name);
    for (const { name } of table.columns) {
      const column = known.columns.find((candidate) => candidate.name === name);
      if (!column || column.generated)
        throw problem(`rows of the table ${table.name} have the field ${name}, which its definition does not take`);
    }
  }
}

/** Loads one table, then calls for the tasks that its rows were waited for by. `onBytes` is told of each piece. */
export function loadTask(
  schema: string,
  table: WholeTableRows,
  onBytes: (bytes: number) => void,
  next: () => LoadTask[],
): LoadTask {
  return {
    name: table.name,
    table: table.name,
    alone: true,
    // Before all that can wait until it is loaded.
    weight: Number.MAX_SAFE_INTEGER / 2 + table.bytes,
    next,
    run: async (session) => {
      try {
        const loaded = await copyRows(session, schema, table, onBytes);
        if (loaded !== table.rows) throw rowsDiffer(table.name, table.rows, loaded);
      } catch (error) {
        throw databaseError(error, `loading the table ${table.name}`);
      }
    },
  };
}

/** Counts the rows of one table again, as anybody would see them. */
export function countTask(schema: string, table: WholeTableRows): LoadTask {
  return {
    name: table.name,
    table: table.name,
    alone: false,
    weight: table.bytes,
    run: async ({ client }) => {
      const { rows } = await client.query<{ n: string }>(`SELECT count(*) AS n FROM ${quoteQualified(schema, table.name)}`);
      if (Number(rows[0].n) !== table.rows) throw rowsDiffer(table.name, table.rows, Number(rows[0].n));
    },
  };
}

/**
 * A table that is truncated in the same transaction can be loaded frozen: its pages are written once, with nothing left to note on them
 * when indexes are built or the table is vacuumed.
 */
async function copyRows(
  { client, signal }: LoadSession,
  schema: string,
  table: WholeTableRows,
  onBytes: (bytes: number) => void,
): Promise<number> {
  const name = quoteQualified(schema, table.name);
  const columns = table.columns.length > 0 ? ` (${table.columns.map((column) => quoteIdent(column.name)).join(', ')})` : '';
  await client.query(`BEGIN; TRUNCATE ${name}`);
  const stream = client.query(copyFrom(`COPY ${name}${columns} FROM STDIN WITH (FREEZE)`));
  const data = async function* () {
    for await (const piece of table.open()) {
      onBytes(piece.length);
      yield piece;
    }
  };
  try {
    await pipeline(data, stream, { signal });
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
  return stream.rowCount;
}

function rowsDiffer(table: string, expected: number, found: number): OxbowError {
  return new OxbowError(
    'ROWS_INCOMPLETE',
    `The table ${table} has ${found} rows after loading, the snapshot says ${expected}. Nothing was changed.`,
    { hint: 'Check the vault, or choose another snapshot.' },
  );
}
