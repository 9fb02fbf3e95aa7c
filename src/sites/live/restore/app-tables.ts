import type pg from 'pg';
import type { TableDescription } from '#model/site.ts';
import { quoteIdent } from '../schema/catalog.ts';

/**
 * Creates a table of an app as its backup defines it, with its sequence and primary key. Foreign keys between tables of apps are left to
 * the app, which makes its own at start (Active Objects migrates its tables whenever the app is enabled).
 */
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
