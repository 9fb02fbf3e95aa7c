import { IdSet } from '#model/id-set.ts';
import { referenceColumns, userColumns } from '#model/model.ts';
import { type Membership, type TableModel, tableModel, tableModels } from '#model/table-model.ts';
import type { SnapshotTable } from '#vault/snapshots/snapshot.ts';
import type { TreeSource } from '#vault/tree/tree-reader.ts';
import { field, type Line, rawField } from './row-fields.ts';
import type { SnapshotSelection } from './selected-content.ts';
import { columnAt, type LeafFilter, scanLines } from './table-scan.ts';

/** Which rows of a table belong to a selection, and which leaves can hold any. */
export interface RowFilter {
  keeps: (line: Line) => boolean;
  leaves?: LeafFilter;
}

const nobody: RowFilter = { keeps: () => false, leaves: () => false };
const everybody: RowFilter = { keeps: () => true };
const userKey = /ri:userkey="([^"]+)"/g;

/**
 * The rules of the model by which rows belong to spaces, applied to the rows of a snapshot: the same as in SQL for a live site
 * (sites/live/reader/space-members.ts). Sets of ids are made when a table first asks for them; they grow with the selection.
 */
export class RowFilters {
  readonly #source: TreeSource;
  readonly #tables: Map<string, SnapshotTable>;
  readonly #selection: SnapshotSelection;
  readonly #members: IdSet;
  readonly #parents = new Map<string, Promise<IdSet>>();

  constructor(source: TreeSource, tables: Map<string, SnapshotTable>, selection: SnapshotSelection, members: IdSet) {
    this.#source = source;
    this.#tables = tables;
    this.#selection = selection;
    this.#members = members;
  }

  /** The filter of a table; everything for a table that the model does not know, unless spaces are selected. */
  async of(name: string): Promise<RowFilter> {
    const { spaces } = this.#selection;
    const model = tableModel(name);
    const table = this.#tables.get(name);
    if (!table || (!model && spaces !== null)) return nobody;
    if (!model) return everybody;
    if (!model.membership) return spaces === null ? everybody : nobody;
    if (model.membership.by === 'referrers') return spaces === null ? everybody : await this.#referrers(model, table);
    return await this.#by(model, table, model.membership);
  }

  async #by(model: TableModel, table: SnapshotTable, membership: Membership): Promise<RowFilter> {
    const { spaces, history } = this.#selection;
    const raw = (column: string) => valueIn(table, column);
    const members = this.#members;
    const inSpace = (id: string | null) => spaces === null || (id !== null && spaces.ids.has(id));
    switch (membership.by) {
      case 'space': {
        if (model.name === 'content') return this.#keyed(table, 'contentid', members);
        const space = raw(membership.column);
        if (model.name !== 'pagetemplates') return { keeps: (line) => inSpace(space(line)) };
        const prevver = raw('prevver');
        if (!history) return { keeps: (line) => inSpace(space(line)) && prevver(line) === null };
        // A historical version names no space: it belongs to that of its current one.
        const own = new IdSet();
        const id = raw(model.key[0]);
        for await (const line of scanLines(this.#source, table)) if (inSpace(space(line))) own.add(id(line)!);
        return { keeps: (line) => inSpace(space(line)) || (prevver(line) !== null && own.has(prevver(line)!)) };
      }
      case 'content': {
        const columns = membership.columns.map(raw);
        const ofContent = (ids: (string | null)[]) => ids.every((id) => id === null || members.has(id));
        const leaves = this.#leaves(table, membership.columns[0], members);
        if (spaces === null) return { keeps: (line) => ofContent(columns.map((column) => column(line))) };
        const space = membership.space ? raw(membership.space) : null;
        const parent = membership.parent ? await this.#parent(table, membership.parent) : null;
        const keeps = (line: Line) => {
          const ids = columns.map((column) => column(line));
          if (ids.some((id) => id !== null)) return ofContent(ids);
          return (space !== null && inSpace(space(line))) || (parent?.keeps(line) ?? false);
        };
        return { keeps, ...(leaves ? { leaves } : {}) };
      }
      case 'parent':
        return await this.#parent(table, membership);
      case 'spaceKey': {
        const key = columnAt(table, membership.column);
        return {
          keeps: (line) => {
            const text = key < 0 ? null : field(line, key);
            return spaces === null || (text !== null && spaces.keys.has(text));
          },
        };
      }
      case 'contentEntity': {
        const entity = raw('entity_name');
        const id = raw('entity_id');
        const isContent = (line: Line) => entity(line) === 'confluence_ContentEntityObject';
        const isMember = (line: Line) => members.has(id(line) ?? '');
        if (spaces === null) return { keeps: (line) => !isContent(line) || isMember(line) };
        return { keeps: (line) => isContent(line) && isMember(line) };
      }
      case 'referrers':
        return await this.#referrers(model, table);
    }
  }

  /** Rows whose parent in another table is kept. */
  async #parent(table: SnapshotTable, parent: { column: string; table: string }): Promise<RowFilter> {
    let keys = this.#parents.get(parent.table);
    if (!keys) {
      keys = this.#keptKeys(parent.table);
      this.#parents.set(parent.table, keys);
    }
    return this.#keyed(table, parent.column, await keys);
  }

