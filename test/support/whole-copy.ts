import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { RunContext } from '#base/run-context.ts';
import { connect, type LiveSite } from '#sites/live/connection.ts';
import { type Catalog, quoteIdent, readCatalog } from '#sites/live/schema/catalog.ts';
import type { WholeFile } from '#sites/live/whole/file-stage.ts';
import type { WholeTableRows } from '#sites/live/whole/parallel-load.ts';
import { siteFiles } from '#sites/live/whole/site-files.ts';
import { siteRoots } from '#sites/live/whole/site-roots.ts';
import { type WholeSiteOptions, WholeSiteWriter } from '#sites/live/whole/whole-site-writer.ts';

/** A whole site as a snapshot would hold it, but read from the site itself when asked. */
export interface WholeSource {
  catalog: Catalog;
  tables: WholeTableRows[];
  files(): AsyncIterable<WholeFile>;
}

export async function wholeSource(site: LiveSite, context: RunContext): Promise<WholeSource> {
  const client = await connect(site);
  try {
    const catalog = await readCatalog(client, site.schema);
    const tables: WholeTableRows[] = [];
    for (const { name, columns } of catalog.tables) {
      const table = `${quoteIdent(site.schema)}.${quoteIdent(name)}`;
      // Another order than that of the table: a snapshot has the key first.
      const stored = columns.filter((column) => column.generated === null).reverse();
      const { rows } = await client.query(
        `SELECT count(*)::int AS n, pg_table_size('${table.replaceAll("'", "''")}')::int AS bytes FROM ${table}`,
      );
      const query = `COPY (SELECT ${stored.map((column) => quoteIdent(column.name)).join(', ')} FROM ${table}) TO STDOUT`;
      tables.push({
        name,
        columns: stored,
        rows: rows[0].n,
        bytes: rows[0].n === 0 ? 0 : rows[0].bytes,
        open: () => copyOut(site, query),
      });
    }
    return { catalog, tables, files: () => siteFiles(siteRoots(site, { installFiles: 'all' }), context) };
  } finally {
    await client.end();
  }
}

async function* copyOut(site: LiveSite, query: string): AsyncGenerator<Buffer> {
  const client = new pg.Client(site.databaseUrl);
  await client.connect();
  try {
    let rest = Buffer.alloc(0);
    for await (const piece of client.query(copyTo(query)) as AsyncIterable<Buffer>) {
      const data = Buffer.concat([rest, piece]);
      const end = data.lastIndexOf(10) + 1;
      if (end > 0) yield data.subarray(0, end);
      rest = data.subarray(end);
    }
  } finally {
    await client.end();
  }
}

/** What a flow does with the writer. */
export async function restoreWhole(
  source: WholeSource,
  target: LiveSite,
  id: string,
  context: RunContext,
  options: WholeSiteOptions = {},
): Promise<WholeSiteWriter> {
  const writer = new WholeSiteWriter(target, id, context, options);
  try {
    await writer.begin(source.catalog);
    // Either fails with the first failure, soon after the other.
    const work = await Promise.allSettled([writer.loadTables(source.tables), writer.writeFiles(source.files())]);
    for (const result of work) if (result.status === 'rejected') throw result.reason;
    await writer.verify();
    await writer.commit();
    return writer;
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
