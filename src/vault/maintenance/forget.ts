import { OxbowError } from '#base/errors.ts';
import { assertNotHeld, listLeases } from '../leases/lease.ts';
import { updateLedger } from '../ledger/ledger.ts';
import { marksOf, type SnapshotMarks } from '../ledger/ledger-state.ts';
import { type ListedSnapshot, snapshotsPrefix } from '../snapshots/list-snapshots.ts';
import { shortId } from '../snapshots/snapshot.ts';
import { spareKey } from '../spares.ts';
import { firstLedger, type Vault } from '../vault.ts';

/**
 * Forgets snapshots: they are gone at once, their data goes with the next prune. Errors: SNAPSHOT_PROTECTED, before anything is forgotten;
 * STORE_OBJECT_LOCKED, while the store keeps one. When it fails in between, some may still be there: doing it again forgets them.
 */
export async function forgetSnapshots(vault: Vault, snapshots: ListedSnapshot[]): Promise<void> {
  const { store, keys } = vault;
  for (const snapshot of snapshots) if (snapshot.protected) throw isProtected(snapshot.id);
  assertNotHeld(await listLeases({ store, objectKey: keys.object }), store.location);
  if (snapshots.length === 0) return;
  // The ledger first: what it names and is not there would count as lost. All of them in one change, in which a protection that somebody has just
  // given still counts.
  await updateLedger(
    store,
    keys.object,
    (state) => {
      const kept = { ...state.snapshots };
      for (const { id } of snapshots) {
        if (kept[id]?.protected) throw isProtected(id);
        delete kept[id];
      }
      return { ...state, snapshots: kept };
    },
    firstLedger(vault),
  );
  for (const [i, { id }] of snapshots.entries()) {
    try {
      await store.delete(`${snapshotsPrefix}${id}`);
    } catch (error) {
      for (const left of snapshots.slice(i)) await rememberIfThere(vault, left).catch(() => {});
      throw error;
    }
    // Alone it means nothing; a prune removes it too.
    await store.delete(spareKey(`${snapshotsPrefix}${id}`)).catch(() => {});
  }
}

/** Changes what holds of a snapshot: tags, protection, drills. Returns what holds now. */
export async function markSnapshot(
  vault: Vault,
  snapshot: ListedSnapshot,
  update: (marks: SnapshotMarks) => SnapshotMarks,
): Promise<SnapshotMarks> {
  const ledger = await updateLedger(
    vault.store,
    vault.keys.object,
    (state) => ({
      ...state,
      snapshots: { ...state.snapshots, [snapshot.id]: update(marksOf(state, snapshot.id, snapshot.tags)) },
    }),
    firstLedger(vault),
  );
  return ledger.state.snapshots[snapshot.id];
}

/** What could not be forgotten is known again as it was. */
async function rememberIfThere(vault: Vault, snapshot: ListedSnapshot): Promise<void> {
  if ((await vault.store.size(`${snapshotsPrefix}${snapshot.id}`)) === null) return;
  const { tags, drills } = snapshot;
  await markSnapshot(vault, snapshot, () => ({ tags, drills, protected: false }));
}

function isProtected(id: string): OxbowError {
  return new OxbowError('SNAPSHOT_PROTECTED', `The snapshot ${shortId(id)} is protected.`, {
    hint: 'Lift its protection first: oxbow protect --off.',
  });
}
