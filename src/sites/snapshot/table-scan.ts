import type { SnapshotTable } from '#vault/snapshots/snapshot.ts';
import type { TreeEntry } from '#vault/tree/tree-node.ts';
import { leaves, type TreeSource } from '#vault/tree/tree-reader.ts';
import { type Line, linesOf, rawField } from './row-fields.ts';

/** Told the first field of the keys above which and up to which a leaf lies, as numbers: false passes it over unread. */
export type LeafFilter = (after: number, upTo: number) => boolean;

/** The rows of a table, a leaf at a time, without reading the leaves that the filter excludes. */
export async function* scanTable(source: TreeSource, table: SnapshotTable, filter?: LeafFilter): AsyncGenerator<Buffer> {
  async function* ids() {
    let after = Number.NEGATIVE_INFINITY;
    for await (const leaf of leaves(source, table.tree)) {
      const upTo = lastNumber(leaf);
      if (!filter || filter(after, upTo)) yield leaf.id;
      after = upTo;
    }
  }
  yield* source.readMany(ids());
}

/** The first field of the last key as a number; of the only leaf of a small tree it is not known. A null comes last. */
function lastNumber(leaf: TreeEntry): number {
  if (leaf.last.length === 0) return Number.POSITIVE_INFINITY;
  const text = rawField({ data: leaf.last, start: 0, end: leaf.last.length + 1 }, 0);
  const number = text === null ? Number.POSITIVE_INFINITY : Number(text);
  return Number.isNaN(number) ? Number.POSITIVE_INFINITY : number;
}

/** The rows of a table one by one. */
export async function* scanLines(source: TreeSource, table: SnapshotTable, filter?: LeafFilter): AsyncGenerator<Line> {
  for await (const data of scanTable(source, table, filter)) yield* linesOf(data);
}

/** Where a column stands in the rows of a table, -1 when it has none of that name. */
export function columnAt(table: SnapshotTable, column: string): number {
  return table.columns.findIndex((candidate) => candidate.name === column);
}
