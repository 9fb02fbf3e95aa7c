import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { RunContext } from '../../src/base/run-context.ts';
import { generateLiveSite } from '../../src/flows/generate/generate-site.ts';
import { dropPreviousSite } from '../../src/sites/live/restore/rollback.ts';
import { createConfluenceSchema } from '../../src/sites/live/schema/confluence-schema.ts';
import type { BenchServer } from './server.ts';

/** The wiki that is backed up. */
export interface Wiki {
  /** Without the password. */
  url: string;
  home: string;
  pages: number;
  /** Of the tables as PostgreSQL stores them, without indexes. */
  tableBytes: number;
  fileBytes: number;
}

/** Versions of a page before the current one, on average: makes rows and files about equal at 20 kB of files a page. */
const history = 4;

/** A generated site of about 40 kB a page: 1 GB at 25,000 pages. */
export async function makeWiki(server: BenchServer, folder: string, pages: number, context: RunContext): Promise<Wiki> {
  const home = join(folder, 'home');
  await mkdir(join(home, 'attachments'), { recursive: true });
  const url = await server.database('wiki');
  const databaseUrl = server.withPassword(url);
  const site = { name: 'wiki', databaseUrl, home, schema: 'public' };
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    await createConfluenceSchema(client, { version: '8.5.6', buildNumber: 9012, now: new Date() });
    const fileBytes = pages * 20_000;
    await generateLiveSite({ pages, history, attachmentBytes: fileBytes }, site, context);
    await dropPreviousSite(site);
    await client.query('VACUUM ANALYZE');
    const { rows } = await client.query<{ bytes: string }>(
      `SELECT sum(pg_table_size(oid))::text AS bytes FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    );
    await server.admin('CHECKPOINT');
    return { url, home, pages, tableBytes: Number(rows[0].bytes), fileBytes };
  } finally {
    await client.end();
  }
}
