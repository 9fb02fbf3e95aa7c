import { isOxbowError } from '#base/errors.ts';
import { seal, unseal } from '../crypto/sealed-object.ts';
import { putIfAbsentSurely } from '../put-if-absent-surely.ts';
import type { Store } from '../store/store.ts';

/** A restore that was tried out in a sandbox. */
export interface DrillRecord {
  /** ISO. */
  time: string;
  ok: boolean;
  seconds: number;
  /** For people: what was compared, or what went wrong. */
  result: string;
}

/** What holds of a snapshot now and is not part of it. */
export interface SnapshotMarks {
  tags: string[];
  protected: boolean;
  drills: DrillRecord[];
}

/**
 * What the vault should contain. A list of objects cannot tell that one was removed; the ledger can. Each version is an object of its own,
 * written only when its number is free, and says everything: the newest counts.
 */
export interface LedgerState {
  snapshots: Record<string, SnapshotMarks>;
  /** Ids of key slots. */
  keys: string[];
  /** Keys of index objects. */
  indexes: string[];
}

export interface Ledger {
  /** 0: there is none. */
  sequence: number;
  state: LedgerState;
}

export const ledgerPrefix = 'ledger/';
/** Versions kept besides the newest one. */
export const keptVersions = 4;
/** A list may be late by so many versions. */
const lateBy = 16;

export function emptyLedger(): LedgerState {
  return { snapshots: {}, keys: [], indexes: [] };
}

export function ledgerKey(sequence: number): string {
  return `${ledgerPrefix}${String(sequence).padStart(12, '0')}`;
}

/** The number of a version, null for an object that is none. */
export function ledgerSequence(key: string): number | null {
  const digits = key.slice(ledgerPrefix.length);
  return key.startsWith(ledgerPrefix) && /^[0-9]{12}$/.test(digits) ? Number(digits) : null;
}

/** The newest version. Errors: OBJECT_DAMAGED when that one cannot be read. */
export async function readLedger(store: Store, objectKey: Buffer): Promise<Ledger> {
  return await newestOf(store, objectKey, await listVersions(store));
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

/** One version. Errors: OBJECT_NOT_FOUND, OBJECT_DAMAGED. */
export async function readLedgerVersion(store: Store, objectKey: Buffer, sequence: number): Promise<LedgerState> {
  const key = ledgerKey(sequence);
  return JSON.parse(unseal(objectKey, 'ledger', key, await store.get(key), `The ledger ${key}`).toString('utf8')) as LedgerState;
}

/** Numbers of the versions that the store lists, ascending. */
export async function listVersions(store: Store): Promise<number[]> {
  const found: number[] = [];
  for await (const { key } of store.list(ledgerPrefix)) {
    const sequence = ledgerSequence(key);
    if (sequence) found.push(sequence);
  }
  return found;
}

async function newestOf(store: Store, objectKey: Buffer, listed: number[]): Promise<Ledger> {
  let newest: Ledger = { sequence: 0, state: emptyLedger() };
  // A list may be late: versions that it does not show yet are asked for one by one, and what it still shows may be gone.
  for (let next = listed.at(-1) ?? 1, misses = 0; newest.sequence > 0 ? misses < 1 : misses < lateBy; next++) {
    try {
      newest = { sequence: next, state: await readLedgerVersion(store, objectKey, next) };
    } catch (error) {
      if (!isOxbowError(error, 'OBJECT_NOT_FOUND')) throw error;
      misses++;
    }
  }
  return newest;
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
    const listed = await listVersions(store);
    const { sequence, state } = await newestOf(store, objectKey, listed);
    const next = { sequence: sequence + 1, state: change(structuredClone(sequence === 0 ? initial : state)) };
    if (!(await writeLedgerVersion(store, objectKey, next))) continue;
    for (const old of listed) {
      // The new version stands whatever becomes of the old ones; the next change removes what is left of them.
      if (old < next.sequence - keptVersions) await store.delete(ledgerKey(old)).catch(() => {});
    }
    return next;
  }
}

/** False when the number is taken by somebody else. A write that was done and not acknowledged is recognised by its bytes. */
export async function writeLedgerVersion(store: Store, objectKey: Buffer, { sequence, state }: Ledger): Promise<boolean> {
  const key = ledgerKey(sequence);
  const bytes = seal(objectKey, 'ledger', key, Buffer.from(JSON.stringify(state)));
  return await putIfAbsentSurely(store, key, bytes);
}

/** What holds of a snapshot that the ledger may not know yet. */
export function marksOf(state: LedgerState, id: string, tags: string[]): SnapshotMarks {
  return state.snapshots[id] ?? { tags, protected: false, drills: [] };
}
