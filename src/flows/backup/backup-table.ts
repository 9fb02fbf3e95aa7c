import { join } from 'node:path';
import { ExternalSorter } from '#base/external-sorter.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import type { WholeSiteReader, WholeTable } from '#sites/live/whole/whole-site-reader.ts';
import { digestOf } from '#vault/chunks/chunk-id.ts';
import type { TreeSession } from '#vault/scratch-session.ts';
import { compareKeyIn, type KeyKind, keyEnd, lineEnd } from '#vault/tree/row-key.ts';
import type { TreeEntry, TreeRoot } from '#vault/tree/tree-node.ts';
import { leaves } from '#vault/tree/tree-reader.ts';
import { TreeWriter } from '#vault/tree/tree-writer.ts';
import { FingerprintBuilder, FingerprintList, fingerprintBytes } from './fingerprints.ts';
import { TupleSpool } from './tuple-spool.ts';

/** A table as an older snapshot has it, with the fingerprint of each of its leaves. */
export interface KnownTable {
  tree: TreeRoot;
  key: KeyKind[];
  fingerprints: Buffer;
}

export interface TableBackup {
  tree: TreeRoot;
  /** One a leaf; null for a table without a key, of which nothing can be told. */
  fingerprints: Buffer | null;
  /** Rows whose bodies were read. */
  rowsRead: number;
  /** True: every row was read. */
  full: boolean;
}

/** Called with the rows and bytes read since the last call; what it gives is waited for. */
export type OnRead = (rows: number, bytes: number) => Promise<void> | undefined;

/** Above this share of changed leaves one read of all is cheaper than many of parts. */
const fullShare = 0.4;
/** Rows of this many leaves are fetched in one query, and not many more rows than this. */
const leavesPerQuery = 32;
const rowsPerQuery = 20_000;
const tab = 9;

/**
 * Stores one table. With a known state only key, xmin and ctid of every row are read, and of the bodies only those in leaves where something
 * changed. What comes out is the same tree that a full read would give.
 */
export async function backupTable(
  session: TreeSession,
  site: WholeSiteReader,
  table: WholeTable,
  known: KnownTable | null,
  onRead: OnRead,
  context: RunContext,
): Promise<TableBackup> {
  if (table.key.length === 0) return await backupKeyless(session, site, table, onRead, context);
  const changes = known && known.key.join() === table.key.join() ? await findChanges(session, site, table, known, context) : null;
  if (!changes) return await backupFully(session, site, table, onRead, context);
  try {
    if (changes.changed > Math.max(2, changes.same.length * fullShare))
      return await backupFully(session, site, table, onRead, context);
    return await backupChanges(session, site, table, changes, known!, onRead, context);
  } finally {
    await changes.spool.remove();
  }
}

async function backupFully(
  session: TreeSession,
  site: WholeSiteReader,
  table: WholeTable,
  onRead: OnRead,
  context: RunContext,
): Promise<TableBackup> {
  const sink = new RowSink(session, table);
  for await (const batch of site.rows(table)) {
    throwIfCancelled(context);
    await onRead(sink.add(batch), batch.length);
    await sink.ready();
  }
  return { ...sink.finish(), full: true };
}

/** Rows with xmin and ctid in front go in; leaves and their fingerprints come out. */
class RowSink {
  readonly #tree: TreeWriter;
  readonly #fields: number;
  readonly #fingerprint = new FingerprintBuilder();
  readonly #list = new FingerprintList();
  #rows = 0;

  constructor(session: TreeSession, table: WholeTable) {
    this.#tree = new TreeWriter(session.writer, session.seed);
    this.#fields = table.key.length;
  }

  get aligned(): boolean {
    return this.#tree.aligned;
  }

