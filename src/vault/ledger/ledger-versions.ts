import { isOxbowError } from '#base/errors.ts';
import { seal, unseal } from '../crypto/sealed-object.ts';
import { putIfAbsentSurely } from '../put-if-absent-surely.ts';
import { listSpares, spareKey } from '../spares.ts';
import type { Store } from '../store/store.ts';
import type { Ledger, LedgerState } from './ledger-state.ts';

// The objects of the ledger: ledger/<number> of twelve digits, and a spare of the newest one, so that losing it loses no tag or protection.

export const ledgerPrefix = 'ledger/';
/** Versions kept besides the newest one. */
export const keptVersions = 4;

export function ledgerKey(sequence: number): string {
  return `${ledgerPrefix}${String(sequence).padStart(12, '0')}`;
}

/** Numbers of the versions that the store lists, ascending; of those that only a spare is left of too. */
export async function listVersions(store: Store): Promise<number[]> {
  const found = new Set(await listSpareVersions(store));
  for await (const { key } of store.list(ledgerPrefix)) addSequence(found, key);
  return [...found].sort((a, b) => a - b);
}

export async function listSpareVersions(store: Store): Promise<number[]> {
  const found = new Set<number>();
  for (const key of await listSpares(store, ledgerPrefix)) addSequence(found, key);
  return [...found].sort((a, b) => a - b);
}

/** What is not the key of a version is none: check notes it. */
function addSequence(found: Set<number>, key: string): void {
  const digits = key.slice(ledgerPrefix.length);
  if (/^[0-9]{12}$/.test(digits) && Number(digits) > 0) found.add(Number(digits));
}

/** One version, from its spare where it is damaged or missing. Errors: OBJECT_NOT_FOUND, OBJECT_DAMAGED. */
export async function readVersion(store: Store, objectKey: Buffer, sequence: number): Promise<LedgerState> {
  try {
    return await readVersionObject(store, objectKey, sequence, ledgerKey(sequence));
  } catch (error) {
    if (!isOxbowError(error, 'OBJECT_NOT_FOUND') && !isOxbowError(error, 'OBJECT_DAMAGED')) throw error;
    try {
      return await readVersionObject(store, objectKey, sequence, spareKey(ledgerKey(sequence)));
    } catch {
      throw error;
    }
  }
}

/** One of the two objects of a version. Errors: OBJECT_NOT_FOUND, OBJECT_DAMAGED. */
export async function readVersionObject(store: Store, objectKey: Buffer, sequence: number, place: string): Promise<LedgerState> {
  const plain = unseal(objectKey, 'ledger', ledgerKey(sequence), await store.get(place), `The ledger ${place}`);
  return JSON.parse(plain.toString('utf8')) as LedgerState;
}

/**
 * Writes a version, then removes those that are too old. False when its number is taken by somebody else; a write that was done and not acknowledged is
 * recognised by its bytes.
 */
export async function writeVersion(store: Store, objectKey: Buffer, { sequence, state }: Ledger): Promise<boolean> {
  const key = ledgerKey(sequence);
  const bytes = seal(objectKey, 'ledger', key, Buffer.from(JSON.stringify(state)));
  if (!(await putIfAbsentSurely(store, key, bytes))) return false;
  // The version stands whatever becomes of the rest: the next change makes up for it.
  await store.put(spareKey(key), bytes).then(
    () => removeOld(store, sequence),
    () => {},
  );
  return true;
}

async function removeOld(store: Store, newest: number): Promise<void> {
  try {
    for (const old of await listSpareVersions(store)) if (old < newest) await store.delete(spareKey(ledgerKey(old)));
    for (const old of await listVersions(store)) if (old < newest - keptVersions) await store.delete(ledgerKey(old));
  } catch {
    // What is left of them does no harm.
  }
}
