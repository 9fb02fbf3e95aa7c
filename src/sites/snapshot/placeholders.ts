import type { SnapshotTable } from '#vault/snapshots/snapshot.ts';
import { rowsInRange, type TreeSource } from '#vault/tree/tree-reader.ts';
import { field, linesOf } from './row-fields.ts';
import { columnAt } from './table-scan.ts';

/** As a live site marks them (sites/live/placeholders.ts); the two must agree. */
export const placeholderEntity = 'oxbow_placeholder';

export interface Placeholders {
  /** Ids of rows that stand in for missing records, by table. Memory: as many as there are, usually none. */
  rows: Map<string, Set<string>>;
  /** Ids of content that stands for no content at all. */
  nothings: Set<string>;
}

/** The placeholders of a snapshot of a live site. Reads only the part of os_propertyentry that can hold them. */
export async function readPlaceholders(source: TreeSource, table: SnapshotTable | undefined): Promise<Placeholders> {
  const found: Placeholders = { rows: new Map(), nothings: new Set() };
  if (!table || table.key.length < 3) return found;
  const entity = Buffer.from(placeholderEntity);
  const at = ['entity_name', 'entity_key', 'string_val'].map((column) => columnAt(table, column));
  for await (const data of rowsInRange(source, table.tree, table.key, { from: entity, to: entity })) {
    for (const line of linesOf(data)) {
      const [name, key, text] = at.map((index) => (index < 0 ? null : field(line, index)));
      if (name !== placeholderEntity || key === null) continue;
      const colon = key.indexOf(':');
      const of = key.slice(0, colon);
      const ids = found.rows.get(of) ?? new Set();
      ids.add(key.slice(colon + 1));
      found.rows.set(of, ids);
      if (of === 'content' && text === 'nothing') found.nothings.add(key.slice(colon + 1));
    }
  }
  return found;
}
