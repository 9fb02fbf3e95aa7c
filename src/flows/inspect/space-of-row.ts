import { type Membership, tableModel } from '#model/table-model.ts';
import type { ContentLookup } from '#sites/snapshot/content-lookup.ts';
import { field, linesOf } from '#sites/snapshot/row-fields.ts';
import type { SnapshotSource } from '#sites/snapshot/snapshot-attachments.ts';
import type { SnapshotContents, SnapshotTable } from '#vault/snapshots/snapshot.ts';
import { rowsInRange, type TreeSource } from '#vault/tree/tree-reader.ts';

/** Says which space a row of a snapshot belongs to, by the rules of the model and single look-ups. */
export class SpaceOfRow {
  readonly #source: SnapshotSource & TreeSource;
  readonly #tables: Map<string, SnapshotTable>;
  readonly #lookup: ContentLookup;

  constructor(source: SnapshotSource & TreeSource, contents: SnapshotContents, lookup: ContentLookup) {
    this.#source = source;
    this.#tables = new Map(contents.tables.map((table) => [table.name, table]));
    this.#lookup = lookup;
  }

  /** Key of the space; null for a row that belongs to none, or to the site as a whole. */
  async of(table: SnapshotTable, line: Buffer): Promise<string | null> {
    const membership = tableModel(table.name)?.membership;
    return membership ? await this.#by(table, line, membership) : null;
  }

  async #by(table: SnapshotTable, line: Buffer, membership: Membership): Promise<string | null> {
    const value = (column: string) => {
      const at = table.columns.findIndex((candidate) => candidate.name === column);
      return at < 0 ? null : field({ data: line, start: 0, end: line.length }, at);
    };
    switch (membership.by) {
      case 'space': {
        const space = value(membership.column);
        if (space !== null) return this.#lookup.spaceKey(space);
        return table.name === 'content' ? await this.#ofContent(value('contentid')) : null;
      }
      case 'content': {
        const id = membership.columns.map(value).find((found) => found !== null) ?? null;
        if (id !== null) return await this.#ofContent(id);
        const space = membership.space ? value(membership.space) : null;
        return space === null ? null : this.#lookup.spaceKey(space);
      }
      case 'parent': {
        const parent = this.#tables.get(membership.table);
        const key = value(membership.column);
        const row = parent && key !== null ? await this.#find(parent, membership.table, key) : null;
        return row ? await this.of(parent!, row) : null;
      }
      case 'spaceKey':
        return value(membership.column);
      case 'contentEntity':
        return value('entity_name') === 'confluence_ContentEntityObject' ? await this.#ofContent(value('entity_id')) : null;
      case 'referrers':
        return null;
    }
  }

  async #ofContent(id: string | null): Promise<string | null> {
    const row = id === null ? null : await this.#lookup.row(id);
    return row ? await this.#lookup.spaceOf(row) : null;
  }

  /** The row of a table with this primary key, where the table lies in the order of it. */
  async #find(table: SnapshotTable, name: string, key: string): Promise<Buffer | null> {
    if (table.columns[0]?.name !== tableModel(name)!.key[0]) return null;
    const end = Buffer.from(key);
    for await (const data of rowsInRange(this.#source, table.tree, table.key, { from: end, to: end }))
      for (const { start, end } of linesOf(data)) return data.subarray(start, end);
    return null;
  }
}
