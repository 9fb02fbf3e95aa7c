import { Stack, Text } from '@mantine/core';
import { CatchBoundary } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import type { JobDetails } from '#server/contract/job-contract.ts';
import { Panel } from '../../parts/panel.tsx';
import { texts } from '../../texts/en.ts';
import { BackupReportView } from './backup.tsx';
import { CheckReportView } from './check.tsx';
import { CompareReportView } from './compare.tsx';
import { CopyReportView } from './copy.tsx';
import { DrillReportView } from './drill.tsx';
import { Everything } from './everything.tsx';
import { InspectReportView } from './inspect.tsx';
import { PruneReportView } from './prune.tsx';
import { RepairReportView } from './repair.tsx';
import { RestoreReportView } from './restore.tsx';
import { RetentionReportView } from './retention.tsx';
import { RollbackReportView } from './rollback.tsx';
import { SnapshotReportView } from './snapshot.tsx';

const t = texts.report;

const views: Record<string, ComponentType<{ job: JobDetails }>> = {
  'site-backup': BackupReportView,
  'space-backup': BackupReportView,
  export: BackupReportView,
  'site-restore': RestoreReportView,
  'space-restore': RestoreReportView,
  'restore-snapshot': RestoreReportView,
  snapshot: SnapshotReportView,
  import: SnapshotReportView,
  check: CheckReportView,
  repair: RepairReportView,
  prune: PruneReportView,
  retention: RetentionReportView,
  drill: DrillReportView,
  copy: CopyReportView,
  compare: CompareReportView,
  inspect: InspectReportView,
  rollback: RollbackReportView,
};

/** What the work reported, in words and numbers by its type; and everything as it is for those who want to know. */
export function TaskReport({ job }: { job: JobDetails }) {
  const View = views[job.type];
  return (
    <Panel title={isPlan(job) ? t.plan : texts.task.result}>
      <Stack>
        {View ? (
          // Reports lie in the database for years: one of another shape must not take the page with it.
          <CatchBoundary getResetKey={() => job.id} errorComponent={Unreadable}>
            <View job={job} />
          </CatchBoundary>
        ) : null}
        <Everything job={job} />
      </Stack>
    </Panel>
  );
}

function isPlan({ result }: JobDetails): boolean {
  return (result as { outcome?: string } | null)?.outcome === 'plan';
}

function Unreadable() {
  return <Text size="sm">{t.unreadable}</Text>;
}
