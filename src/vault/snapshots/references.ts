import type { ChunkId } from '../chunks/chunk-id.ts';
import { parseFileLine, partsOf } from '../files/file-line.ts';
import { lineEnd } from '../tree/row-key.ts';
import type { TreeEntry, TreeRoot } from '../tree/tree-node.ts';
import { readNode, rootEntry, type TreeSource } from '../tree/tree-reader.ts';
import { readContents } from './list-snapshots.ts';
import type { Snapshot, SnapshotContents } from './snapshot.ts';

/** One chunk that a snapshot needs, and what for. */
export interface Reference {
  id: ChunkId;
  use: 'contents' | 'document' | 'node' | 'rows' | 'part' | 'list';
  /** Of the table; '' for the list of files and for documents. */
  table: string;
  /** Of a document, or path of a file. */
  name?: string;
}

/** Told before the walk goes below a chunk: false leaves out what is below, because it is known already. */
export type Visit = (reference: Reference) => boolean;

/** Told when a chunk that the walk needs cannot be read. The walk goes on beside it. */
export type Unreadable = (reference: Reference, error: unknown) => void;

/**
 * Visits every chunk that a snapshot needs. Of rows only those of the list of files are read, of everything else only nodes. Memory: one
 * node a level.
 */
export async function walkReferences(
  source: TreeSource,
  snapshot: Pick<Snapshot, 'contents'>,
  visit: Visit,
  unreadable: Unreadable,
): Promise<void> {
  const root: Reference = { id: snapshot.contents, use: 'contents', table: '' };
  if (!visit(root)) return;
  let contents: SnapshotContents;
  try {
    contents = await readContents(source, snapshot);
  } catch (error) {
    unreadable(root, error);
    return;
  }
  for (const [name, ids] of Object.entries(contents.documents)) {
    for (const id of ids) visit({ id, use: 'document', table: '', name });
  }
  for (const table of contents.tables) await walkTree({ source, visit, unreadable, table: table.name }, table.tree);
  await walkTree({ source, visit, unreadable, table: '' }, contents.files);
}

interface Walk {
  source: TreeSource;
  visit: Visit;
  unreadable: Unreadable;
  table: string;
}

async function walkTree(walk: Walk, root: TreeRoot): Promise<void> {
  const entry = rootEntry(root);
  if (entry) await walkEntry(walk, entry);
}

async function walkEntry(walk: Walk, entry: TreeEntry): Promise<void> {
  const reference: Reference = { id: entry.id, use: entry.level === 0 ? 'rows' : 'node', table: walk.table };
  if (!walk.visit(reference)) return;
  // Only what is read here is caught here: an error of the visitor ends the walk.
  if (entry.level > 0) {
    const children = await readable(walk, reference, () => readNode(walk.source, entry.id));
    for (const child of children ?? []) await walkEntry(walk, child);
  } else if (walk.table === '') {
    const rows = await readable(walk, reference, () => walk.source.read(entry.id));
    if (rows) await walkFiles(walk, rows);
  }
}

async function readable<T>(walk: Walk, reference: Reference, read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    walk.unreadable(reference, error);
    return null;
  }
}

async function walkFiles(walk: Walk, rows: Buffer): Promise<void> {
  for (let at = 0, end = 0; at < rows.length; at = end) {
    end = lineEnd(rows, at);
    const file = parseFileLine(rows.subarray(at, end));
    let parts = file.parts;
    if (file.list) {
      const reference: Reference = { id: file.list, use: 'list', table: '', name: file.path };
      if (!walk.visit(reference)) continue;
      parts = (await readable(walk, reference, () => partsOf(file, (id) => walk.source.read(id)))) ?? [];
    }
    for (const id of parts) walk.visit({ id, use: 'part', table: '', name: file.path });
  }
}
