import { OxbowError } from '#base/errors.ts';
import type { ChunkId } from '../chunks/chunk-id.ts';
import { compareRowKeys, type KeyKind, keyEnd, lineEnd } from './row-key.ts';
import { decodeNode, type TreeEntry, type TreeRoot } from './tree-node.ts';

/** Where the chunks of a tree come from: the ChunkReader of a vault. */
export interface TreeSource {
  read(id: ChunkId): Promise<Buffer>;
  readMany(ids: AsyncIterable<ChunkId>): AsyncIterable<Buffer>;
}

/** A range of keys, both ends included; an end that is absent is open. An end may be the beginning of a key: its first fields. */
export interface KeyRange {
  from?: Buffer;
  to?: Buffer;
}

/** The children of a node. Throws OBJECT_DAMAGED. */
export async function readNode(source: TreeSource, id: ChunkId): Promise<TreeEntry[]> {
  try {
    return decodeNode(await source.read(id));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OxbowError('OBJECT_DAMAGED', `The chunk ${id} is not a node of a tree.`, {
      hint: 'Run oxbow check, then oxbow repair.',
      details: { chunk: id },
      cause: error,
    });
  }
}

/** The entry that stands for the whole tree; null when it is empty. The key of its last row is not known here. */
export function rootEntry(root: TreeRoot): TreeEntry | null {
  return root.id === null ? null : { id: root.id, level: root.level, rows: root.rows, bytes: root.bytes, last: Buffer.alloc(0) };
}

/** The leaves in order. Memory: one node a level. */
export async function* leaves(source: TreeSource, root: TreeRoot): AsyncGenerator<TreeEntry> {
  const entry = rootEntry(root);
  if (entry) yield* below(source, entry);
}

async function* below(source: TreeSource, entry: TreeEntry): AsyncGenerator<TreeEntry> {
  if (entry.level === 0) {
    yield entry;
    return;
  }
  for (const child of await readNode(source, entry.id)) yield* below(source, child);
}

/** The rows in order: whole lines, a leaf at a time, fetched ahead. */
export async function* treeRows(source: TreeSource, root: TreeRoot): AsyncGenerator<Buffer> {
  async function* ids() {
    for await (const leaf of leaves(source, root)) yield leaf.id;
  }
  yield* source.readMany(ids());
}

/** The rows whose keys lie in the range, reading only the nodes and leaves that can hold them. */
export async function* rowsInRange(
  source: TreeSource,
  root: TreeRoot,
  kinds: KeyKind[],
  range: KeyRange,
): AsyncGenerator<Buffer> {
  const entry = rootEntry(root);
  if (!entry) return;
  for await (const leaf of leavesInRange(source, entry, kinds, range)) {
    const data = await source.read(leaf.id);
    let from = -1;
    let to = -1;
    for (let at = 0, end = 0; at < data.length; at = end) {
      end = lineEnd(data, at);
      const key = data.subarray(at, keyEnd(data, at, end, kinds.length));
      if (isBefore(kinds, key, range.from)) continue;
      if (isAfter(kinds, key, range.to)) break;
      if (from < 0) from = at;
      to = end;
    }
    if (from >= 0) yield data.subarray(from, to);
  }
}

async function* leavesInRange(
  source: TreeSource,
  entry: TreeEntry,
  kinds: KeyKind[],
  range: KeyRange,
): AsyncGenerator<TreeEntry> {
  if (entry.level === 0) {
    yield entry;
    return;
  }
  for (const child of await readNode(source, entry.id)) {
    if (isBefore(kinds, child.last, range.from)) continue;
    yield* leavesInRange(source, child, kinds, range);
    if (isAfter(kinds, child.last, range.to)) return;
  }
}

function isBefore(kinds: KeyKind[], key: Buffer, from: Buffer | undefined): boolean {
  return from !== undefined && compareStart(kinds, key, from) < 0;
}

function isAfter(kinds: KeyKind[], key: Buffer, to: Buffer | undefined): boolean {
  return to !== undefined && compareStart(kinds, key, to) > 0;
}

/** Compares the fields that `end` has. */
function compareStart(kinds: KeyKind[], key: Buffer, end: Buffer): number {
  if (kinds.length <= 1) return compareRowKeys(kinds, key, end);
  let fields = 1;
  for (let at = end.indexOf(9); at >= 0; at = end.indexOf(9, at + 1)) fields++;
  if (fields >= kinds.length) return compareRowKeys(kinds, key, end);
  let stop = -1;
  for (let i = 0; i < fields; i++) stop = key.indexOf(9, stop + 1);
  return compareRowKeys(kinds.slice(0, fields), stop < 0 ? key : key.subarray(0, stop), end);
}
