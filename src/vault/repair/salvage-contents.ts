import type { ChunkId } from '../chunks/chunk-id.ts';
import type { ChunkReader } from '../chunks/chunk-reader.ts';
import type { ChunkWriter } from '../chunks/chunk-writer.ts';
import { type FileEntry, parseFileLine, partsOf } from '../files/file-line.ts';
import { orNull } from '../maintenance/damage.ts';
import type { SnapshotContents, SnapshotTable } from '../snapshots/snapshot.ts';
import { keyEnd, lineEnd } from '../tree/row-key.ts';
import type { TreeEntry, TreeRoot } from '../tree/tree-node.ts';
import { readNode, rootEntry } from '../tree/tree-reader.ts';
import { TreeWriter } from '../tree/tree-writer.ts';

export interface SalvageTarget {
  /** Knows sound packs only: what it does not have is lost. */
  reader: ChunkReader;
  writer: ChunkWriter;
  seed: number;
}

/** What can be saved of a snapshot: tables without the lost leaves, files without those that lack a part, the documents that are whole. */
export async function salvageContents(
  target: SalvageTarget,
  contents: SnapshotContents,
): Promise<{ contents: SnapshotContents; files: number; fileBytes: number }> {
  const { reader } = target;
  const tables: SnapshotTable[] = [];
  for (const table of contents.tables) tables.push({ ...table, tree: await salvageRows(target, table.tree) });
  const files = await salvageFiles(target, contents.files);
  const whole = Object.entries(contents.documents).filter(([, ids]) => ids.every((id) => reader.has(id)));
  const saved = { ...contents, tables, files: files.tree, documents: Object.fromEntries(whole) };
  return { contents: saved, files: files.count, fileBytes: files.bytes };
}

/** Every leaf but the last of a list was closed by its own last key: without its neighbours it is still a leaf of the tree of what is left. */
async function salvageRows({ reader, writer, seed }: SalvageTarget, root: TreeRoot): Promise<TreeRoot> {
  const tree = new TreeWriter(writer, seed);
  for await (const leaf of soundLeaves(reader, root)) {
    tree.addLeaf(leaf);
    await tree.ready();
  }
  return tree.finish();
}

async function* soundLeaves(reader: ChunkReader, root: TreeRoot): AsyncGenerator<TreeEntry> {
  const entry = rootEntry(root);
  if (entry) yield* below(reader, entry);
}

async function* below(reader: ChunkReader, entry: TreeEntry): AsyncGenerator<TreeEntry> {
  if (!reader.has(entry.id)) return;
  if (entry.level === 0) {
    yield entry;
    return;
  }
  for (const child of (await orNull(() => readNode(reader, entry.id))) ?? []) yield* below(reader, child);
}

async function salvageFiles({ reader, writer, seed }: SalvageTarget, root: TreeRoot) {
  const tree = new TreeWriter(writer, seed);
  let count = 0;
  let bytes = 0;
  let last: { data: Buffer; start: number; key: number } | null = null;
  for await (const leaf of soundLeaves(reader, root)) {
    const data = (await orNull(() => reader.read(leaf.id))) ?? Buffer.alloc(0);
    for (let at = 0, end = 0; at < data.length; at = end) {
      end = lineEnd(data, at);
      const file = parseFileLine(data.subarray(at, end));
      if (!(await isWhole(reader, file))) continue;
      count += file.kind === 'file' ? 1 : 0;
      bytes += file.size;
      const key = keyEnd(data, at, end, 1);
      tree.addRow(data, at, end, key);
      last = { data, start: at, key };
    }
    await tree.ready();
  }
  if (last) tree.noteLast(last.data, last.start, last.key);
  return { tree: tree.finish(), count, bytes };
}

async function isWhole(reader: ChunkReader, file: FileEntry): Promise<boolean> {
  if (file.list && !reader.has(file.list)) return false;
  const parts: ChunkId[] | null = await orNull(() => partsOf(file, (id) => reader.read(id)));
  return parts?.every((id) => reader.has(id)) === true;
}
