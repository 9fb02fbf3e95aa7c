import { updateLedger } from '../ledger/ledger.ts';
import { emptyLedger, type LedgerState } from '../ledger/ledger-state.ts';
import { keptVersions, ledgerKey, listSpareVersions, listVersions, writeVersion } from '../ledger/ledger-versions.ts';
import type { LedgerVersions } from '../maintenance/check-objects.ts';
import { spareKey } from '../spares.ts';
import type { Repair } from './repair-state.ts';

/** What the vault turned out to hold, as a change to what the ledger says. */
export type LedgerChange = (state: LedgerState) => LedgerState;

/**
 * Brings the ledger in line with what is there. When an object of it is damaged or missing, as many new versions are written as are kept, so that
 * the damaged ones are of the past and go.
 */
export async function repairLedger(repair: Repair, versions: LedgerVersions, change: LedgerChange): Promise<void> {
  const { store, keys } = repair.vault;
  const { highest, newest, sequence, damaged, missing, hasSpare } = versions;
  const before = newest ?? emptyLedger();
  const isSound = newest !== null && hasSpare && damaged.length + missing.length === 0;
  if (isSound && canonical(before) === canonical(change(structuredClone(before)))) return;
  if (isSound) {
    await repair.act(ledgerKey(highest), 'the ledger is brought in line with what is there', () =>
      updateLedger(store, keys.object, change),
    );
    return;
  }
  const forgotten = sequence < highest ? ': what was changed last (tags, protection, drills) may be forgotten' : '';
  const message = newest ? `the ledger is written anew from version ${sequence}${forgotten}` : 'the ledger is made anew';
  await repair.act(ledgerKey(highest), message, async () => {
    const state = change(structuredClone(before));
    for (let next = highest + 1; next <= highest + 1 + keptVersions; next++)
      await writeVersion(store, keys.object, { sequence: next, state });
    for (const old of await listSpareVersions(store)) if (old <= highest) await store.delete(spareKey(ledgerKey(old)));
    for (const old of await listVersions(store)) if (old <= highest) await store.delete(ledgerKey(old));
  });
}

/** The same text for the same state, whatever the order of its lists and names. */
function canonical(state: LedgerState): string {
  const snapshots = Object.entries(state.snapshots).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify({ ...state, snapshots, keys: state.keys.toSorted(), indexes: state.indexes.toSorted() });
}
