import { isOxbowError, OxbowError } from '#base/errors.ts';
import type { RunContext } from '#base/run-context.ts';
import { ChunkReader } from './chunks/chunk-reader.ts';
import { ChunkWriter } from './chunks/chunk-writer.ts';
import type { IndexedPack } from './chunks/index-format.ts';
import { adoptPacks, listPacks, loadIndex } from './chunks/load-index.ts';
import { packKeyPath } from './chunks/pack-format.ts';
import { gearTable } from './files/fast-cdc.ts';
import { assertNotHeld, clearDeadLeases, type Lease, takeLease } from './leases/lease.ts';
import { updateLedger } from './ledger/ledger.ts';
import type { SnapshotMarks } from './ledger/ledger-state.ts';
import { readMarks } from './maintenance/prune-marks.ts';
import { putSnapshot } from './snapshots/put-snapshot.ts';
import type { Snapshot, SnapshotContents, SnapshotHeader } from './snapshots/snapshot.ts';
import { boundarySeed, completeVault, firstLedger, lockUntil, type Vault } from './vault.ts';

/** Adds one snapshot to a vault. Either commit() or abandon() ends it. */
export interface WriteSession {
  vault: Vault;
  reader: ChunkReader;
  writer: ChunkWriter;
  /** Boundaries of rows and files in this vault. */
  seed: number;
  gear: Int32Array;
  /**
   * Makes what was written visible, as one snapshot. Errors: LEASE_LOST, PRUNED_MEANWHILE: nothing is visible then.
   * @param marks what holds of the snapshot from the beginning; its tags alone unless given
   */
  commit(contents: SnapshotContents, header: NewSnapshot, started: Date, marks?: SnapshotMarks): Promise<Snapshot>;
  abandon(): Promise<void>;
}

/** What the one who makes a snapshot says of it. */
export type NewSnapshot = Omit<SnapshotHeader, 'version' | 'contents' | 'finished' | 'statistics'>;

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
    const marked = new Set((await readMarks(vault)).flatMap((mark) => mark.packs));
    const { index } = await loadIndex(store, keys.object, { last: marked });
    const adopted: IndexedPack[] = [];
    const { unusable } = await adoptPacks(store, keys.pack, index, { avoid: marked, take: (pack) => void adopted.push(pack) });
    if (index.count === 0) await completeVault(vault);
    // What lay in a pack that is gone or cut short is stored again: the next backup heals what it can.
    const avoid = new Set([...marked, ...unusable]);
    const put = lockUntil(vault, context.now());
    const writer = new ChunkWriter({ store, keys, index, avoid, put }, adopted);
    const reader = new ChunkReader({ store, packKey: keys.pack, index });
    return {
      vault,
      reader,
      writer,
      seed: boundarySeed(vault),
      gear: gearTable(keys.chunker),
      commit: (contents, header, started, holds) =>
        commit({ vault, writer, lease, context }, contents, header, started, holds ?? marksFrom(header.tags)),
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
  context: RunContext;
}

function marksFrom(tags: string[]): SnapshotMarks {
  return { tags, protected: false, drills: [] };
}

async function commit(
  { vault, writer, lease, context }: CommitState,
  contents: SnapshotContents,
  header: NewSnapshot,
  started: Date,
  marks: SnapshotMarks,
): Promise<Snapshot> {
  const root = writer.put('document', Buffer.from(JSON.stringify(contents)));
  await writer.flush();
  await lease.confirm();
  await assertNotPruned(vault, writer.relied, lease.key);
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
  const visible = await putSnapshot(vault, snapshot, finished);
  await noteInLedger(vault, visible.id, marks, writer.indexes, context);
  // The snapshot stands: a lease that cannot be removed is told from one of somebody at work by the next prune.
  await lease.release().catch(() => {});
  return visible;
}

/** A ledger that is damaged must not stop backups: the snapshot is complete without it, and repair makes a new one from what is there. */
async function noteInLedger(
  vault: Vault,
  id: string,
  marks: SnapshotMarks,
  indexes: string[],
  context: RunContext,
): Promise<void> {
  try {
    await updateLedger(
      vault.store,
      vault.keys.object,
      (state) => ({
        ...state,
        indexes: [...new Set([...state.indexes, ...indexes])],
        snapshots: { ...state.snapshots, [id]: marks },
      }),
      firstLedger(vault),
    );
  } catch (error) {
    if (!isOxbowError(error, 'OBJECT_DAMAGED')) throw error;
    context.warn({
      code: 'LEDGER_DAMAGED',
      message: `the snapshot is complete, but the ledger of the vault is damaged: run oxbow repair`,
    });
  }
}

/**
 * A prune that began after this session waits for its lease. One that did not see the lease, because the store listed it late or somebody removed
 * it, may have marked packs that this snapshot relies on, or have removed them already. Marks first: they stand until the packs are gone.
 */
async function assertNotPruned(vault: Vault, relied: ReadonlySet<string>, leaseKey: string): Promise<void> {
  const { store } = vault;
  const pruned = new OxbowError('PRUNED_MEANWHILE', `A prune of ${store.location} began meanwhile and did not see this work.`, {
    hint: 'Start it again: what was stored already is used.',
  });
  for (const marks of await readMarks(vault)) {
    if (!marks.waitsFor.includes(leaseKey) && marks.packs.some((name) => relied.has(name))) throw pruned;
  }
  if (relied.size === 0) return;
  const sizes = await listPacks(store);
  for (const name of relied) {
    if (!sizes.has(name) && (await store.size(packKeyPath(name))) === null) throw pruned;
  }
}
