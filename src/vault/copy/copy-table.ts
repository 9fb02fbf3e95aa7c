import { mapOrdered } from '#base/map-ordered.ts';
import { throwIfCancelled } from '#base/run-context.ts';
import { digestOf } from '../chunks/chunk-id.ts';
import type { SnapshotTable } from '../snapshots/snapshot.ts';
import { compareRowKeys, keyEnd, lineEnd } from '../tree/row-key.ts';
import type { TreeEntry, TreeRoot } from '../tree/tree-node.ts';
import { leaves, treeRows } from '../tree/tree-reader.ts';
import { TreeWriter } from '../tree/tree-writer.ts';
import { ahead, type Copy } from './copy-target.ts';

/** Copies the rows of a table. Memory: a few leaves. */
export async function copyTable(copy: Copy, table: SnapshotTable): Promise<TreeRoot> {
  const before = baseTrees(copy, table.name);
  if (copy.sameCut) return await copyLeaves(copy, table, before);
  if (before?.from.id === table.tree.id && before.from.id !== null) {
    const again = await takeOver(copy, before.to);
    if (again) return again;
  }
  return await cutAnew(copy, table);
}

function baseTrees({ base }: Copy, name: string): { from: TreeRoot; to: TreeRoot } | null {
  const from = base?.from.tables.find((table) => table.name === name)?.tree;
  const to = base?.to.tables.find((table) => table.name === name)?.tree;
  return from && to ? { from, to } : null;
}

/** The leaves are those of the source under ids of this vault. */
async function copyLeaves(copy: Copy, table: SnapshotTable, before: { from: TreeRoot; to: TreeRoot } | null): Promise<TreeRoot> {
  const { source, writer, seed, context } = copy;
  const tree = new TreeWriter(writer, seed);
  const weigh = ({ leaf, twin }: LeafAndTwin) => (twin ? 0 : leaf.bytes);
  const read = async ({ leaf, twin }: LeafAndTwin) => ({ leaf, twin, data: twin ? null : await source.read(leaf.id) });
  for await (const { leaf, twin, data } of mapOrdered(withTwins(copy, table, before), { ...ahead, weigh }, read)) {
    throwIfCancelled(context);
    tree.addLeaf({ ...leaf, id: data ? writer.put('rows', data) : twin! });
    await tree.ready();
  }
  return tree.finish();
}

interface LeafAndTwin {
  leaf: TreeEntry;
  /** The same rows in this vault, where the base has them. */
  twin: string | null;
}

/** The leaves of a table, each with its copy in the base. Both lists ascend by key, so one pass over each does. */
async function* withTwins(
  copy: Copy,
  table: SnapshotTable,
  before: { from: TreeRoot; to: TreeRoot } | null,
): AsyncGenerator<LeafAndTwin> {
  const known = before ? leafPairs(copy, before) : null;
  let pair = (await known?.next())?.value ?? null;
  for await (const leaf of leaves(copy.source, table.tree)) {
    while (pair && compareRowKeys(table.key, pair.from.last, leaf.last) < 0) pair = (await known!.next()).value ?? null;
    const twin = pair?.from.id === leaf.id && copy.writer.holds(digestOf(pair.to.id)) ? pair.to.id : null;
    yield { leaf, twin };
  }
}

/** Leaves of an older snapshot and of its copy. Ends where they do not go together. */
async function* leafPairs(
  copy: Copy,
  { from, to }: { from: TreeRoot; to: TreeRoot },
): AsyncGenerator<{ from: TreeEntry; to: TreeEntry }> {
  const copies = leaves(copy.base!.target, to);
  for await (const leaf of leaves(copy.source, from)) {
    const twin = (await copies.next()).value as TreeEntry | undefined;
    if (!twin || twin.rows !== leaf.rows || twin.bytes !== leaf.bytes || !twin.last.equals(leaf.last)) return;
    yield { from: leaf, to: twin };
  }
}

/** The tree of the base as it is; null when this vault does not hold all of it any more. */
async function takeOver({ writer, seed, base }: Copy, root: TreeRoot): Promise<TreeRoot | null> {
  const tree = new TreeWriter(writer, seed);
  for await (const leaf of leaves(base!.target, root)) {
    if (!writer.holds(digestOf(leaf.id))) return null;
    tree.addLeaf(leaf);
    await tree.ready();
  }
  return tree.finish();
}

async function cutAnew({ source, writer, seed, context }: Copy, table: SnapshotTable): Promise<TreeRoot> {
  const tree = new TreeWriter(writer, seed);
  for await (const rows of treeRows(source, table.tree)) {
    throwIfCancelled(context);
    for (let at = 0, end = 0; at < rows.length; at = end) {
      end = lineEnd(rows, at);
      const key = keyEnd(rows, at, end, table.key.length);
      tree.addRow(rows, at, end, key);
      if (end >= rows.length) tree.noteLast(rows, at, key);
    }
    await tree.ready();
  }
  return tree.finish();
}
