import type { SiteDescription } from '#model/site.ts';
import { readDocument } from '#vault/snapshots/documents.ts';
import type { SnapshotContents, SnapshotTable } from '#vault/snapshots/snapshot.ts';
import { type KeyRange, rowsInRange } from '#vault/tree/tree-reader.ts';
import { field, type Line, linesOf } from './row-fields.ts';
import type { SnapshotSource } from './snapshot-attachments.ts';
import { columnAt } from './table-scan.ts';

/** A row of content, as far as it names things. */
export interface ContentRow {
  id: string;
  type: string | null;
  title: string | null;
  version: string | null;
  status: string | null;
  spaceId: string | null;
  /** Id of the current version, of a historical one. */
  current: string | null;
  /** Id of what it hangs on (of a comment or attachment). */
  container: string | null;
  parent: string | null;
}

const remembered = 20_000;
/** A comment on an attachment on a page, a historical version of it: no chain is longer. */
const longestChain = 8;

/**
 * Finds content of a snapshot by id, and the page and space that it belongs to, reading only the leaves that hold it. Memory: 20,000 rows.
 */
export class ContentLookup {
  readonly #source: SnapshotSource;
  readonly #content: SnapshotTable | undefined;
  readonly #spaces: Map<string, string>;
  readonly #rows = new Map<string, ContentRow | null>();

  private constructor(source: SnapshotSource, content: SnapshotTable | undefined, spaces: Map<string, string>) {
    this.#source = source;
    this.#content = content;
    this.#spaces = spaces;
  }

  static async open(source: SnapshotSource, contents: SnapshotContents): Promise<ContentLookup> {
    const document = contents.documents.description;
    const description = document && (JSON.parse((await readDocument(source, document)).toString('utf8')) as SiteDescription);
    const spaces = new Map((description ? description.spaces : []).map((space) => [space.id, space.key]));
    return new ContentLookup(
      source,
      contents.tables.find((table) => table.name === 'content'),
      spaces,
    );
  }

  /** Throws OBJECT_DAMAGED, CHUNK_MISSING where the row cannot be read. */
  async row(id: string): Promise<ContentRow | null> {
    const known = this.#rows.get(id);
    if (known !== undefined) return known;
    let found: ContentRow | null = null;
    for await (const row of this.between({ from: Buffer.from(id), to: Buffer.from(id) })) found = row;
    if (this.#rows.size >= remembered) this.#rows.clear();
    this.#rows.set(id, found);
    return found;
  }

  /** The rows whose ids lie in a range, both ends included. */
  async *between(range: KeyRange): AsyncGenerator<ContentRow> {
    const table = this.#content;
    if (!table) return;
    for await (const data of rowsInRange(this.#source, table.tree, table.key, range))
      for (const line of linesOf(data)) yield this.#parse(table, line);
  }

  /** The page, blog post or description that content belongs to, itself included; as far as it can be told. */
  async owner(row: ContentRow): Promise<ContentRow> {
    let owner = row;
    for (let i = 0; i < longestChain; i++) {
      const next = owner.current ?? owner.container;
      const above = next === null ? null : await this.row(next);
      if (!above) break;
      owner = above;
    }
    return owner;
  }

  /** Key of the space of a row or of what it hangs on; null for none. */
  async spaceOf(row: ContentRow): Promise<string | null> {
    const id = row.spaceId ?? (await this.owner(row)).spaceId;
    return id === null ? null : (this.#spaces.get(id) ?? null);
  }

  spaceKey(id: string): string | null {
    return this.#spaces.get(id) ?? null;
  }

  #parse(table: SnapshotTable, line: Line): ContentRow {
    const value = (column: string) => {
      const at = columnAt(table, column);
      return at < 0 ? null : field(line, at);
    };
    return {
      id: value('contentid')!,
      type: value('contenttype'),
      title: value('title'),
      version: value('version'),
      status: value('content_status'),
      spaceId: value('spaceid'),
      current: value('prevver'),
      container: value('pageid'),
      parent: value('parentid'),
    };
  }
}
