import { readFile } from 'node:fs/promises';
import type { ClientBase } from 'pg';

export interface BareSite {
  /** Product version as people say it ("8.5.6"). */
  version: string;
  buildNumber: number;
  now: Date;
}

/** The shape of 8.3 to 8.9. */
const schemaFile = new URL('confluence-8.sql', import.meta.url);

/**
 * Creates Confluence's tables in the first schema of search_path, which must be empty, and the two rows without which no Confluence
 * starts: its version (finalized) and the first block of ids of the hi/lo generator. All or nothing.
 */
export async function createConfluenceSchema(client: ClientBase, site: BareSite): Promise<void> {
  const ddl = await readFile(schemaFile, 'utf8');
  await client.query('BEGIN');
  try {
    await client.query(ddl);
    await client.query(
      `INSERT INTO confversion (confversionid, buildnumber, installdate, versiontag, finalized, creationdate, lastmoddate)
       VALUES (1, $1, $2::timestamp, $3, 'Y', $2::timestamp, $2::timestamp)`,
      [site.buildNumber, site.now, site.version],
    );
    await client.query('INSERT INTO hibernate_unique_key (next_hi) VALUES (1)');
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}
