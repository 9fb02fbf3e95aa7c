import type { RestoreLedger } from '#sites/live/restore/restore-ledger.ts';
import type { RestoreReport } from './restore-report.ts';

/** What the two kinds of restore, of a site and of spaces, report themselves. */
export interface RestoreOutcome {
  scope: 'site' | 'space';
  ledger: RestoreLedger;
  spaces: RestoreReport['spaces'];
  users: RestoreReport['users'];
  groups: RestoreReport['groups'];
  groupsMissing: string[];
  attachments: { files: number; bytes: number };
  previous: string | null;
  safetyBackup: string | null;
}

/** Names a restore so that names sort by time. */
export function restoreId(now: Date): string {
  return now.toISOString().slice(0, 23).replace(/[-:]/g, '').replace(/[T.]/g, '_');
}
