import { compareRowKeys, type KeyKind, keyEnd, lineEnd } from './row-key.ts';
import type { TreeEntry, TreeRoot } from './tree-node.ts';
import { readNode, rootEntry, type TreeSource } from './tree-reader.ts';

/** One row that is not the same on both sides: added (only `after`), removed (only `before`) or changed (both). Lines with their line feed. */
export interface RowDifference {
  before: Buffer | null;
  after: Buffer | null;
}

/**
 * What differs between two trees of one key. Equal subtrees are not read. Keys that occur more than once (tables without a key, where the
 * whole line is the key) are compared by how often they occur. Memory: one leaf and one node a level on each side.
 */
export async function* diffTrees(
  sources: { before: TreeSource; after: TreeSource },
  before: TreeRoot,
  after: TreeRoot,
  kinds: KeyKind[],
): AsyncGenerator<RowDifference> {
  const a = new TreeCursor(sources.before, before, kinds);
  const b = new TreeCursor(sources.after, after, kinds);
  for (;;) {
    await skipEqual(a, b);
    const left = await a.row();
    const right = await b.row();
    if (!left && !right) return;
    const order = !left ? 1 : !right ? -1 : compareRowKeys(kinds, left.key, right.key);
    if (order < 0) yield { before: left!.line, after: null };
    else if (order > 0) yield { before: null, after: right!.line };
    else if (!left!.line.equals(right!.line)) yield { before: left!.line, after: right!.line };
    if (order <= 0) a.next();
    if (order >= 0) b.next();
  }
}

/** Passes over subtrees that both sides have at this point; opens nodes until both sides are of one level. */
async function skipEqual(a: TreeCursor, b: TreeCursor): Promise<void> {
  while (a.head && b.head) {
    if (a.head.id === b.head.id) {
      a.skip();
      b.skip();
    } else if (a.head.level === 0 && b.head.level === 0) return;
    else if (a.head.level >= b.head.level) await a.open();
    else await b.open();
  }
}

/** Walks over a tree by its entries, and row by row within a leaf. */
class TreeCursor {
  readonly #source: TreeSource;
  readonly #kinds: KeyKind[];
  /** Entries that are still to come, the next one last. */
  readonly #stack: TreeEntry[];
  #leaf: { data: Buffer; start: number; end: number } | null = null;

  constructor(source: TreeSource, root: TreeRoot, kinds: KeyKind[]) {
    this.#source = source;
    this.#kinds = kinds;
    const entry = rootEntry(root);
    this.#stack = entry ? [entry] : [];
  }

  /** The entry that begins here, undefined within a leaf and at the end. */
  get head(): TreeEntry | undefined {
    return this.#leaf && this.#leaf.start > 0 ? undefined : this.#stack.at(-1);
  }

  skip(): void {
    this.#stack.pop();
    this.#leaf = null;
  }

  async open(): Promise<void> {
    const entry = this.#stack.pop()!;
    this.#stack.push(...(await readNode(this.#source, entry.id)).toReversed());
  }

  async row(): Promise<{ key: Buffer; line: Buffer } | null> {
    while (!this.#leaf) {
      const entry = this.#stack.at(-1);
      if (!entry) return null;
      if (entry.level > 0) await this.open();
      else {
        const data = await this.#source.read(entry.id);
        this.#leaf = { data, start: 0, end: lineEnd(data, 0) };
      }
    }
    const { data, start, end } = this.#leaf;
    return { key: data.subarray(start, keyEnd(data, start, end, this.#kinds.length)), line: data.subarray(start, end) };
  }

  next(): void {
    const leaf = this.#leaf!;
    if (leaf.end >= leaf.data.length) this.skip();
    else this.#leaf = { data: leaf.data, start: leaf.end, end: lineEnd(leaf.data, leaf.end) };
  }
}
