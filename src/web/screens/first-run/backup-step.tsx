import { Stack, Text } from '@mantine/core';
import { bytes, count, duration } from '../../format/format.ts';
import { texts } from '../../texts/en.ts';
import type { GuideState } from './guide-state.ts';
import { JobStep } from './job-step.tsx';

const t = texts.firstRun.backup;

/** The first snapshot of the whole site. */
export function BackupStep({ state }: { state: GuideState }) {
  const { site, vault, steps, backupJob } = state;
  if (site === null || vault === null) return null;
  return (
    <Stack gap="sm">
      <Text size="sm">{backupSummary(state) ?? t.help(site, vault)}</Text>
      {steps.backup === 'done' ? null : (
        <JobStep
          state={steps.backup}
          job={backupJob}
          request={{ type: 'snapshot', site, vault }}
          start={t.start}
          failed={t.failed}
        />
      )}
    </Stack>
  );
}

export function backupSummary({ snapshot }: GuideState): string | null {
  if (!snapshot) return null;
  const { rows, files, storedBytes, seconds } = snapshot.statistics;
  return t.summary(count(rows), count(files), bytes(storedBytes), duration(seconds));
}
