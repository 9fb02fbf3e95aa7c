import { Group, Stack, Text } from '@mantine/core';
import type { JobAnswer } from '#server/contract/job-contract.ts';
import type { ScheduleAnswer } from '#server/contract/schedule-contract.ts';
import { Panel } from '../parts/panel.tsx';
import { texts } from '../texts/en.ts';
import { type Day, daysOf } from './home-days.ts';

const t = texts.home;
const legend: Day['state'][] = ['ok', 'warning', 'failed', 'missed', 'running', 'none'];

interface Props {
  schedules: readonly ScheduleAnswer[];
  jobs: readonly JobAnswer[];
  now: number;
}

/** A strip of 30 days for each schedule, today at the right. */
export function Strips({ schedules, jobs, now }: Props) {
  if (schedules.length === 0) return null;
  return (
    <Panel title={t.strip} side={<Legend />}>
      <Stack gap="md">
        {schedules.map((one) => {
          const days = daysOf(one, jobs, now);
          return (
            <div key={one.id}>
              <Group justify="space-between" gap="xs" mb={4}>
                <Text size="sm" fw={500}>
                  {one.site ? `${one.name} (${one.site})` : one.name}
                </Text>
                <Text size="xs" c="dimmed">
                  {`${texts.schedules.states[one.state]}, ${one.words}`}
                </Text>
              </Group>
              <div className="strip" role="img" aria-label={`${one.name}: ${wordsOf(days)}`}>
                {days.map(({ date, state }) => (
                  <span key={date} data-day={state} title={`${date}: ${t.days[state]}`} />
                ))}
              </div>
            </div>
          );
        })}
      </Stack>
    </Panel>
  );
}

function Legend() {
  return (
    <div className="legend" aria-hidden="true">
      {legend.map((state) => (
        <Group gap={5} key={state}>
          <span className="strip key">
            <span data-day={state} />
          </span>
          {t.days[state]}
        </Group>
      ))}
    </div>
  );
}

function wordsOf(days: readonly Day[]): string {
  const counts = new Map<Day['state'], number>();
  for (const { state } of days) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, n]) => `${n} ${t.days[state]}`).join(', ');
}
