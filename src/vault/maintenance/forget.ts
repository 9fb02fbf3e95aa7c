import { isOxbowError, OxbowError } from '#base/errors.ts';
import { assertNotHeld, listLeases } from '../leases/lease.ts';
import { type LedgerState, marksOf, type SnapshotMarks, updateLedger } from '../ledger/ledger.ts';
import { type ListedSnapshot, snapshotsPrefix } from '../snapshots/list-snapshots.ts';
import { shortId } from '../snapshots/snapshot.ts';
import type { Vault } from '../vault.ts';

/**
 * Forgets snapshots: they are gone at once, their data goes with the next prune. Errors: SNAPSHOT_PROTECTED, before anything is forgotten;
 * STORE_OBJECT_LOCKED, while the store keeps one.
 */
export async function forgetSnapshots(vault: Vault, snapshots: ListedSnapshot[]): Promise<void> {
  const kept = snapshots.find((snapshot) => snapshot.protected);
  if (kept) {
    throw new OxbowError('SNAPSHOT_PROTECTED', `The snapshot ${shortId(kept.id)} is protected.`, {
      hint: 'Lift its protection first: oxbow protect --off.',
    });
  }
  assertNotHeld(await listLeases({ store: vault.store, objectKey: vault.keys.object }), vault.store.location);
  for (const snapshot of snapshots) {
    // The ledger first: what it names and is not there would count as lost.
    await change(vault, ({ [snapshot.id]: _gone, ...others }) => others);
    try {
      await vault.store.delete(`${snapshotsPrefix}${snapshot.id}`);
    } catch (error) {
      if (isOxbowError(error, 'STORE_OBJECT_LOCKED')) {
        const { tags, drills } = snapshot;
        await change(vault, (others) => ({ ...others, [snapshot.id]: { tags, drills, protected: false } }));
      }
      throw error;
    }
  }
}

/** Changes what holds of a snapshot: tags, protection, drills. Returns what holds now. */
export async function markSnapshot(
  vault: Vault,
  snapshot: ListedSnapshot,
  update: (marks: SnapshotMarks) => SnapshotMarks,
): Promise<SnapshotMarks> {
  const ledger = await updateLedger(vault.store, vault.keys.object, (state) => ({
    ...state,
    snapshots: { ...state.snapshots, [snapshot.id]: update(marksOf(state, snapshot.id, snapshot.tags)) },
  }));
  return ledger.state.snapshots[snapshot.id];
}

async function change(vault: Vault, update: (snapshots: LedgerState['snapshots']) => LedgerState['snapshots']): Promise<void> {
  await updateLedger(vault.store, vault.keys.object, (state) => ({ ...state, snapshots: update(state.snapshots) }));
}
