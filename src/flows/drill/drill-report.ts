import type { WarningGroup } from '#base/warnings.ts';
import type { CompareReport } from '../inspect/compare-report.ts';

/** What a trial restore proved. */
export interface DrillReport {
  snapshot: string;
  /** The snapshot restores, and everything that was compared is equal. */
  ok: boolean;
  /** ISO. */
  time: string;
  /** How long the restore itself took. */
  restoreSeconds: number;
  /** With making the sandbox and comparing. */
  seconds: number;
  tables: number;
  rows: number;
  files: number;
  fileBytes: number;
  /** For people ("this backup restores; it takes 4 min 10 s"). */
  result: string;
  /** What is different, of a whole site; null when nothing was compared row by row. */
  differences: Omit<CompareReport, 'seconds'> | null;
  warnings: WarningGroup[];
}
