import { OxbowError } from '#base/errors.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import { encodeField } from '#model/copy-text.ts';
import { IdSet } from '#model/id-set.ts';
import { referenceColumns, xmlOnlyColumns } from '#model/model.ts';
import type { AttachmentFile, RowBatch, SiteDescription, SiteReader, SpaceSummary, TableDescription } from '#model/site.ts';
import { tableModel } from '#model/table-model.ts';
import { readDocument } from '#vault/snapshots/documents.ts';
import { readContents } from '#vault/snapshots/list-snapshots.ts';
import type { Snapshot, SnapshotContents, SnapshotTable } from '#vault/snapshots/snapshot.ts';
import { isKeptTable } from './kept-tables.ts';
import { type Placeholders, readPlaceholders } from './placeholders.ts';
import { field, type Line, linesOf, rawField } from './row-fields.ts';
import { type RowFilter, RowFilters } from './row-filters.ts';
import { type SnapshotSelection, selectContent } from './selected-content.ts';
import { type SnapshotSource, snapshotAttachments } from './snapshot-attachments.ts';
import { pathOfAttachment } from './snapshot-paths.ts';
import { columnAt, scanLines, scanTable } from './table-scan.ts';

export interface SnapshotReadOptions {
  /** Keys of spaces, without regard to case; empty or absent is the whole site. */
  spaceKeys?: string[];
  history?: boolean;
  trash?: boolean;
}

/**
 * Reads a snapshot as a site, in the terms of the model: what a live site or an XML backup reads as is read here too. Rows that stand in for
 * records missing from a restored backup are left out. Rows come in the order of the snapshot (content by id).
 * Memory: ids of the content that is selected, and names and addresses of the accounts when user_mapping is read (some 100 bytes each).
 */
export class SnapshotSiteReader implements SiteReader {
  readonly contents: SnapshotContents;
  readonly #source: SnapshotSource;
  readonly #tables: Map<string, SnapshotTable>;
  readonly #stored: SiteDescription;
  readonly #selection: SnapshotSelection;
  readonly #spaces: SpaceSummary[];
  readonly #members: IdSet | null;
  readonly #filters: RowFilters | null;
  readonly #placeholders: Placeholders;
  readonly #context: RunContext;

  private constructor(state: ReaderState) {
    this.contents = state.contents;
    this.#source = state.source;
    this.#tables = state.tables;
    this.#stored = state.stored;
    this.#selection = state.selection;
    this.#spaces = state.spaces;
    this.#members = state.members;
    this.#filters = state.members && new RowFilters(state.source, state.tables, state.selection, state.members);
    this.#placeholders = state.placeholders;
    this.#context = state.context;
  }

  /** Errors: SPACE_NOT_FOUND, and those of reading a vault. */
  static async open(
    source: SnapshotSource,
    snapshot: Pick<Snapshot, 'contents'>,
    options: SnapshotReadOptions,
    context: RunContext,
  ): Promise<SnapshotSiteReader> {
    return new SnapshotSiteReader(await openState(source, snapshot, options, context));
  }

  /** True when it is of a live site: then its rows carry what only a database has. */
  get isLive(): boolean {
    return this.#stored.kind === 'live';
  }

