import { createHash } from 'node:crypto';
import { OxbowError } from '#base/errors.ts';
import type { RunContext } from '#base/run-context.ts';
import { ChunkReader } from './chunks/chunk-reader.ts';
import { ChunkWriter } from './chunks/chunk-writer.ts';
import { adoptPacks, loadIndex } from './chunks/load-index.ts';
import { seal } from './crypto/sealed-object.ts';
import { gearTable } from './files/fast-cdc.ts';
import { assertNotHeld, clearDeadLeases, type Lease, takeLease } from './leases/lease.ts';
import { updateLedger } from './ledger/ledger.ts';
import { readMarks } from './maintenance/prune-marks.ts';
import type { Snapshot, SnapshotContents, SnapshotHeader } from './snapshots/snapshot.ts';
import { lockUntil, type Vault } from './vault.ts';

/** Adds one snapshot to a vault. Either commit() or abandon() ends it. */
export interface WriteSession {
  vault: Vault;
  reader: ChunkReader;
  writer: ChunkWriter;
  /** Boundaries of rows and files in this vault. */
  seed: number;
  gear: Int32Array;
  commit(
    contents: SnapshotContents,
    header: Omit<SnapshotHeader, 'version' | 'contents' | 'finished' | 'statistics'>,
    started: Date,
  ): Promise<Snapshot>;
  abandon(): Promise<void>;
}

/** The seed of the boundaries of rows. */
export function boundarySeed(vault: Pick<Vault, 'keys'>): number {
  return vault.keys.chunker.readUInt32LE(0);
}

/**
 * Opens a vault for writing: takes a lease, then reads what prunes have marked, then the index; in this order, so that a prune either sees the
 * lease or is seen. Errors: VAULT_LOCKED, and those of the store.
 */
export async function openWriteSession(vault: Vault, purpose: string, context: RunContext): Promise<WriteSession> {
  const { store, keys } = vault;
  const leases = { store, objectKey: keys.object, holder: vault.holder, now: context.now };
  const lease = await takeLease(leases, 'write', purpose);
  try {
    assertNotHeld(await clearDeadLeases(leases, { watch: false }), store.location);
    const marks = await readMarks(vault);
    const avoid = new Set(marks.flatMap((mark) => mark.packs));
    const { index } = await loadIndex(store, keys.object);
    const adopted = await adoptPacks(store, keys.pack, index, avoid);
    const put = lockUntil(vault, context.now());
    const writer = new ChunkWriter({ store, keys, index, avoid, put }, adopted);
    const reader = new ChunkReader({ store, packKey: keys.pack, index });
    return {
      vault,
      reader,
      writer,
      seed: boundarySeed(vault),
      gear: gearTable(keys.chunker),
      commit: (contents, header, started) =>
        commit({ vault, writer, lease, seen: new Set(marks.map((mark) => mark.key)), context }, contents, header, started),
      async abandon() {
        await writer.abandon();
        await lease.release().catch(() => {});
      },
    };
  } catch (error) {
    await lease.release().catch(() => {});
    throw error;
  }
}

interface CommitState {
  vault: Vault;
  writer: ChunkWriter;
  lease: Lease;
  seen: Set<string>;
  context: RunContext;
}

async function commit(
  { vault, writer, lease, seen, context }: CommitState,
  contents: SnapshotContents,
  header: Omit<SnapshotHeader, 'version' | 'contents' | 'finished' | 'statistics'>,
  started: Date,
): Promise<Snapshot> {
  const { store, keys } = vault;
  const root = writer.put('document', Buffer.from(JSON.stringify(contents)));
  await writer.flush();
  await lease.confirm();
  await assertNotPruned(vault, seen, lease.key);
  const finished = context.now();
  const rows = contents.tables.reduce((sum, table) => sum + table.tree.rows, 0);
  const rowBytes = contents.tables.reduce((sum, table) => sum + table.tree.bytes, 0);
  const snapshot: SnapshotHeader = {
    ...header,
    version: 1,
    finished: finished.toISOString(),
    contents: root,
    statistics: {
      rows,
      rowBytes,
      files: Number(header.summary.files ?? contents.files.rows),
      fileBytes: Number(header.summary.fileBytes ?? 0),
      newBytes: writer.statistics.newBytes,
      storedBytes: writer.statistics.storedBytes,
      seconds: (finished.getTime() - started.getTime()) / 1000,
    },
  };
  const bytes = seal(keys.object, 'snapshot', '', Buffer.from(JSON.stringify(snapshot)));
  const id = createHash('sha256').update(bytes).digest('hex');
  await store.put(`snapshots/${id}`, bytes, lockUntil(vault, finished));
  await updateLedger(store, keys.object, (state) => ({
    ...state,
    indexes: [...new Set([...state.indexes, ...writer.indexes])],
    snapshots: { ...state.snapshots, [id]: { tags: header.tags, protected: false, drills: [] } },
  }));
  await lease.release();
  return { id, ...snapshot };
}

/**
 * A prune that began after this session waits for its lease. One that did not see the lease, because the store listed it late, may have marked
 * packs that this snapshot relies on.
 */
async function assertNotPruned(vault: Vault, seen: Set<string>, leaseKey: string): Promise<void> {
  for (const marks of await readMarks(vault)) {
    if (seen.has(marks.key) || marks.waitsFor.includes(leaseKey)) continue;
    throw new OxbowError('PRUNED_MEANWHILE', `A prune of ${vault.store.location} began meanwhile and did not see this work.`, {
      hint: 'Start it again: what was stored already is used.',
    });
  }
}
