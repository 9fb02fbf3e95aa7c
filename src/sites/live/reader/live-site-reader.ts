import type pg from 'pg';
import { OxbowError } from '#base/errors.ts';
import type { RunContext } from '#base/run-context.ts';
import { referenceColumns, xmlOnlyColumns } from '#model/model.ts';
import type { AttachmentFile, RowBatch, SiteDescription, SiteReader, SpaceSummary, TableDescription } from '#model/site.ts';
import { tableModel } from '#model/table-model.ts';
import { connect, type LiveSite } from '../connection.ts';
import { isPlaceholder, nothings, placeholderEntity, tablesWithPlaceholders } from '../placeholders.ts';
import { databaseError } from '../postgres-error.ts';
import { type Catalog, type CatalogTable, quoteIdent, readCatalog } from '../schema/catalog.ts';
import { tableDefinition } from '../schema/table-definition.ts';
import { attachmentFiles } from './attachment-files.ts';
import { copyOut } from './copy-out.ts';
import { createMemberTables, SpaceMembers, type SpaceSelection } from './space-members.ts';

export interface LiveReadOptions {
  /** Keys of spaces, without regard to case; empty or absent is the whole site. */
  spaceKeys?: string[];
  history?: boolean;
  trash?: boolean;
}

/** SQL of columns that no table has, but an XML backup does: matched by when it is restored elsewhere. */
const derivedColumns: Record<string, Record<string, { sql: (schema: string) => string; needs: string }>> = {
  user_mapping: {
    email: {
      needs: 'cwd_user',
      sql: (schema) =>
        `(SELECT u.email_address FROM ${schema}.cwd_user u WHERE u.lower_user_name = t.lower_username ORDER BY u.directory_id, u.id LIMIT 1)`,
    },
  },
};

/**
 * Reads a live site as of one moment: one REPEATABLE READ, READ ONLY transaction, no lock beyond ACCESS SHARE. Rows that stand in for
 * records missing from a restored backup are left out.
 */
export class LiveSiteReader implements SiteReader {
  readonly #site: LiveSite;
  readonly #client: pg.Client;
  readonly #catalog: Catalog;
  readonly #members: SpaceMembers | null;
  readonly #selection: SpaceSelection;
  readonly #placeholders: Set<string>;
  readonly #nothings: string[];
  readonly #context: RunContext;
  readonly #spaces: SpaceSummary[];

  private constructor(state: ReaderState) {
    this.#site = state.site;
    this.#client = state.client;
    this.#catalog = state.catalog;
    this.#members = state.members;
    this.#selection = state.selection;
    this.#placeholders = state.placeholders;
    this.#nothings = state.nothings;
    this.#context = state.context;
    this.#spaces = state.spaces;
  }

  /** Errors: DATABASE_*, SITE_NOT_CONFLUENCE, SPACE_NOT_FOUND. */
  static async open(site: LiveSite, options: LiveReadOptions, context: RunContext): Promise<LiveSiteReader> {
    const client = await connect(site);
    try {
      await createMemberTables(client);
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      return new LiveSiteReader(await openState(site, client, options, context));
    } catch (error) {
      await client.end().catch(() => {});
      throw databaseError(error, `opening the site '${site.name}'`);
    }
  }

