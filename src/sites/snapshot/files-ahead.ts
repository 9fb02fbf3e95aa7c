import type { ChunkId } from '#vault/chunks/chunk-id.ts';
import { type FileEntry, partsOf } from '#vault/files/file-line.ts';
import { snapshotFiles } from '#vault/snapshots/snapshot-files.ts';
import type { TreeRoot } from '#vault/tree/tree-node.ts';
import type { SnapshotSource } from './snapshot-attachments.ts';

/** A file of a snapshot with its bytes. */
export interface ReadableFile extends FileEntry {
  open(): AsyncIterable<Buffer>;
}

/** Files up to this size are fetched together with their neighbours; windows of so many files and bytes, two of them at a time. */
const smallBytes = 1024 * 1024;
const windowBytes = 8 * 1024 * 1024;
const windowFiles = 512;

/**
 * The files of a snapshot in order, ready to be written somewhere. Small ones come many in one request, because they lie together in the
 * vault: one by one a store far away would take a round trip each. Memory: two windows of 8 MiB.
 */
export async function* filesAhead(source: SnapshotSource, files: TreeRoot): AsyncGenerator<ReadableFile> {
  let ahead: Promise<ReadableFile[]> | null = null;
  for await (const window of windowsOf(source, files)) {
    const next = fetchWindow(source, window);
    next.catch(() => {});
    if (ahead) yield* await ahead;
    ahead = next;
  }
  if (ahead) yield* await ahead;
}

async function* windowsOf(source: SnapshotSource, files: TreeRoot): AsyncGenerator<FileEntry[]> {
  let window: FileEntry[] = [];
  let bytes = 0;
  for await (const entry of snapshotFiles(source, files)) {
    window.push(entry);
    if (isSmall(entry)) bytes += entry.size;
    if (bytes < windowBytes && window.length < windowFiles) continue;
    yield window;
    window = [];
    bytes = 0;
  }
  if (window.length > 0) yield window;
}

function isSmall(entry: FileEntry): boolean {
  return entry.kind === 'file' && entry.size <= smallBytes && !entry.list;
}

async function fetchWindow(source: SnapshotSource, window: FileEntry[]): Promise<ReadableFile[]> {
  const ids = new Set<ChunkId>();
  for (const entry of window) if (isSmall(entry)) for (const id of entry.parts) ids.add(id);
  const parts = new Map<ChunkId, Buffer>();
  const order = [...ids];
  let i = 0;
  for await (const part of source.readMany(order)) parts.set(order[i++], part);
  return window.map((entry) => ({
    ...entry,
    open: () => (isSmall(entry) ? fromMemory(entry.parts.map((id) => parts.get(id)!)) : read(source, entry)),
  }));
}

async function* fromMemory(parts: Buffer[]): AsyncGenerator<Buffer> {
  yield* parts;
}

async function* read(source: SnapshotSource, entry: FileEntry): AsyncGenerator<Buffer> {
  yield* source.readMany(await partsOf(entry, (id) => source.read(id)));
}
