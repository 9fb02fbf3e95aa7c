import type pg from 'pg';
import type { TableDescription } from '#model/site.ts';
import { stateOf } from '../postgres-error.ts';
import { quoteIdent } from '../schema/catalog.ts';

/** Creates a table of an app as its backup defines it, with its sequence and primary key. */
export async function createAppTable(client: pg.ClientBase, schema: string, table: TableDescription): Promise<void> {
  const name = `${quoteIdent(schema)}.${quoteIdent(table.name)}`;
  const { primaryKey, autoIncrement } = table.definition!;
  for (const column of autoIncrement) await client.query(`CREATE SEQUENCE ${sequenceName(schema, table.name, column)}`);
  const columns = table.columns.map((column) => {
    const value = autoIncrement.includes(column.name)
      ? ` DEFAULT nextval('${sequenceName(schema, table.name, column.name)}'::regclass)`
      : '';
    return `${quoteIdent(column.name)} ${column.type}${value}${primaryKey.includes(column.name) ? ' NOT NULL' : ''}`;
  });
  const key = primaryKey.length > 0 ? `, PRIMARY KEY (${primaryKey.map(quoteIdent).join(', ')})` : '';
  await client.query(`CREATE TABLE ${name} (${columns.join(', ')}${key})`);
  for (const column of autoIncrement) {
    await client.query(`ALTER SEQUENCE ${sequenceName(schema, table.name, column)} OWNED BY ${name}.${quoteIdent(column)}`);
  }
}

function sequenceName(schema: string, table: string, column: string): string {
  return `${quoteIdent(schema)}.${quoteIdent(`${table}_${column}_seq`.slice(0, 63))}`;
}

/**
 * Adds the foreign keys between tables of apps, once they are filled. One that the rows break is left out and told: Active Objects makes the
 * keys of its tables itself when the app is enabled.
 */
export async function addAppForeignKeys(
  client: pg.ClientBase,
  schema: string,
  tables: TableDescription[],
  onBroken: (table: string, column: string) => void,
): Promise<void> {
  for (const table of tables) {
    for (const key of table.definition!.foreignKeys) {
      const constraint = quoteIdent(`fk_${table.name}_${key.column}`.toLowerCase().slice(0, 63));
      await client.query('SAVEPOINT app_key');
      try {
        await client.query(
          `ALTER TABLE ${quoteIdent(schema)}.${quoteIdent(table.name)} ADD CONSTRAINT ${constraint} FOREIGN KEY (${quoteIdent(key.column)})
           REFERENCES ${quoteIdent(schema)}.${quoteIdent(key.table)} (${quoteIdent(key.references)})`,
        );
      } catch (error) {
        if (!brokenKeyStates.has(stateOf(error) ?? '')) throw error;
        await client.query('ROLLBACK TO SAVEPOINT app_key');
        onBroken(table.name, key.column);
      }
      await client.query('RELEASE SAVEPOINT app_key');
    }
  }
}

/** Rows that refer to nothing; no such table or column; no unique constraint to refer to; types that do not fit. */
const brokenKeyStates = new Set(['23503', '42P01', '42703', '42830', '42804']);