  /** Adds whole lines; gives their number. */
  add(batch: Buffer): number {
    let rows = 0;
    let row = 0;
    let end = 0;
    let key = 0;
    for (let at = 0; at < batch.length; at = end) {
      end = lineEnd(batch, at);
      row = batch.indexOf(tab, batch.indexOf(tab, at) + 1) + 1;
      key = keyEnd(batch, row, end, this.#fields);
      this.#fingerprint.add(batch, at, key);
      if (this.#tree.addRow(batch, row, end, key)) this.#list.push(this.#fingerprint.take());
      rows++;
    }
    if (rows > 0) this.#tree.noteLast(batch, row, key);
    this.#rows += rows;
    return rows;
  }

  reuse(leaf: TreeEntry, fingerprint: Buffer): void {
    this.#tree.addLeaf(leaf);
    this.#list.push(fingerprint);
  }

  ready(): Promise<void> | undefined {
    return this.#tree.ready();
  }

  finish(): { tree: TreeRoot; fingerprints: Buffer; rowsRead: number } {
    if (!this.#tree.aligned) this.#list.push(this.#fingerprint.take());
    return { tree: this.#tree.finish(), fingerprints: this.#list.bytes(), rowsRead: this.#rows };
  }
}

interface Changes {
  /** One a leaf: 1 when it has the row versions that it had. */
  same: Uint8Array;
  changed: number;
  /** Number of the first row of each leaf in the spool, and one more. */
  firstRow: Float64Array;
  spool: TupleSpool;
}

/**
 * Scans key, xmin and ctid of all rows and compares them with the leaves that are known. The last leaf reaches to the end of the table.
 * Memory: nine bytes a leaf.
 */
async function findChanges(
  session: TreeSession,
  site: WholeSiteReader,
  table: WholeTable,
  known: KnownTable,
  context: RunContext,
): Promise<Changes | null> {
  const count = known.fingerprints.length / fingerprintBytes;
  if (known.tree.id === null || count === 0) return null;
  const old = leaves(session.reader, known.tree);
  let current: TreeEntry | undefined = (await old.next()).value ?? undefined;
  const spool = new TupleSpool(join(context.workFolder, `tuples-${table.oid}`));
  const same = new Uint8Array(count);
  const firstRow = new Float64Array(count + 1);
  const state = { leaf: 0, changed: 0 };
  const fingerprint = new FingerprintBuilder();
  const close = async () => {
    const before = known.fingerprints.subarray(state.leaf * fingerprintBytes, (state.leaf + 1) * fingerprintBytes);
    const isSame = fingerprint.take().equals(before) && session.writer.holds(digestOf(current!.id));
    same[state.leaf] = isSame ? 1 : 0;
    if (!isSame) state.changed++;
    state.leaf++;
    firstRow[state.leaf] = spool.count;
    current = (await old.next()).value ?? undefined;
  };
  try {
    for await (const batch of site.scan(table)) {
      throwIfCancelled(context);
      // Lines of one leaf lie one behind the other and go into its fingerprint at once.
      let from = 0;
      for (let at = 0, end = 0; at < batch.length; at = end) {
        const tuple = batch.indexOf(tab, at) + 1;
        const key = batch.indexOf(tab, tuple) + 1;
        end = lineEnd(batch, key);
        while (current && state.leaf < count - 1 && compareKeyIn(table.key, batch, key, end - 1, current.last) > 0) {
          if (at > from) fingerprint.add(batch, from, at - 1);
          from = at;
          await close();
        }
        const writing = addTuple(spool, batch, tuple);
        if (writing) await writing;
      }
      if (batch.length > from) fingerprint.add(batch, from, batch.length - 1);
    }
    while (current && state.leaf < count) await close();
    // A tree with another number of leaves than fingerprints is none that this state belongs to.
    if (current || state.leaf !== count) {
      await spool.remove();
      return null;
    }
    return { same, changed: state.changed, firstRow, spool };
  } catch (error) {
    await spool.remove();
    throw error;
  }
}

/** "(block,offset)" or "block,offset". */
function addTuple(spool: TupleSpool, data: Buffer, at: number): void | Promise<void> {
  let i = data[at] === 40 ? at + 1 : at;
  let block = 0;
  for (; data[i] !== 44; i++) block = block * 10 + data[i] - 48;
  let offset = 0;
  for (i++; data[i] >= 48 && data[i] <= 57; i++) offset = offset * 10 + data[i] - 48;
  return spool.add(block, offset);
}

async function backupChanges(
  session: TreeSession,
  site: WholeSiteReader,
  table: WholeTable,
  changes: Changes,
  known: KnownTable,
  onRead: OnRead,
  context: RunContext,
): Promise<TableBackup> {
  const { same, firstRow, spool } = changes;
  const sink = new RowSink(session, table);
  let number = 0;
  let readTo = 0;
  for await (const leaf of leaves(session.reader, known.tree)) {
    const at = number++;
    if (at < readTo) continue;
    throwIfCancelled(context);
    if (sink.aligned && same[at]) {
      sink.reuse(leaf, known.fingerprints.subarray(at * fingerprintBytes, (at + 1) * fingerprintBytes));
      continue;
    }
    readTo = at + 1;
    const fits = () => readTo - at < leavesPerQuery && firstRow[readTo] - firstRow[at] < rowsPerQuery;
    while (readTo < same.length && !same[readTo] && fits()) readTo++;
    if (firstRow[at] === firstRow[readTo]) continue;
    for await (const batch of site.rowsAt(table, await spool.read(firstRow[at], firstRow[readTo]))) {
      await onRead(sink.add(batch), batch.length);
      await sink.ready();
    }
  }
  return { ...sink.finish(), full: false };
}

/** A table without a key: all of it is read and sorted by its whole lines. */
async function backupKeyless(
  session: TreeSession,
  site: WholeSiteReader,
  table: WholeTable,
  onRead: OnRead,
  context: RunContext,
): Promise<TableBackup> {
  const sorter = new ExternalSorter({
    folder: context.workFolder,
    name: `keyless-${table.oid}`,
    memory: 32 * 1024 * 1024,
    compare: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
  });
  try {
    let rowsRead = 0;
    for await (const batch of site.rows(table)) {
      throwIfCancelled(context);
      let rows = 0;
      for (let at = 0, end = 0; at < batch.length; at = end, rows++) {
        end = lineEnd(batch, at);
        const row = batch.indexOf(tab, batch.indexOf(tab, at) + 1) + 1;
        // Characters of Latin-1 are bytes, and compare as such.
        await sorter.add(batch.toString('latin1', row, end), '');
      }
      rowsRead += rows;
      await onRead(rows, batch.length);
    }
    const tree = new TreeWriter(session.writer, session.seed);
    for await (const { keys } of sorter.sortedBatches()) {
      for (const key of keys) {
        const line = Buffer.from(key, 'latin1');
        tree.addRow(line, 0, line.length, line.length - 1);
        tree.noteLast(line, 0, line.length - 1);
      }
      await tree.ready();
    }
    return { tree: tree.finish(), fingerprints: null, rowsRead, full: true };
  } finally {
    await sorter.dispose();
  }
}
