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

/** A small text that whoever uses the vault keeps in it; what it says the vault does not know. */
export interface Memo {
  /** ISO, of when it was written. */
  time: string;
  text: string;
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
  /** What servers want to find again when nothing else is left, by the id of each. */
  configurations?: Record<string, KeptConfiguration>;
}

export interface KeptConfiguration {
  /** ISO. */
  written: string;
  value: unknown;
}

export interface Ledger {
  /** 0: there is none. */
  sequence: number;
  state: LedgerState;
}

export function emptyLedger(): LedgerState {
  return { snapshots: {}, keys: [], indexes: [] };
}

/** What holds of a snapshot that the ledger may not know yet. */
export function marksOf(state: LedgerState, id: string, tags: string[]): SnapshotMarks {
  return state.snapshots[id] ?? { tags, protected: false, drills: [] };
}
