import { type FileEntry, fileKey, parseFileLine } from '../files/file-line.ts';
import { escapeField, lineEnd } from '../tree/row-key.ts';
import type { TreeRoot } from '../tree/tree-node.ts';
import { rowsInRange, type TreeSource, treeRows } from '../tree/tree-reader.ts';

/** All files of a snapshot, ascending by path. */
export async function* snapshotFiles(source: TreeSource, files: TreeRoot): AsyncGenerator<FileEntry> {
  for await (const rows of treeRows(source, files)) yield* entriesIn(rows);
}

/** The files whose paths begin with a prefix, reading only the part of the list that can hold them. */
export async function* filesBelow(source: TreeSource, files: TreeRoot, prefix: string): AsyncGenerator<FileEntry> {
  const range = { from: Buffer.from(escapeField(prefix)), to: Buffer.from(`${escapeField(prefix)}\u{10ffff}`) };
  for await (const rows of rowsInRange(source, files, fileKey, range)) {
    for (const entry of entriesIn(rows)) if (entry.path.startsWith(prefix)) yield entry;
  }
}

/** The entry of exactly this path, null when there is none. */
export async function findFile(source: TreeSource, files: TreeRoot, path: string): Promise<FileEntry | null> {
  const key = Buffer.from(escapeField(path));
  for await (const rows of rowsInRange(source, files, fileKey, { from: key, to: key }))
    for (const entry of entriesIn(rows)) return entry;
  return null;
}

export function* entriesIn(rows: Buffer): Generator<FileEntry> {
  for (let at = 0, end = 0; at < rows.length; at = end) {
    end = lineEnd(rows, at);
    yield parseFileLine(rows.subarray(at, end));
  }
}
