import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { OxbowError } from '#base/errors.ts';

const folder = join(import.meta.dirname, 'migrations');
/** Two servers that start together do it one after the other. "oxbow" in ASCII. */
const migrationLock = 0x6f78626f77;

/** Brings the tables up to date: each file of migrations/ once, in the order of its number, each in a transaction. Never back. */
export async function migrate(client: pg.Client): Promise<void> {
  await client.query('SELECT pg_advisory_lock($1)', [migrationLock]);
  try {
    await client.query('CREATE SCHEMA IF NOT EXISTS oxbow_control');
    await client.query(
      'CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())',
    );
    const known = await knownMigrations();
    const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations');
    const applied = new Set(rows.map(({ name }) => name));
    const newer = [...applied].filter((name) => !known.includes(name)).sort();
    if (newer.length > 0) {
      throw new OxbowError('CONTROL_DATABASE_NEWER', `The control database was written by a newer Oxbow (${newer.join(', ')}).`, {
        hint: 'Start the newer version; an older one would not understand what it keeps.',
      });
    }
    for (const name of known) {
      if (applied.has(name)) continue;
      const sql = await readFile(join(folder, name), 'utf8');
      await client.query('BEGIN');
      try {
        await client.query(sql);
        await client.query('INSERT INTO migrations (name) VALUES ($1)', [name]);
        await client.query('COMMIT');
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      }
    }
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [migrationLock]);
  }
}

/** Whether these are the migrations that this version knows: none is missing, none is newer. */
export async function areAllMigrations(applied: readonly string[]): Promise<boolean> {
  return [...applied].sort().join() === (await knownMigrations()).join();
}

let known: string[] | null = null;

async function knownMigrations(): Promise<string[]> {
  known ??= (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return known;
}
