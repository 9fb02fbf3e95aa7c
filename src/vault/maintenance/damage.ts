import { isOxbowError } from '#base/errors.ts';
import type { ChunkId } from '../chunks/chunk-id.ts';
import type { ChunkReader } from '../chunks/chunk-reader.ts';
import { parseFileLine, partsOf } from '../files/file-line.ts';
import { readContents } from '../snapshots/list-snapshots.ts';
import type { Snapshot } from '../snapshots/snapshot.ts';
import { lineEnd } from '../tree/row-key.ts';
import type { TreeEntry, TreeRoot } from '../tree/tree-node.ts';
import { readNode, rootEntry } from '../tree/tree-reader.ts';
import type { LostChunks } from './lost-chunks.ts';

/** Rows that cannot be read: those whose keys are above `after` and up to `upTo`. Null: from the beginning, to the end. */
export interface LostRows {
  table: string;
  /** Fields of the key, as text. */
  after: string | null;
  upTo: string | null;
  /** How many, as the tree says. */
  rows: number;
}

/** A part of the list of files that cannot be read: which files it named is told by the paths around it alone. */
export interface LostFiles {
  after: string | null;
  upTo: string | null;
  files: number;
}

/** What damage touches in one snapshot. Of each kind the first `namedAtMost` are named, and so many in all snapshots; `total` counts all. */
export interface Damage {
  snapshot: string;
  /** ISO. */
  time: string;
  /** True: not even the list of its contents can be read. */
  whole: boolean;
  rows: LostRows[];
  /** Paths of files of which a part is lost. */
  files: string[];
  fileRanges: LostFiles[];
  /** Names of documents. */
  documents: string[];
  total: { rows: number; rowRanges: number; files: number; documents: number };
}

/** How many of each kind are named in one snapshot, and how many in all of them together: bounds the memory of a report to some 20 MB. */
export const namedAtMost = 1000;
const namedInAll = 100_000;

/** Found on the way, over all snapshots. */
export interface KnownChunks {
  /** Subtrees in which nothing is wrong. */
  clean: Set<ChunkId>;
  /** Chunks that no index knows, with a message: the first `namedAtMost`. */
  missing: Map<ChunkId, string>;
  /** How many ranges, files and documents are named so far. */
  named: number;
}

export function nothingKnown(): KnownChunks {
  return { clean: new Set(), missing: new Map(), named: 0 };
}

interface Search {
  reader: ChunkReader;
  lost: LostChunks;
  known: KnownChunks;
  damage: Damage;
}

/** What of a snapshot cannot be read; null when all of it can. Subtrees known to be clean from other snapshots are passed over. */
export async function damageOf(
  reader: ChunkReader,
  snapshot: Snapshot,
  lost: LostChunks,
  known: KnownChunks,
): Promise<Damage | null> {
  const damage: Damage = {
    snapshot: snapshot.id,
    time: snapshot.time,
    whole: false,
    rows: [],
    files: [],
    fileRanges: [],
    documents: [],
    total: { rows: 0, rowRanges: 0, files: 0, documents: 0 },
  };
  const search: Search = { reader, lost, known, damage };
  const isLost = isBad(search, snapshot.contents, 'the contents of a snapshot');
  const contents = isLost ? null : await orNull(() => readContents(reader, snapshot));
  if (!contents) return { ...damage, whole: true };
  for (const [name, ids] of Object.entries(contents.documents)) {
    if (!ids.some((id) => isBad(search, id, `the document ${name}`))) continue;
    damage.total.documents++;
    addNamed(search, damage.documents, name);
  }
  for (const table of contents.tables) await searchTree(search, table.name, table.tree);
  await searchTree(search, '', contents.files);
  const { rowRanges, files, documents } = damage.total;
  return rowRanges + files + documents > 0 ? damage : null;
}

function isBad({ lost, known }: Search, id: ChunkId, what: string): boolean {
  const state = lost.stateOf(id);
  if (state === 'unknown' && known.missing.size < namedAtMost) known.missing.set(id, `a chunk is missing: ${what}`);
  return state !== 'good';
}

function addNamed<T>({ known }: Search, list: T[], item: T): void {
  if (list.length >= namedAtMost || known.named >= namedInAll) return;
  known.named++;
  list.push(item);
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
  if (isBad(search, entry.id, what)) return noteLost(search, table, entry, after, upTo);
  let clean = true;
  if (entry.level > 0) {
    const children = await orNull(() => readNode(search.reader, entry.id));
    if (!children) return noteLost(search, table, entry, after, upTo);
    let before = after;
    for (const [i, child] of children.entries()) {
      const to = i === children.length - 1 && upTo === null ? null : child.last;
      if (!(await searchEntry(search, table, child, before, to))) clean = false;
      before = child.last;
    }
  } else if (table === '') {
    const rows = await orNull(() => search.reader.read(entry.id));
    if (!rows) return noteLost(search, table, entry, after, upTo);
    clean = await searchFiles(search, rows);
  }
  // Leaves of rows are as many as the chunks: only what saves a walk is remembered.
  if (clean && (entry.level > 0 || table === '')) search.known.clean.add(entry.id);
  return clean;
}

function noteLost(search: Search, table: string, entry: TreeEntry, after: Buffer | null, upTo: Buffer | null): false {
  const { damage } = search;
  const range = { after: text(after), upTo: text(upTo) };
  if (table === '') {
    damage.total.files += entry.rows;
    addNamed(search, damage.fileRanges, { ...range, files: entry.rows });
  } else {
    damage.total.rows += entry.rows;
    damage.total.rowRanges++;
    addNamed(search, damage.rows, { table, ...range, rows: entry.rows });
  }
  return false;
}

async function searchFiles(search: Search, rows: Buffer): Promise<boolean> {
  let clean = true;
  for (let at = 0, end = 0; at < rows.length; at = end) {
    end = lineEnd(rows, at);
    const file = parseFileLine(rows.subarray(at, end));
    if (await isReadable(search, file)) continue;
    search.damage.total.files++;
    addNamed(search, search.damage.files, file.path);
    clean = false;
  }
  return clean;
}

async function isReadable(search: Search, file: ReturnType<typeof parseFileLine>): Promise<boolean> {
  if (file.list !== undefined && isBad(search, file.list, `the parts of ${file.path}`)) return false;
  const parts = await orNull(() => partsOf(file, (id) => search.reader.read(id)));
  return parts?.every((id) => !isBad(search, id, file.path)) === true;
}

/** Null when it cannot be read because of what is wrong with the vault. */
export async function orNull<T>(work: () => Promise<T>): Promise<T | null> {
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