  async describe(): Promise<SiteDescription> {
    const version = await siteVersion(this.#client, this.#site.schema);
    return {
      kind: 'live',
      scope: this.#selection.spaces === null ? 'site' : 'space',
      productVersion: version.version,
      buildNumber: version.build,
      compatibleBuildNumber: version.build,
      source: 'server',
      tables: this.#catalog.tables.map((table) => this.#describeTable(table)),
      spaces: this.#spaces,
    };
  }

  async *rows(table: string): AsyncGenerator<RowBatch> {
    const found = this.#catalog.tables.find((t) => t.name === table);
    if (!found) return;
    const lines = copyOut(this.#client, this.#select(found), `reading the table ${table}`, this.#context);
    for await (const data of lines) yield batch(data);
  }

  /** Rows of the table in the selection. */
  async count(table: string): Promise<number> {
    const found = this.#catalog.tables.find((t) => t.name === table);
    if (!found) return 0;
    const condition = this.#condition(found);
    const result = await this.#client.query(
      `SELECT count(*) AS n FROM ${quoteIdent(this.#site.schema)}.${quoteIdent(table)} t${condition ? ` WHERE ${condition}` : ''}`,
    );
    return Number(result.rows[0].n);
  }

  attachments(): AsyncIterable<AttachmentFile> {
    const condition = this.#members?.isMember('t.contentid') ?? null;
    return attachmentFiles(this.#client, this.#site, condition, this.#selection.history, this.#context);
  }

  async close(): Promise<void> {
    await this.#client.query('ROLLBACK').catch(() => {});
    await this.#client.end();
  }

  #describeTable(table: CatalogTable): TableDescription {
    const columns = table.columns.map(({ name, type }) => ({ name, type }));
    for (const column of this.#derived(table.name)) columns.push({ name: column, type: 'text' });
    return { name: table.name, columns, definition: tableDefinition(this.#catalog, table) };
  }

  #derived(table: string): string[] {
    const known = derivedColumns[table] ?? {};
    const has = (name: string) => this.#catalog.tables.some((t) => t.name === name);
    return xmlOnlyColumns(table).filter((column) => known[column] && has(known[column].needs));
  }

  #select(table: CatalogTable): string {
    const schema = quoteIdent(this.#site.schema);
    const nullOutside = this.#members !== null && table.name === 'content' && this.#selection.spaces === null;
    const toContent = new Set(this.#nothings.length > 0 ? referenceColumns(table.name).map((reference) => reference.column) : []);
    const columns = table.columns.map(({ name }) => {
      const column = `t.${quoteIdent(name)}`;
      // A page whose parent is left out (trash) must not refer to it.
      if (nullOutside && name === 'parentid') return `CASE WHEN ${this.#members!.isMember(column)} THEN ${column} END`;
      if (!toContent.has(name)) return column;
      return this.#nothings.reduce((sql, id) => `nullif(${sql}, ${BigInt(id)})`, column);
    });
    for (const column of this.#derived(table.name)) columns.push(derivedColumns[table.name][column].sql(schema));
    const condition = this.#condition(table);
    const types = new Map(table.columns.map((column) => [column.name, column.type]));
    const keys = table.primaryKey?.columns ?? [];
    const order = keys.map((key) => `t.${quoteIdent(key)}${/char|text/.test(types.get(key) ?? '') ? ' COLLATE "C"' : ''}`);
    return `SELECT ${columns.join(', ')} FROM ${schema}.${quoteIdent(table.name)} t${condition ? ` WHERE ${condition}` : ''}${
      order.length > 0 ? ` ORDER BY ${order.join(', ')}` : ''
    }`;
  }

  #condition(table: CatalogTable): string | null {
    const model = tableModel(table.name);
    const { schema } = this.#site;
    const conditions: string[] = [];
    const member = this.#members && model ? this.#members.condition(model) : null;
    if (member !== null) conditions.push(member);
    else if (this.#selection.spaces !== null && !model) conditions.push('false');
    if (model && this.#placeholders.has(table.name))
      conditions.push(`NOT ${isPlaceholder(schema, table.name, `t.${model.key[0]}::text`)}`);
    if (table.name === 'os_propertyentry' && this.#placeholders.size > 0)
      conditions.push(`t.entity_name <> '${placeholderEntity}'`);
    return conditions.length > 0 ? conditions.join(' AND ') : null;
  }
}

interface ReaderState {
  site: LiveSite;
  client: pg.Client;
  catalog: Catalog;
  members: SpaceMembers | null;
  selection: SpaceSelection;
  placeholders: Set<string>;
  nothings: string[];
  context: RunContext;
  spaces: SpaceSummary[];
}

async function openState(site: LiveSite, client: pg.Client, options: LiveReadOptions, context: RunContext): Promise<ReaderState> {
  const catalog = await readCatalog(client, site.schema);
  assertConfluence(site, catalog);
  const placeholders = await tablesWithPlaceholders(client, site.schema);
  const all = await readSpaces(client, site.schema, placeholders.has('spaces'));
  const wanted = options.spaceKeys?.length ? selectSpaces(all, options.spaceKeys, site.name) : null;
  const selection: SpaceSelection = {
    spaces: wanted && { ids: wanted.map((space) => space.id), keys: wanted.map((space) => space.key) },
    history: options.history ?? true,
    trash: options.trash ?? true,
  };
  const everything = selection.spaces === null && selection.history && selection.trash;
  const members = everything
    ? null
    : new SpaceMembers(
        site.schema,
        selection,
        catalog.tables.map((table) => table.name),
      );
  await members?.fill(client);
  return {
    site,
    client,
    catalog,
    members,
    selection,
    placeholders,
    nothings: await nothings(client, site.schema),
    context,
    spaces: wanted ?? all,
  };
}

/** Throws SITE_NOT_CONFLUENCE when the schema lacks the tables that every Confluence has. */
export function assertConfluence(site: LiveSite, catalog: Catalog): void {
  const missing = ['content', 'bodycontent', 'spaces', 'os_propertyentry', 'confversion'].filter(
    (name) => !catalog.tables.some((table) => table.name === name),
  );
  if (missing.length === 0) return;
  throw new OxbowError(
    'SITE_NOT_CONFLUENCE',
    `The database of '${site.name}' is not one of Confluence: it has no table ${missing.join(', ')}.`,
    {
      hint: 'Check the database name and the schema.',
    },
  );
}

/** Version and build of a site, from the newest row of `confversion`. */
export async function siteVersion(
  client: pg.ClientBase,
  schema: string,
): Promise<{ version: string | null; build: number | null }> {
  const result = await client.query<{ buildnumber: string; versiontag: string | null }>(
    `SELECT buildnumber, versiontag FROM ${quoteIdent(schema)}.confversion ORDER BY buildnumber DESC LIMIT 1`,
  );
  const row = result.rows[0];
  return { version: row?.versiontag ?? null, build: row ? Number(row.buildnumber) : null };
}

/** The spaces of a site by key. */
export async function readSpaces(client: pg.ClientBase, schema: string, hasPlaceholders: boolean): Promise<SpaceSummary[]> {
  const where = hasPlaceholders ? ` WHERE NOT ${isPlaceholder(schema, 'spaces', 't.spaceid::text')}` : '';
  const result = await client.query<{ spaceid: string; spacekey: string; spacename: string | null; spacetype: string | null }>(
    `SELECT spaceid, spacekey, spacename, spacetype FROM ${quoteIdent(schema)}.spaces t${where} ORDER BY spacekey COLLATE "C"`,
  );
  return result.rows.map((row) => ({ id: row.spaceid, key: row.spacekey, name: row.spacename, type: row.spacetype }));
}

function selectSpaces(all: SpaceSummary[], keys: string[], siteName: string): SpaceSummary[] {
  const wanted = new Set(keys.map((key) => key.toLowerCase()));
  const found = all.filter((space) => wanted.has(space.key.toLowerCase()));
  const missing = keys.filter((key) => !found.some((space) => space.key.toLowerCase() === key.toLowerCase()));
  if (missing.length === 0) return found;
  const known = all.slice(0, 20).map((space) => space.key);
  throw new OxbowError('SPACE_NOT_FOUND', `The site '${siteName}' has no space ${missing.join(', ')}.`, {
    hint:
      known.length > 0 ? `Its spaces are: ${known.join(', ')}${all.length > known.length ? ', ...' : ''}.` : 'It has no spaces.',
  });
}

function batch(data: Buffer): RowBatch {
  let count = 0;
  for (let at = data.indexOf(10); at >= 0; at = data.indexOf(10, at + 1)) count++;
  return { data, count };
}
