import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChunkId, ChunkKind } from '../chunks/chunk-id.ts';
import { text } from '../vault-fixture.ts';
import { keyEnd, lineEnd } from './row-key.ts';
import { diffTrees } from './tree-diff.ts';
import type { TreeEntry, TreeRoot } from './tree-node.ts';
import { leaves, rowsInRange, treeRows } from './tree-reader.ts';
import { TreeWriter } from './tree-writer.ts';

/** Chunks in memory, named by their hash. */
class Chunks {
  readonly stored = new Map<ChunkId, Buffer>();
  reads = 0;
  put(kind: ChunkKind, data: Buffer): ChunkId {
    const id = createHash('sha256').update(kind).update(data).digest('base64url');
    this.stored.set(id, Buffer.from(data));
    return id;
  }
  ready(): undefined {}
  async read(id: ChunkId): Promise<Buffer> {
    this.reads++;
    return this.stored.get(id)!;
  }
  async *readMany(ids: AsyncIterable<ChunkId>): AsyncGenerator<Buffer> {
    for await (const id of ids) yield this.read(id);
  }
}

const seed = 1234;
type Row = [number, string];

/** `edited` changes the text of the rows with these keys. */
function rowsOf(keys: number[], edited = new Set<number>()): Row[] {
  return keys.map((key) => [key, text(edited.has(key) ? key + 1e6 : key, 900 + (key % 7) * 100)]);
}
const linesOf = (rows: Row[]) => rows.map(([key, value]) => Buffer.from(`${key}\t${value}\n`));

/** Writes rows, handed over in batches of so many lines. */
function write(chunks: Chunks, rows: Row[], batch = 7): TreeRoot {
  const tree = new TreeWriter(chunks, seed);
  const lines = linesOf(rows);
  for (let i = 0; i < lines.length; i += batch) {
    const data = Buffer.concat(lines.slice(i, i + batch));
    for (let at = 0, end = 0; at < data.length; at = end) {
      end = lineEnd(data, at);
      const key = keyEnd(data, at, end, 1);
      tree.addRow(data, at, end, key);
      tree.noteLast(data, at, key);
    }
  }
  return tree.finish();
}

