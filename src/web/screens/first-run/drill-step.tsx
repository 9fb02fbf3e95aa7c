import { Stack, Text } from '@mantine/core';
import { duration } from '../../format/format.ts';
import { texts } from '../../texts/en.ts';
import type { GuideState } from './guide-state.ts';
import { JobStep } from './job-step.tsx';

const t = texts.firstRun.drill;

/** What was backed up is restored, away from everything, and compared. */
export function DrillStep({ state }: { state: GuideState }) {
  const { snapshot, steps, drillJob } = state;
  if (!snapshot) return null;
  return (
    <Stack gap="sm">
      <Text size="sm">{drillSummary(state) ?? t.help}</Text>
      {steps.drill === 'done' ? null : (
        <JobStep
          state={steps.drill}
          job={drillJob}
          request={{ type: 'drill', vault: snapshot.vault, snapshot: snapshot.id }}
          start={t.start}
          failed={t.failed}
        />
      )}
    </Stack>
  );
}

export function drillSummary({ proof }: GuideState): string | null {
  return proof ? t.summary(duration(proof.seconds)) : null;
}
