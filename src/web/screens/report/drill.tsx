import { Stack, Text } from '@mantine/core';
import type { JobDetails } from '#server/contract/job-contract.ts';
import { count, duration } from '../../format/format.ts';
import { Facts } from '../../parts/facts.tsx';
import { State } from '../../parts/state.tsx';
import { texts } from '../../texts/en.ts';
import { type Compared, Differences } from './compare.tsx';
import { SnapshotLink } from './snapshot-link.tsx';
import { type WarningLine, Warnings } from './warnings.tsx';

const t = texts.report.drill;

interface Drilled {
  ok?: boolean;
  snapshot?: string;
  restoreSeconds?: number;
  seconds?: number;
  tables?: number;
  rows?: number;
  files?: number;
  result?: string;
  differences?: Compared | null;
  warnings?: WarningLine[];
}

/** Whether the snapshot restores, how long it took, what was compared, and what was not the same. */
export function DrillReportView({ job }: { job: JobDetails }) {
  const report = (job.result ?? {}) as Drilled;
  const { ok, restoreSeconds, seconds, differences } = report;
  return (
    <Stack>
      <State tone={ok ? 'ok' : 'failed'}>{ok ? t.ok(duration(restoreSeconds ?? null)) : t.failed}</State>
      {!ok && report.result ? <Text size="sm">{report.result}</Text> : null}
      <Facts
        of={[
          [t.restore, duration(restoreSeconds ?? null)],
          [t.whole, duration(seconds ?? null)],
          [t.compared, t.comparedOf(count(report.tables ?? 0), count(report.rows ?? 0), count(report.files ?? 0))],
          [texts.backup.snapshot, <SnapshotLink key="snapshot" vault={job.vault} id={report.snapshot ?? job.snapshotId} />],
        ]}
      />
      {differences && !differences.equal ? <Differences of={differences} /> : null}
      <Warnings of={report.warnings} />
    </Stack>
  );
}
