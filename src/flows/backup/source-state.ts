import type { SourceIdentity, WholeTable } from '#sites/live/whole/whole-site-reader.ts';
import { fingerprintBytes } from './fingerprints.ts';

/** What a later backup must know of the source to tell which rows did not change. */
export interface TableState {
  oid: string;
  filenode: string;
  shape: string;
  /** ISO: when every row of it was last read. */
  fullRead: string;
  /** Where its fingerprints begin, and how many they are: one a leaf. */
  offset: number;
  leaves: number;
}

export interface SourceState {
  version: 1;
  identity: SourceIdentity;
  tables: Record<string, TableState>;
}

/** A transaction id comes again after 2^32 transactions; half of that is the margin. */
const transactionMargin = 2n ** 31n;

/**
 * Why the fingerprints of a state say nothing about the source as it is now; null when they hold. A row version is identified by key, xmin
 * and ctid only within one life of one database: not after a restore (another system or timeline, or transactions that go back), and not
 * once transaction ids may have come round.
 */
export function whyUseless(before: SourceIdentity, now: SourceIdentity): string | null {
  if (now.systemIdentifier === null || now.timeline === null) return 'the database does not tell which server it is';
  if (before.systemIdentifier !== now.systemIdentifier) return 'the database is on another server now';
  if (before.timeline !== now.timeline) return 'the server was restored since';
  if (before.databaseOid !== now.databaseOid) return 'the database was created anew';
  if (before.schema !== now.schema) return 'the schema is another one';
  const passed = BigInt(now.nextTransaction) - BigInt(before.nextTransaction);
  if (passed < 0n) return 'the transactions of the server went back';
  if (passed >= transactionMargin) return 'too many transactions passed';
  return null;
}

/** Whether the fingerprints of a table hold, given that those of the source do. */
export function isSameTable(before: TableState, now: Pick<WholeTable, 'oid' | 'filenode' | 'shape'>): boolean {
  return before.oid === now.oid && before.filenode === now.filenode && before.shape === now.shape;
}

/** The fingerprints of a table out of the document that holds those of all; null when that is too short. */
export function fingerprintsOf(document: Buffer, state: TableState): Buffer | null {
  const end = state.offset + state.leaves * fingerprintBytes;
  return end <= document.length ? document.subarray(state.offset, end) : null;
}
