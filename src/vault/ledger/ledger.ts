import { isOxbowError } from '#base/errors.ts';
import type { Store } from '../store/store.ts';
import { emptyLedger, type Ledger, type LedgerState } from './ledger-state.ts';
import { listVersions, readVersion, writeVersion } from './ledger-versions.ts';

/** A list may be late by so many versions. */
const lateBy = 16;

/** The newest version. Errors: OBJECT_DAMAGED when neither it nor its spare can be read. */
export async function readLedger(store: Store, objectKey: Buffer): Promise<Ledger> {
  const listed = await listVersions(store);
  let newest: Ledger = { sequence: 0, state: emptyLedger() };
  // A list may be late: versions that it does not show yet are asked for one by one, and what it still shows may be gone.
  for (let next = listed.at(-1) ?? 1, misses = 0; newest.sequence > 0 ? misses < 1 : misses < lateBy; next++) {
    try {
      newest = { sequence: next, state: await readVersion(store, objectKey, next) };
    } catch (error) {
      if (!isOxbowError(error, 'OBJECT_NOT_FOUND')) throw error;
      misses++;
    }
  }
  return newest;
}

/** Null when the newest version cannot be read: check tells, repair mends; what is in the vault can be read without it. */
export async function ledgerOrNull(store: Store, objectKey: Buffer): Promise<LedgerState | null> {
  try {
    return (await readLedger(store, objectKey)).state;
  } catch (error) {
    if (isOxbowError(error, 'OBJECT_DAMAGED')) return null;
    throw error;
  }
}

/**
 * Changes the ledger: `change` gets the newest state and gives the next. It may be called again when somebody else was faster. Returns what
 * was written.
 * @param initial what a vault without a ledger begins with
 */
export async function updateLedger(
  store: Store,
  objectKey: Buffer,
  change: (state: LedgerState) => LedgerState,
  initial: LedgerState = emptyLedger(),
): Promise<Ledger> {
  for (;;) {
    const { sequence, state } = await readLedger(store, objectKey);
    const next = { sequence: sequence + 1, state: change(structuredClone(sequence === 0 ? initial : state)) };
    if (await writeVersion(store, objectKey, next)) return next;
  }
}
