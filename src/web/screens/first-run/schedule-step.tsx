import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { api } from '../../api/client.ts';
import { useChange } from '../../api/queries.ts';
import { Failure } from '../../parts/failure.tsx';
import { State } from '../../parts/state.tsx';
import { texts } from '../../texts/en.ts';
import type { GuideState } from './guide-state.ts';
import { keptWords } from './kept-words.ts';
import { missingOf, type PlannedSchedule, plannedSchedules } from './planned-schedules.ts';
import type { Guided } from './use-guide.ts';

const t = texts.firstRun.schedule;

/** A backup every night, a drill and a check every week: what stands ready is switched on, what is missing is added. */
export function ScheduleStep({ guided: { state, known } }: { guided: Guided }) {
  const { site, vault } = state;
  const planned =
    site === null || vault === null
      ? []
      : plannedSchedules(known.schedules, {
          site,
          vault,
          timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC',
          names: t.newNames,
        });
  const missing = missingOf(planned);
  const switchOn = useChange(async (wanted: PlannedSchedule[]) => {
    for (const { found, body } of wanted) {
      await api(found ? `/api/schedules/${found.id}` : '/api/schedules', { method: found ? 'PUT' : 'POST', body });
    }
  }, 'schedules');
  return (
    <Stack gap="sm">
      <Text size="sm">{t.help}</Text>
      <ul className="planned">
        {planned.toReversed().map((one) => (
          <Planned key={one.kind} planned={one} />
        ))}
      </ul>
      {switchOn.isError ? <Failure error={switchOn.error} /> : null}
      {missing.length > 0 ? (
        <Group>
          <Button loading={switchOn.isPending} onClick={() => switchOn.mutate(missing)}>
            {t.start}
          </Button>
        </Group>
      ) : null}
      <Text size="xs" c="dimmed">
        {`${t.told} `}
        <Anchor component={Link} to="/schedules" size="xs" underline="always">
          {t.toSchedules}
        </Anchor>
      </Text>
    </Stack>
  );
}

function Planned({ planned: { kind, found, body } }: { planned: PlannedSchedule }) {
  const what = kind === 'backup' ? t.backup(body.site ?? '') : t[kind];
  const when = t.inZone(found?.words ?? t.when[kind], body.timeZone);
  const kept = keptWords(body.retention);
  return (
    <li>
      <div>
        <Text size="sm" fw={500}>
          {what}
        </Text>
        <Text size="xs" c="dimmed">
          {kept ? `${when}; ${t.keeps(kept)}` : when}
        </Text>
      </div>
      <State tone={found?.enabled ? 'ok' : 'off'}>{found?.enabled ? t.isOn : found ? t.isReady : t.isNew}</State>
    </li>
  );
}

export function scheduleSummary({ schedule }: GuideState): string | null {
  return schedule ? t.inZone(schedule.words, schedule.timeZone) : null;
}