  async describe(): Promise<SiteDescription> {
    const tables = this.contents.tables.filter((table) => !isKeptTable(table.name)).map((table) => this.#describeTable(table));
    const scope = this.#selection.spaces === null ? this.#stored.scope : 'space';
    return { ...this.#stored, kind: 'snapshot', scope, tables, spaces: this.#spaces };
  }

  async *rows(name: string): AsyncGenerator<RowBatch> {
    const table = this.#tables.get(name);
    if (!table) return;
    const filter = this.#filters ? await this.#filters.of(name) : null;
    const placeholders = this.#placeholders.rows.get(name);
    const rewrite = await this.#rewriter(table);
    const plain = !filter && !placeholders && !rewrite && name !== 'os_propertyentry';
    for await (const data of scanTable(this.#source, table, filter?.leaves)) {
      throwIfCancelled(this.#context);
      const batch = plain ? { data, count: lineCount(data) } : this.#selectLines(table, data, { filter, placeholders, rewrite });
      if (batch.count > 0) yield batch;
    }
  }

  async *attachments(): AsyncGenerator<AttachmentFile> {
    const members = this.#members;
    yield* snapshotAttachments(
      this.#source,
      this.contents,
      this.#tables.get('content'),
      {
        ofPath: pathOfAttachment,
        isMember: (id) => !members || members.has(id),
        history: this.#selection.history,
        strays: !this.isLive && members === null,
      },
      this.#context,
    );
  }

  /** A document of the snapshot as JSON, null when it has none of that name. */
  async document<T>(name: string): Promise<T | null> {
    const ids = this.contents.documents[name];
    return ids ? (JSON.parse((await readDocument(this.#source, ids)).toString('utf8')) as T) : null;
  }

  /** What the model does not know of an imported XML backup, as JSON, by class and id. */
  async *kept<T>(table: 'oxbow:objects' | 'oxbow:properties'): AsyncGenerator<T> {
    const found = this.#tables.get(table);
    if (!found) return;
    const at = columnAt(found, 'json');
    for await (const line of scanLines(this.#source, found)) yield JSON.parse(field(line, at)!) as T;
  }

  async close(): Promise<void> {}

  #describeTable(table: SnapshotTable): TableDescription {
    const columns = [...table.columns];
    for (const column of this.#derived(table.name)) columns.push({ name: column, type: 'text' });
    const definition = this.#stored.tables.find((candidate) => candidate.name === table.name)?.definition;
    return { name: table.name, columns, ...(definition ? { definition } : {}) };
  }

  /** Columns that no table of a database has, but an XML backup does. */
  #derived(name: string): string[] {
    const table = this.#tables.get(name);
    if (!table || name !== 'user_mapping' || !this.#tables.has('cwd_user')) return [];
    return xmlOnlyColumns(name).filter((column) => columnAt(table, column) < 0);
  }

  #selectLines(
    table: SnapshotTable,
    data: Buffer,
    {
      filter,
      placeholders,
      rewrite,
    }: { filter: RowFilter | null; placeholders?: Set<string> | undefined; rewrite: Rewrite | null },
  ): RowBatch {
    const kept: Buffer[] = [];
    const key = tableModel(table.name)?.key[0];
    const keyAt = key ? columnAt(table, key) : -1;
    const entityAt = table.name === 'os_propertyentry' ? columnAt(table, 'entity_name') : -1;
    for (const line of linesOf(data)) {
      if (filter && !filter.keeps(line)) continue;
      if (placeholders && keyAt >= 0 && placeholders.has(field(line, keyAt) ?? '')) continue;
      if (entityAt >= 0 && rawField(line, entityAt) === 'oxbow_placeholder') continue;
      kept.push(rewrite ? rewrite(line) : data.subarray(line.start, line.end));
    }
    return { data: Buffer.concat(kept), count: kept.length };
  }

  /** Changes fields that mean something else outside of the database or of the selection. Null: nothing to change. */
  async #rewriter(table: SnapshotTable): Promise<Rewrite | null> {
    const { nothings } = this.#placeholders;
    const changes: ((fields: string[]) => void)[] = [];
    if (nothings.size > 0) {
      for (const { column } of referenceColumns(table.name)) {
        const at = columnAt(table, column);
        if (at < 0) continue;
        changes.push((fields) => {
          if (nothings.has(fields[at])) fields[at] = '\\N';
        });
      }
    }
    const members = this.#members;
    if (table.name === 'content' && members && this.#selection.spaces === null) {
      // A page whose parent is left out (trash) must not refer to it.
      const at = columnAt(table, 'parentid');
      changes.push((fields) => {
        if (at >= 0 && !members.has(fields[at])) fields[at] = '\\N';
      });
    }
    if (this.#derived(table.name).length > 0) {
      const addresses = await this.#addresses();
      const at = columnAt(table, 'lower_username');
      changes.push((fields) => {
        fields.push(encodeField(addresses.get(fields[at]) ?? null));
      });
    }
    if (changes.length === 0) return null;
    return ({ data, start, end }) => {
      const fields = data.toString('utf8', start, end - 1).split('\t');
      for (const change of changes) change(fields);
      return Buffer.from(`${fields.join('\t')}\n`);
    };
  }

  /** E-mail addresses by lower user name as it stands in a row; of several accounts the one of the first directory counts. */
  async #addresses(): Promise<Map<string, string | null>> {
    const users = this.#tables.get('cwd_user')!;
    const at = ['lower_user_name', 'email_address', 'directory_id', 'id'].map((column) => columnAt(users, column));
    const found = new Map<string, { address: string | null; directory: number; id: number }>();
    for await (const line of scanLines(this.#source, users)) {
      const name = rawField(line, at[0]);
      if (name === null) continue;
      const [address, directory, id] = [field(line, at[1]), Number(rawField(line, at[2])), Number(rawField(line, at[3]))];
      const other = found.get(name);
      if (!other || directory < other.directory || (directory === other.directory && id < other.id))
        found.set(name, { address, directory, id });
    }
    return new Map([...found].map(([name, { address }]) => [name, address]));
  }
}

type Rewrite = (line: Line) => Buffer;

interface ReaderState {
  source: SnapshotSource;
  contents: SnapshotContents;
  tables: Map<string, SnapshotTable>;
  stored: SiteDescription;
  selection: SnapshotSelection;
  spaces: SpaceSummary[];
  members: IdSet | null;
  placeholders: Placeholders;
  context: RunContext;
}

async function openState(
  source: SnapshotSource,
  snapshot: Pick<Snapshot, 'contents'>,
  options: SnapshotReadOptions,
  context: RunContext,
): Promise<ReaderState> {
  const contents = await readContents(source, snapshot);
  const tables = new Map(contents.tables.map((table) => [table.name, table]));
  const description = await readDocument(source, contents.documents.description);
  const stored = JSON.parse(description.toString('utf8')) as SiteDescription;
  const placeholders =
    stored.kind === 'live'
      ? await readPlaceholders(source, tables.get('os_propertyentry'))
      : { rows: new Map<string, Set<string>>(), nothings: new Set<string>() };
  const standIns = placeholders.rows.get('spaces');
  const all = stored.spaces.filter((space) => !standIns?.has(space.id));
  const wanted = options.spaceKeys?.length ? selectSpaces(all, options.spaceKeys) : null;
  const selection: SnapshotSelection = {
    spaces: wanted && {
      ids: new Set(wanted.map((space) => space.id)),
      keys: new Set(wanted.map((space) => space.key)),
    },
    history: options.history ?? true,
    trash: options.trash ?? true,
  };
  const everything = selection.spaces === null && selection.history && selection.trash;
  const content = tables.get('content');
  const members = everything ? null : content ? await selectContent(source, content, selection) : new IdSet();
  return { source, contents, tables, stored, selection, spaces: wanted ?? all, members, placeholders, context };
}

function selectSpaces(all: SpaceSummary[], keys: string[]): SpaceSummary[] {
  const wanted = new Set(keys.map((key) => key.toLowerCase()));
  const found = all.filter((space) => wanted.has(space.key.toLowerCase()));
  const missing = keys.filter((key) => !found.some((space) => space.key.toLowerCase() === key.toLowerCase()));
  if (missing.length === 0) return found;
  const known = all.slice(0, 20).map((space) => space.key);
  throw new OxbowError('SPACE_NOT_FOUND', `The snapshot has no space ${missing.join(', ')}.`, {
    hint: known.length > 0 ? `Its spaces are: ${known.join(', ')}${all.length > known.length ? ', ...' : ''}.` : 'It has none.',
  });
}

function lineCount(data: Buffer): number {
  let count = 0;
  for (let at = data.indexOf(10); at >= 0; at = data.indexOf(10, at + 1)) count++;
  return count;
}