async function leafList(chunks: Chunks, root: TreeRoot): Promise<TreeEntry[]> {
  const found: TreeEntry[] = [];
  for await (const leaf of leaves(chunks, root)) found.push(leaf);
  return found;
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
/** Sets of keys of up to some 1500 rows: a dozen leaves. */
const anyKeys = fc
  .tuple(fc.nat(600), fc.integer({ min: 0, max: 1500 }), fc.integer({ min: 1, max: 5 }))
  .map(([from, count, step]) => range(0, count).map((i) => from + i * step));
const few = { numRuns: 12 };

describe('a tree of rows', () => {
  it('gives back its rows, and is the same in whatever batches they come', async () => {
    await fc.assert(
      fc.asyncProperty(anyKeys, fc.integer({ min: 1, max: 400 }), async (keys, batch) => {
        const chunks = new Chunks();
        const root = write(chunks, rowsOf(keys));
        expect(write(chunks, rowsOf(keys), batch)).toEqual(root);
        const read: Buffer[] = [];
        for await (const data of treeRows(chunks, root)) read.push(data);
        expect(Buffer.concat(read).equals(Buffer.concat(linesOf(rowsOf(keys))))).toBe(true);
        expect(root.rows).toBe(keys.length);
      }),
      few,
    );
  });

  it('keeps every leaf but those around a row that was inserted, removed or changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1399), fc.constantFrom('insert', 'remove', 'change'), async (at, what) => {
        const chunks = new Chunks();
        const keys = range(0, 1400).map((i) => i * 2);
        const before = await leafList(chunks, write(chunks, rowsOf(keys)));
        const changed =
          what === 'insert'
            ? rowsOf(keys.toSpliced(at, 0, keys[at] - 1).sort((a, b) => a - b))
            : what === 'remove'
              ? rowsOf(keys.toSpliced(at, 1))
              : rowsOf(keys, new Set([keys[at]]));
        const after = await leafList(chunks, write(chunks, changed));
        const kept = after.filter((leaf) => before.some((one) => one.id === leaf.id));
        expect(before.length).toBeGreaterThan(6);
        expect(after.length - kept.length).toBeLessThanOrEqual(3);
      }),
      few,
    );
  });

  it('is the same when unchanged leaves of an older tree are taken over', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(1299), { maxLength: 5 }), async (edits) => {
        const chunks = new Chunks();
        const keys = range(0, 1300);
        const old = write(chunks, rowsOf(keys));
        const rows = rowsOf(keys, new Set(edits));
        const whole = write(chunks, rows);
        const tree = new TreeWriter(chunks, seed);
        const oldLeaves = await leafList(chunks, old);
        let taken = 0;
        let from = 0;
        for (const [i, leaf] of oldLeaves.entries()) {
          const isSame = !edits.some((edit) => edit >= from && edit < from + leaf.rows);
          if (isSame && tree.aligned && i < oldLeaves.length - 1) {
            tree.addLeaf(leaf);
            taken++;
          } else {
            for (const line of linesOf(rows.slice(from, from + leaf.rows))) {
              const key = keyEnd(line, 0, line.length, 1);
              tree.addRow(line, 0, line.length, key);
              tree.noteLast(line, 0, key);
            }
          }
          from += leaf.rows;
        }
        expect(tree.finish()).toEqual(whole);
        if (edits.length === 0) expect(taken).toBe(oldLeaves.length - 1);
      }),
      few,
    );
  });

  it('has nodes of several levels when it is large, and leaves within their bounds', async () => {
    const chunks = new Chunks();
    // The whole line is the key: a node is full after some twenty leaves.
    const tree = new TreeWriter(chunks, seed);
    for (let key = 0; key < 40_000; key++) {
      const line = Buffer.from(`${String(key).padStart(900, '0')}\n`);
      tree.addRow(line, 0, line.length, line.length - 1);
      tree.noteLast(line, 0, line.length - 1);
    }
    const root = tree.finish();
    const list = await leafList(chunks, root);
    expect(root.level).toBeGreaterThan(1);
    expect(list.reduce((sum, leaf) => sum + leaf.rows, 0)).toBe(40_000);
    for (const leaf of list.slice(0, -1)) {
      expect(leaf.bytes).toBeGreaterThanOrEqual(32 * 1024);
      expect(leaf.bytes).toBeLessThan(256 * 1024 + 1000);
    }
    expect(write(chunks, []).id).toBeNull();
  });

  it('finds the rows of a range as filtering all of them would', async () => {
    const chunks = new Chunks();
    const keys = range(0, 1500).map((i) => i * 3);
    const root = write(chunks, rowsOf(keys));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -5, max: 4600 }), fc.integer({ min: -5, max: 900 }), async (from, length) => {
        const found: string[] = [];
        const wanted = { from: Buffer.from(String(from)), to: Buffer.from(String(from + length)) };
        for await (const data of rowsInRange(chunks, root, ['number'], wanted)) found.push(data.toString());
        const expected = linesOf(rowsOf(keys.filter((key) => key >= from && key <= from + length)));
        expect(found.join('')).toBe(expected.join(''));
      }),
      { numRuns: 40 },
    );
  });

  it('differs from another tree exactly in the rows that differ', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat(1200), { maxLength: 6 }),
        fc.uniqueArray(fc.nat(1200), { maxLength: 6 }),
        async (edited, removed) => {
          const chunks = new Chunks();
          const keys = range(0, 1201);
          const before = write(chunks, rowsOf(keys));
          const after = write(
            chunks,
            rowsOf(
              keys.filter((key) => !removed.includes(key)),
              new Set(edited),
            ),
          );
          const found: string[] = [];
          for await (const row of diffTrees({ before: chunks, after: chunks }, before, after, ['number'])) {
            const key = Number.parseInt((row.before ?? row.after)!.toString(), 10);
            found.push(`${row.after ? 'changed' : 'removed'} ${key}`);
          }
          const expected = keys
            .filter((key) => removed.includes(key) || edited.includes(key))
            .map((key) => `${removed.includes(key) ? 'removed' : 'changed'} ${key}`);
          expect(found).toEqual(expected);
        },
      ),
      few,
    );
  });
});
