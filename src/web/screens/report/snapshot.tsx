import { Stack } from '@mantine/core';
import type { JobDetails } from '#server/contract/job-contract.ts';
import { bytes, count, duration } from '../../format/format.ts';
import { Facts } from '../../parts/facts.tsx';
import { texts } from '../../texts/en.ts';
import { SnapshotLink } from './snapshot-link.tsx';
import { type WarningLine, Warnings } from './warnings.tsx';

const t = texts.report.snapshot;

interface BackedUp {
  snapshot?: {
    id: string;
    statistics?: {
      rows: number;
      rowBytes: number;
      files: number;
      fileBytes: number;
      newBytes: number;
      storedBytes: number;
    };
  };
  rowsRead?: number;
  filesRead?: number;
  fullReason?: string | null;
  warnings?: WarningLine[];
  seconds?: number;
}

/** What a backup into a vault holds, what of it was new, and what had to be read for it. */
export function SnapshotReportView({ job }: { job: JobDetails }) {
  const { snapshot, rowsRead, filesRead, fullReason, warnings, seconds } = (job.result ?? {}) as BackedUp;
  const numbers = snapshot?.statistics;
  return (
    <Stack>
      <Facts
        of={[
          [texts.backup.snapshot, <SnapshotLink key="snapshot" vault={job.vault} id={snapshot?.id ?? job.snapshotId} />],
          [
            t.holds,
            numbers ? t.holdsOf(bytes(numbers.rowBytes + numbers.fileBytes), count(numbers.rows), count(numbers.files)) : null,
          ],
          [t.new, numbers ? bytes(numbers.newBytes) : null],
          [t.stored, numbers ? bytes(numbers.storedBytes) : null],
          [t.read, typeof rowsRead === 'number' ? t.readOf(count(rowsRead), count(filesRead ?? 0)) : null],
          [t.full, fullReason ?? null],
          [texts.report.time, typeof seconds === 'number' ? duration(seconds) : null],
        ]}
      />
      <Warnings of={warnings} />
    </Stack>
  );
}
