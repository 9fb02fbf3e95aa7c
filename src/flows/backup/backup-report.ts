import type { WarningGroup } from '#base/warnings.ts';
import type { Snapshot } from '#vault/snapshots/snapshot.ts';

export interface BackupReport {
  snapshot: Snapshot;
  site: string;
  vault: string;
  tables: number;
  /** Rows whose bodies were read, of all rows. */
  rowsRead: number;
  filesRead: number;
  /** Why every row was read; null when only what changed was. */
  fullReason: string | null;
  warnings: WarningGroup[];
  seconds: number;
}
