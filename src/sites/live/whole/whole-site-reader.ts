import type pg from 'pg';
import type { RunContext } from '#base/run-context.ts';
import type { SiteDescription } from '#model/site.ts';
import { connect, type LiveSite } from '../connection.ts';
import { databaseError } from '../postgres-error.ts';
import { copyOut } from '../reader/copy-out.ts';
import { assertConfluence, readSpaces, siteVersion } from '../reader/live-site-reader.ts';
import { type Catalog, quoteIdent, readCatalog } from '../schema/catalog.ts';
import { tableDefinition } from '../schema/table-definition.ts';
import { ReaderPool } from './reader-pool.ts';
import { readIdentity, type SourceIdentity } from './source-identity.ts';
import { readWholeTables, type WholeTable } from './whole-table.ts';

export type { SourceIdentity } from './source-identity.ts';
export type { WholeTable } from './whole-table.ts';

export interface WholeReaderOptions {
  /** Sessions that read at the same time, all of them as of the same moment. Default 2. */
  readers?: number;
}

/**
 * Reads every table of a live site as of one moment, raw: REPEATABLE READ, READ ONLY transactions on one exported snapshot, no lock
 * beyond ACCESS SHARE. Nothing is interpreted, so tables of apps and of versions that Oxbow does not know are read like all others.
 */
export class WholeSiteReader {
  readonly catalog: Catalog;
  readonly identity: SourceIdentity;
  /** Largest first. */
  readonly tables: WholeTable[];
  readonly #site: LiveSite;
  readonly #client: pg.Client;
  readonly #pool: ReaderPool;
  readonly #context: RunContext;

  private constructor(state: {
    site: LiveSite;
    client: pg.Client;
    pool: ReaderPool;
    catalog: Catalog;
    identity: SourceIdentity;
    tables: WholeTable[];
    context: RunContext;
  }) {
    this.#site = state.site;
    this.#client = state.client;
    this.#pool = state.pool;
    this.#context = state.context;
    this.catalog = state.catalog;
    this.identity = state.identity;
    this.tables = state.tables;
  }

  /** Errors: DATABASE_*, SITE_NOT_CONFLUENCE. */
  static async open(site: LiveSite, context: RunContext, options: WholeReaderOptions = {}): Promise<WholeSiteReader> {
    const client = await connect(site);
    const pool = new ReaderPool(site, client, options.readers ?? 2);
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await client.query(`SET LOCAL work_mem = '64MB'`);
      const catalog = await readCatalog(client, site.schema);
      assertConfluence(site, catalog);
      const identity = await readIdentity(client, site.schema);
      const tables = await readWholeTables(client, catalog);
      await nameWhatIsNotRead(client, catalog, context);
      await pool.share();
      return new WholeSiteReader({ site, client, pool, catalog, identity, tables, context });
    } catch (error) {
      await pool.close();
      throw databaseError(error, `opening the site '${site.name}'`);
    }
  }

  async describe(): Promise<SiteDescription> {
    const version = await siteVersion(this.#client, this.#site.schema);
    return {
      kind: 'live',
      scope: 'site',
      productVersion: version.version,
      buildNumber: version.build,
      compatibleBuildNumber: version.build,
      source: 'server',
      tables: this.tables.map(({ name, columns }) => ({
        name,
        columns,
        definition: tableDefinition(this.catalog, this.catalog.tables.find((table) => table.name === name)!),
      })),
      spaces: await readSpaces(this.#client, this.#site.schema, false),
    };
  }

  /** All rows, in the order of the key. Each line: xmin, ctid, then the columns of the table. */
  rows(table: WholeTable): AsyncGenerator<Buffer> {
    return this.#read(table, `t.xmin, t.ctid, ${this.#columns(table)}`);
  }

  /** Of all rows, in the order of the key: xmin, ctid, then the columns of the key. */
  scan(table: WholeTable): AsyncGenerator<Buffer> {
    const key = table.columns.slice(0, table.key.length).map((column) => `t.${quoteIdent(column.name)}`);
    return this.#read(table, ['t.xmin', 't.ctid', ...key].join(', '));
  }

  /** As rows(), of the row versions that lie at these places: pairs of block and offset. */
  rowsAt(table: WholeTable, places: Uint32Array): AsyncGenerator<Buffer> {
    let list = '';
    for (let i = 0; i < places.length; i += 2) list += `${i === 0 ? '' : ','}"(${places[i]},${places[i + 1]})"`;
    return this.#read(table, `t.xmin, t.ctid, ${this.#columns(table)}`, `t.ctid = ANY ('{${list}}'::tid[])`);
  }

  /** What the rows say of attachment files, a line for each version: id of the current version, version, container, status, title. */
  attachmentRows(): AsyncGenerator<Buffer> {
    const query = `SELECT coalesce(t.prevver, t.contentid), t.version, t.pageid, t.content_status, t.title
      FROM ${quoteIdent(this.#site.schema)}.content t WHERE t.contenttype = 'ATTACHMENT'`;
    return this.#pool.run((client) => copyOut(client, query, 'reading the attachments', this.#context));
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  #columns(table: WholeTable): string {
    return table.columns.map((column) => `t.${quoteIdent(column.name)}`).join(', ');
  }

  #read(table: WholeTable, columns: string, where?: string): AsyncGenerator<Buffer> {
    const from = `${quoteIdent(this.#site.schema)}.${quoteIdent(table.name)} t`;
    const order = table.order === '' ? '' : ` ORDER BY ${table.order}`;
    const query = `SELECT ${columns} FROM ${from}${where ? ` WHERE ${where}` : ''}${order}`;
    return this.#pool.run((client) => copyOut(client, query, `reading the table ${table.name}`, this.#context));
  }
}

/** What no whole backup holds is told by name. */
async function nameWhatIsNotRead(client: pg.ClientBase, catalog: Catalog, context: RunContext): Promise<void> {
  for (const other of catalog.others) {
    context.warn({ code: 'RELATION_LEFT_OUT', message: 'it is not backed up: Confluence has none of this kind', object: other });
  }
  const { rows } = await client.query<{ n: string }>('SELECT count(*)::text AS n FROM pg_largeobject_metadata');
  if (rows[0].n !== '0') {
    context.warn({
      code: 'RELATION_LEFT_OUT',
      message: 'large objects are not backed up: Confluence on PostgreSQL keeps none',
      object: `${rows[0].n} large objects`,
    });
  }
}
