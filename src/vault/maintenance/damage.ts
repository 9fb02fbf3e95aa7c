import { isOxbowError } from '#base/errors.ts';
import type { ChunkId } from '../chunks/chunk-id.ts';
import type { ChunkReader } from '../chunks/chunk-reader.ts';
import { parseFileLine, partsOf } from '../files/file-line.ts';
import { readContents } from '../snapshots/list-snapshots.ts';
import type { Snapshot, SnapshotContents } from '../snapshots/snapshot.ts';
import { lineEnd } from '../tree/row-key.ts';
import type { TreeEntry, TreeRoot } from '../tree/tree-node.ts';
import { readNode, rootEntry } from '../tree/tree-reader.ts';

/** Rows that cannot be read: those whose keys are above `after` and up to `upTo`. Null: from the beginning, to the end. */
export interface LostRows {
  table: string;
  /** Fields of the key, as text. */
  after: string | null;
  upTo: string | null;
  /** How many, as the tree says. */
  rows: number;
}

/** What damage touches in one snapshot. */
export interface Damage {
  snapshot: string;
  /** ISO. */
  time: string;
  /** True: not even the list of its contents can be read. */
  whole: boolean;
  rows: LostRows[];
  /** Paths. */
  files: string[];
  /** Names of documents. */
  documents: string[];
}

export interface KnownChunks {
  /** Subtrees in which nothing is wrong. */
  clean: Set<ChunkId>;
  /** Chunks that no index knows, with a message. */
  missing: Map<ChunkId, string>;
}

interface Search {
  reader: ChunkReader;
  bad: ReadonlySet<ChunkId>;
  known: KnownChunks;
  damage: Damage;
}

/** What of a snapshot cannot be read; null when all of it can. Subtrees known to be clean from other snapshots are passed over. */
export async function damageOf(
  reader: ChunkReader,
  snapshot: Snapshot,
  bad: ReadonlySet<ChunkId>,
  known: KnownChunks,
): Promise<Damage | null> {
  const damage: Damage = { snapshot: snapshot.id, time: snapshot.time, whole: false, rows: [], files: [], documents: [] };
  const search: Search = { reader, bad, known, damage };
  const contents = isBad(search, snapshot.contents, 'the contents of a snapshot') ? null : await contentsOrNull(search, snapshot);
  if (!contents) return { ...damage, whole: true };
  for (const [name, ids] of Object.entries(contents.documents)) {
    if (ids.some((id) => isBad(search, id, `the document ${name}`))) damage.documents.push(name);
  }
  for (const table of contents.tables) await searchTree(search, table.name, table.tree);
  await searchTree(search, '', contents.files);
  return damage.rows.length + damage.files.length + damage.documents.length > 0 ? damage : null;
}

function isBad(search: Search, id: ChunkId, what: string): boolean {
  if (search.bad.has(id)) return true;
  if (search.reader.has(id)) return false;
  search.known.missing.set(id, `a chunk is missing: ${what}`);
  return true;
}

async function contentsOrNull(search: Search, snapshot: Snapshot): Promise<SnapshotContents | null> {
  return await orNull(() => readContents(search.reader, snapshot));
}

async function searchTree(search: Search, table: string, root: TreeRoot): Promise<void> {
  const entry = rootEntry(root);
  if (entry) await searchEntry(search, table, entry, null, null);
}

/** True when all below can be read. */
async function searchEntry(
  search: Search,
  table: string,
  entry: TreeEntry,
  after: Buffer | null,
  upTo: Buffer | null,
): Promise<boolean> {
  if (search.known.clean.has(entry.id)) return true;
  const what = table === '' ? 'the list of files' : `rows of ${table}`;
  const lost = () => {
    if (table === '')
      search.damage.files.push(`everything from ${text(after) ?? 'the first path'} to ${text(upTo) ?? 'the last one'}`);
    else search.damage.rows.push({ table, after: text(after), upTo: text(upTo), rows: entry.rows });
    return false;
  };
  if (isBad(search, entry.id, what)) return lost();
  let clean = true;
  if (entry.level > 0) {
    const children = await orNull(() => readNode(search.reader, entry.id));
    if (!children) return lost();
    let before = after;
    for (const [i, child] of children.entries()) {
      const to = i === children.length - 1 && upTo === null ? null : child.last;
      if (!(await searchEntry(search, table, child, before, to))) clean = false;
      before = child.last;
    }
  } else if (table === '') {
    const rows = await orNull(() => search.reader.read(entry.id));
    if (!rows) return lost();
    clean = await searchFiles(search, rows);
  }
  // Leaves of rows are as many as the chunks: only what saves a walk is remembered.
  if (clean && (entry.level > 0 || table === '')) search.known.clean.add(entry.id);
  return clean;
}

async function searchFiles(search: Search, rows: Buffer): Promise<boolean> {
  let clean = true;
  for (let at = 0, end = 0; at < rows.length; at = end) {
    end = lineEnd(rows, at);
    const file = parseFileLine(rows.subarray(at, end));
    const listIsBad = file.list !== undefined && isBad(search, file.list, `the parts of ${file.path}`);
    const parts = listIsBad ? null : await orNull(() => partsOf(file, (id) => search.reader.read(id)));
    if (parts && !parts.some((id) => isBad(search, id, file.path))) continue;
    search.damage.files.push(file.path);
    clean = false;
  }
  return clean;
}

async function orNull<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (isOxbowError(error, 'OBJECT_DAMAGED') || isOxbowError(error, 'CHUNK_MISSING')) return null;
    throw error;
  }
}

function text(key: Buffer | null): string | null {
  return key === null ? null : key.toString('utf8');
}
