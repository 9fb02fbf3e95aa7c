import { Group, Text } from '@mantine/core';
import type { JobAnswer } from '#server/contract/job-contract.ts';
import { bytes, count, duration } from '../format/format.ts';
import { texts } from '../texts/en.ts';
import { JobProgress } from './job-table.tsx';

/** What a job does now, how far it is, how fast, and how long it still takes. */
export function Phase({ job }: { job: JobAnswer }) {
  const { phase } = job;
  if (!phase) return null;
  const amount = (value: number) => (phase.unit === 'bytes' ? bytes(value) : `${count(Math.round(value))} ${phase.unit}`);
  const words = [
    phase.total === null ? amount(phase.done) : `${amount(phase.done)} ${texts.common.of} ${amount(phase.total)}`,
    phase.rate ? `${amount(phase.rate)}/s` : '',
    phase.secondsLeft === null ? '' : `${texts.task.left}: ${duration(phase.secondsLeft)}`,
  ];
  return (
    <div style={{ marginBottom: '1rem' }}>
      <Group justify="space-between" mb={4}>
        <Text size="sm" fw={500} aria-live="polite">
          {phase.name}
        </Text>
        <Text size="sm" c="dimmed">
          {words.filter(Boolean).join(', ')}
        </Text>
      </Group>
      <Group>
        <JobProgress job={job} size="md" />
      </Group>
    </div>
  );
}
