import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { classesOfTable } from '#model/model.ts';
import type { RowBatch, TableDescription } from '#model/site.ts';
import { tableModel } from '#model/table-model.ts';
import { databaseError } from '../postgres-error.ts';
import { type Catalog, type CatalogTable, quoteIdent } from '../schema/catalog.ts';
import type { NamedRow, RestoreLedger } from './restore-ledger.ts';

/** How many rows of a kind are named in a report; beyond, they are counted. */
const named = 10_000;

/**
 * The rows of a backup in bare tables of a schema of their own: no keys, no constraints, every column nullable. Here they are checked,
 * mended and renumbered in SQL before the site sees any of them.
 */
export class Stage {
  readonly client: pg.ClientBase;
  readonly schema: string;
  readonly ledger: RestoreLedger;
  /** The structure of the site that the rows are meant for. */
  readonly catalog: Catalog;
  readonly #filled = new Set<string>();

  constructor(client: pg.ClientBase, schema: string, catalog: Catalog, ledger: RestoreLedger) {
    this.client = client;
    this.schema = schema;
    this.catalog = catalog;
    this.ledger = ledger;
  }

  /** Schema-qualified and quoted. */
  table(name: string): string {
    return `${quoteIdent(this.schema)}.${quoteIdent(name)}`;
  }

  target(name: string): CatalogTable | undefined {
    return this.catalog.tables.find((table) => table.name === name);
  }

  /** Tables that rows were loaded into, in the order of the model's restore order where it has them. */
  get filled(): string[] {
    return [...this.#filled];
  }

  has(table: string): boolean {
    return this.#filled.has(table);
  }

  /** For tables that get their first rows here. */
  markFilled(table: string): void {
    this.#filled.add(table);
  }

  /** Loads rows. Columns of the description that the table lacks are added to it for the time being. */
  async load(description: TableDescription, batches: AsyncIterable<RowBatch>, onRows: (count: number) => void): Promise<number> {
    const { name, columns } = description;
    const existing = new Set(this.target(name)?.columns.map((column) => column.name));
    const extra = columns.filter((column) => !existing.has(column.name));
    for (const column of extra)
      await this.client.query(`ALTER TABLE ${this.table(name)} ADD COLUMN IF NOT EXISTS ${quoteIdent(column.name)} text`);
    const stream = this.client.query(
      copyFrom(`COPY ${this.table(name)} (${columns.map((c) => quoteIdent(c.name)).join(', ')}) FROM STDIN`),
    );
    let total = 0;
    const data = async function* () {
      for await (const batch of batches) {
        total += batch.count;
        onRows(batch.count);
        yield batch.data;
      }
    };
    try {
      await pipeline(data, stream);
    } catch (error) {
      throw databaseError(error, `loading the table ${name}`);
    }
    // Without statistics the planner would join the staged tables row by row.
    await this.client.query(`ANALYZE ${this.table(name)}`);
    this.#filled.add(name);
    this.ledger.processed(name, total);
    return total;
  }

  async query<T extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<T[]> {
    const result = await this.client.query<T>(sql, values);
    return result.rows;
  }

  async count(table: string, where = 'true'): Promise<number> {
    const [row] = await this.query<{ n: string }>(`SELECT count(*) AS n FROM ${this.table(table)} t WHERE ${where}`);
    return Number(row.n);
  }

  /** The expression that names a row `t` in reports: id, title and kind. */
  nameColumns(table: string): string {
    const model = classesOfTable(table)[0];
    const key = tableModel(table)?.key ?? this.target(table)?.primaryKey?.columns ?? [];
    const id = key.length > 0 ? key.map((column) => `t.${quoteIdent(column)}::text`).join(` || '/' || `) : `''`;
    const title = model?.titleColumn ? `t.${quoteIdent(model.titleColumn)}::text` : 'NULL::text';
    const kind = model?.discriminator ? `t.${quoteIdent(model.discriminator.column)}::text` : 'NULL::text';
    return `coalesce(${id}, '?') AS id, ${title} AS title, ${kind} AS kind`;
  }

  /** Deletes rows and names each in the report. Returns how many there were. */
  async skip(table: string, where: string, reason: string): Promise<number> {
    const rows = await this.query<NamedRow & { n: string }>(
      `WITH gone AS (DELETE FROM ${this.table(table)} t WHERE ${where} RETURNING ${this.nameColumns(table)})
       SELECT id, title, kind, (SELECT count(*) FROM gone) AS n FROM gone LIMIT ${named}`,
    );
    const count = rows.length > 0 ? Number(rows[0].n) : 0;
    this.ledger.skipped(table, count, rows, reason);
    return count;
  }

  /** Drops the columns that only the backup has, telling how many values are lost with each. */
  async dropExtraColumns(silent: (table: string, column: string) => boolean): Promise<void> {
    for (const name of this.#filled) {
      const existing = new Set(this.target(name)?.columns.map((column) => column.name));
      if (existing.size === 0) continue;
      const columns = await this.query<{ name: string }>(
        `SELECT attname::text AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
        [this.table(name)],
      );
      for (const column of columns.filter((c) => !existing.has(c.name))) {
        const values = await this.count(name, `t.${quoteIdent(column.name)} IS NOT NULL AND t.${quoteIdent(column.name)} <> ''`);
        if (values > 0 && !silent(name, column.name)) {
          this.ledger.note(
            'COLUMN_MISSING',
            `${values} values have no column in this site and are not restored`,
            `${name}.${column.name}`,
          );
        }
        await this.client.query(`ALTER TABLE ${this.table(name)} DROP COLUMN ${quoteIdent(column.name)}`);
      }
    }
  }
}
