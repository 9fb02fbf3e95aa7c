import type { ChunkId, ChunkKind } from '../chunks/chunk-id.ts';
import { boundaryHash } from './row-key.ts';
import { emptyTree, encodeNode, type TreeEntry, type TreeRoot } from './tree-node.ts';

/** Where the chunks of a tree go: the ChunkWriter of a vault. */
export interface TreeSink {
  put(kind: ChunkKind, data: Buffer): ChunkId;
  ready(): Promise<void> | undefined;
}

/**
 * Sizes of chunks in bytes. From `min` on, a row of n bytes closes the chunk with a chance of n / `spread`, told by the hash of its key; at
 * `max` the chunk is closed in any case. Part of the format: other sizes make other chunks.
 */
interface Cut {
  min: number;
  spread: number;
  max: number;
}
const leafCut: Cut = { min: 32 * 1024, spread: 64 * 1024, max: 256 * 1024 };
const nodeCut: Cut = { min: 8 * 1024, spread: 16 * 1024, max: 64 * 1024 };
const wholeRange = 2 ** 32;

/**
 * Builds a tree of rows (lines of COPY text, ascending by key). A chunk ends after a key that the hash chooses, so whether it ends there
 * depends on its own rows alone: equal ranges of rows are equal chunks, whatever comes before or after. Memory: one leaf and one node a level.
 */
export class TreeWriter {
  readonly #sink: TreeSink;
  readonly #seed: number;
  #leaf = Buffer.allocUnsafe(64 * 1024);
  #leafBytes = 0;
  #leafRows = 0;
  #last: Buffer = Buffer.alloc(0);
  readonly #levels: NodeBuilder[] = [];
  #rows = 0;
  #bytes = 0;

  /** @param seed of the boundaries: that of the vault */
  constructor(sink: TreeSink, seed: number) {
    this.#sink = sink;
    this.#seed = seed;
  }

  /** True when the next row begins a chunk: a leaf of an older tree fits here as it is. */
  get aligned(): boolean {
    return this.#leafRows === 0;
  }

  /** Rows so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Adds the line data[start, end), whose key ends at `keyEnd`. True: it was the last of its chunk. */
  addRow(data: Buffer, start: number, end: number, keyEnd: number): boolean {
    const length = end - start;
    if (this.#leafBytes + length > this.#leaf.length) this.#growLeaf(length);
    data.copy(this.#leaf, this.#leafBytes, start, end);
    this.#leafBytes += length;
    this.#leafRows++;
    this.#rows++;
    this.#bytes += length;
    if (!isBoundary(leafCut, this.#leafBytes, length, boundaryHash(data, start, keyEnd, this.#seed))) return false;
    this.#closeLeaf(data.subarray(start, keyEnd));
    return true;
  }

  /** For the last row of the list: the leaf that finish() will close needs its key. To be called after the last addRow() at least. */
  noteLast(data: Buffer, start: number, keyEnd: number): void {
    this.#last = Buffer.from(data.subarray(start, keyEnd));
  }

  /** Takes over a leaf of an older tree. Only when `aligned`, and only one that was closed by its own last key, not by the end of the list. */
  addLeaf(entry: TreeEntry): void {
    if (!this.aligned) throw new Error('a leaf can only be taken over at a boundary');
    this.#rows += entry.rows;
    this.#bytes += entry.bytes;
    this.#addEntry(entry);
  }

  ready(): Promise<void> | undefined {
    return this.#sink.ready();
  }

  /** Closes what is open and gives the root. */
  finish(): TreeRoot {
    if (this.#leafRows > 0) this.#closeLeaf(this.#last);
    if (this.#rows === 0) return emptyTree;
    for (let level = 0; ; level++) {
      const builder = this.#levels[level];
      const isTop = level === this.#levels.length - 1;
      if (isTop && builder.entries.length === 1) {
        const [entry] = builder.entries;
        return { id: entry.id, level: entry.level, rows: this.#rows, bytes: this.#bytes };
      }
      if (builder.entries.length > 0) this.#closeNode(level);
    }
  }

  #closeLeaf(last: Buffer): void {
    const data = Buffer.from(this.#leaf.subarray(0, this.#leafBytes));
    const id = this.#sink.put('rows', data);
    const entry = { id, level: 0, rows: this.#leafRows, bytes: this.#leafBytes, last: Buffer.from(last) };
    this.#leafBytes = 0;
    this.#leafRows = 0;
    this.#addEntry(entry);
  }

  #addEntry(entry: TreeEntry): void {
    this.#levels[entry.level] ??= { entries: [], bytes: 0 };
    const builder = this.#levels[entry.level];
    builder.entries.push(entry);
    const length = 48 + entry.last.length;
    builder.bytes += length;
    const { last } = entry;
    const hash = boundaryHash(last, 0, last.length, this.#seed + entry.level + 1);
    // A node of one entry would add a level without getting anywhere.
    if (builder.entries.length > 1 && isBoundary(nodeCut, builder.bytes, length, hash)) this.#closeNode(entry.level);
  }

  #closeNode(level: number): void {
    const { entries } = this.#levels[level];
    this.#levels[level] = { entries: [], bytes: 0 };
    const id = this.#sink.put('node', encodeNode(entries));
    this.#addEntry({
      id,
      level: level + 1,
      rows: entries.reduce((sum, entry) => sum + entry.rows, 0),
      bytes: entries.reduce((sum, entry) => sum + entry.bytes, 0),
      last: entries.at(-1)!.last,
    });
  }

  #growLeaf(more: number): void {
    const larger = Buffer.allocUnsafe(Math.max(this.#leaf.length * 2, this.#leafBytes + more));
    this.#leaf.copy(larger, 0, 0, this.#leafBytes);
    this.#leaf = larger;
  }
}

interface NodeBuilder {
  entries: TreeEntry[];
  bytes: number;
}

function isBoundary(cut: Cut, size: number, added: number, hash: number): boolean {
  return size >= cut.max || (size >= cut.min && hash < (added / cut.spread) * wholeRange);
}
