import type pg from 'pg';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import type { Catalog } from '../schema/catalog.ts';
import { addTriggers } from '../schema/clone-structure.ts';
import { withSearchPath } from '../schema/search-path.ts';
import type { LoadSessions } from './load-sessions.ts';
import { loadTask, type WholeTableRows } from './parallel-load.ts';
import { foreignKeyStatements, foreignKeyTasks, indexTasks, structureError, structureSteps } from './parallel-structure.ts';

export interface Filling {
  /** The session that decides: it does what only one can. */
  client: pg.Client;
  sessions: LoadSessions;
  schema: string;
}

/**
 * Loads rows into the bare tables of a schema and completes it: each table its constraints and indexes as soon as it is loaded, then foreign
 * keys, triggers and views.
 */
export async function fillSchema(
  filling: Filling,
  catalog: Catalog,
  tables: WholeTableRows[],
  context: RunContext,
): Promise<void> {
  const { client, sessions, schema } = filling;
  const given = new Map(tables.map((table) => [table.name, table]));
  const bytesOf = (name: string) => {
    const table = given.get(name);
    return table && table.rows > 0 ? Math.max(1, table.bytes) : 0;
  };
  const total = tables.reduce((sum, table) => sum + table.bytes, 0);
  let loaded = 0;
  const onBytes = (bytes: number) => {
    throwIfCancelled(context);
    loaded += bytes;
    context.progress({ phase: 'loading rows', done: Math.min(loaded, total), total, unit: 'bytes' });
  };
  const keys = foreignKeyTasks(catalog, schema, bytesOf, () => onSteps(1));
  const steps = keys.length + catalog.tables.reduce((sum, table) => sum + structureSteps(table, bytesOf(table.name)), 0);
  let built = 0;
  const onSteps = (count: number) => {
    built += count;
    context.progress({ phase: 'building indexes', done: built, total: steps, unit: 'steps' });
  };
  await sessions.run(
    catalog.tables.flatMap((table) => {
      const rows = given.get(table.name);
      const indexes = () => indexTasks(schema, table, bytesOf(table.name), onSteps);
      return rows && rows.rows > 0 ? [loadTask(schema, rows, onBytes, indexes)] : indexes();
    }),
  );
  await once('adding foreign keys', async () => {
    const statements = foreignKeyStatements(catalog, schema);
    if (statements.length > 0) await withSearchPath(client, schema, () => client.query(statements.join(';\n')));
  });
  await sessions.run(keys);
  await once('creating triggers and views', () => addTriggers(client, catalog, schema));
}

async function once(doing: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw structureError(error, doing);
  }
}
