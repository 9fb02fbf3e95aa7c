import { isOxbowError } from '#base/errors.ts';
import { seal, unseal } from '../crypto/sealed-object.ts';
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

const prefix = 'ledger/';
/** Versions kept besides the newest one. */
const kept = 4;

export function emptyLedger(): LedgerState {
  return { snapshots: {}, keys: [], indexes: [] };
}

export function ledgerKey(sequence: number): string {
  return `${prefix}${String(sequence).padStart(12, '0')}`;
}

/** The newest version. Errors: OBJECT_DAMAGED when that one cannot be read. */
export async function readLedger(store: Store, objectKey: Buffer): Promise<Ledger> {
  let sequence = 0;
  for await (const { key } of store.list(prefix)) sequence = Math.max(sequence, Number(key.slice(prefix.length)) || 0);
  let newest: Ledger = { sequence: 0, state: emptyLedger() };
  // A list may be late: versions that it does not show yet are asked for one by one, and what it still shows may be gone.
  for (let next = Math.max(sequence, 1), misses = 0; newest.sequence > 0 ? misses < 1 : misses < kept + 2; next++) {
    const bytes = await getOrNull(store, ledgerKey(next));
    if (!bytes) {
      misses++;
      continue;
    }
    const plain = unseal(objectKey, 'ledger', ledgerKey(next), bytes, `The ledger ${ledgerKey(next)}`);
    newest = { sequence: next, state: JSON.parse(plain.toString('utf8')) as LedgerState };
  }
  return newest;
}

/**
 * Changes the ledger: `change` gets the newest state and gives the next. It may be called again when somebody else was faster. Returns what
 * was written.
 */
export async function updateLedger(
  store: Store,
  objectKey: Buffer,
  change: (state: LedgerState) => LedgerState,
): Promise<Ledger> {
  for (;;) {
    const { sequence, state } = await readLedger(store, objectKey);
    const next = { sequence: sequence + 1, state: change(structuredClone(state)) };
    const key = ledgerKey(next.sequence);
    const bytes = seal(objectKey, 'ledger', key, Buffer.from(JSON.stringify(next.state)));
    if (!(await store.putIfAbsent(key, bytes))) continue;
    const old = next.sequence - kept - 1;
    if (old > 0) await store.delete(ledgerKey(old));
    return next;
  }
}

/** What holds of a snapshot that the ledger may not know yet. */
export function marksOf(state: LedgerState, id: string, tags: string[]): SnapshotMarks {
  return state.snapshots[id] ?? { tags, protected: false, drills: [] };
}

async function getOrNull(store: Store, key: string): Promise<Buffer | null> {
  try {
    return await store.get(key);
  } catch (error) {
    if (isOxbowError(error, 'OBJECT_NOT_FOUND')) return null;
    throw error;
  }
}