  /** Keys of the rows of a table that are kept. */
  async #keptKeys(name: string): Promise<IdSet> {
    const keys = new IdSet();
    const table = this.#tables.get(name);
    if (!table) return keys;
    const { keeps, leaves } = await this.of(name);
    const key = valueIn(table, tableModel(name)!.key[0]);
    for await (const line of scanLines(this.#source, table, leaves)) if (keeps(line)) keys.add(key(line) ?? '');
    return keys;
  }

  #keyed(table: SnapshotTable, column: string, ids: IdSet): RowFilter {
    const value = valueIn(table, column);
    const leaves = this.#leaves(table, column, ids);
    return {
      keeps: (line) => {
        const id = value(line);
        return id !== null && ids.has(id);
      },
      ...(leaves ? { leaves } : {}),
    };
  }

  /** Leaves can be told apart when the table lies in the order of the column. The last ones may hold rows without a value of it. */
  #leaves(table: SnapshotTable, column: string, ids: IdSet): LeafFilter | undefined {
    if (table.key[0] !== 'number' || table.columns[0].name !== column) return undefined;
    return (after, upTo) => upTo === Number.POSITIVE_INFINITY || ids.mayHold(after, upTo);
  }

  async #referrers(model: TableModel, table: SnapshotTable): Promise<RowFilter> {
    const isUsers = model.name === 'user_mapping';
    const keys = new Set<string>();
    for (const other of tableModels) {
      const from = this.#tables.get(other.name);
      if (!from || !other.membership || other.membership.by === 'referrers') continue;
      const columns = isUsers
        ? userColumns(other.name)
        : referenceColumns(other.name)
            .filter((reference) => reference.table === model.name)
            .map((reference) => reference.column);
      const values = columns.map((column) => valueIn(from, column));
      const body = isUsers && other.name === 'bodycontent' ? columnAt(from, 'body') : -1;
      if (values.length === 0 && body < 0) continue;
      const { keeps, leaves } = await this.of(other.name);
      for await (const line of scanLines(this.#source, from, leaves)) {
        if (!keeps(line)) continue;
        for (const value of values) {
          const key = value(line);
          if (key !== null) keys.add(key);
        }
        if (body >= 0) for (const [, key] of (rawField(line, body) ?? '').matchAll(userKey)) keys.add(key);
      }
    }
    const key = valueIn(table, model.key[0]);
    return { keeps: (line) => keys.has(key(line) ?? '') };
  }
}

/** Gives the value of a column that needs no unescaping: ids, keys. */
function valueIn(table: SnapshotTable, column: string): (line: Line) => string | null {
  const index = columnAt(table, column);
  return index < 0 ? () => null : (line) => rawField(line, index);
}
