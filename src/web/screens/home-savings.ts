import type { SnapshotAnswer } from '#server/contract/vault-contract.ts';

export interface Savings {
  /** What the snapshots hold, as if nothing were shared. */
  held: number;
  /** What is kept once, before it was compressed. */
  unique: number;
  /** What lies in the vault for it. */
  stored: number;
}

/**
 * What a vault saves: by keeping once what is the same (held to unique), and by compression (unique to stored). Each snapshot says what was new in it, and
 * what was stored for that. Snapshots that were removed, and backups that were broken off, leave what others share and say nothing any more:
 * where all of the vault is known, its own sums count, so that no figure is better than the truth.
 */
export function savingsOf(
  snapshots: readonly SnapshotAnswer[],
  whole: { snapshotBytes: number; storedBytes: number } | null,
): Savings {
  let [held, fresh, written] = [0, 0, 0];
  for (const { statistics } of snapshots) {
    held += statistics.rowBytes + statistics.fileBytes;
    fresh += statistics.newBytes;
    written += statistics.storedBytes;
  }
  if (whole === null || written === 0) return { held, unique: fresh, stored: written };
  return { held: whole.snapshotBytes, unique: (whole.storedBytes * fresh) / written, stored: whole.storedBytes };
}
