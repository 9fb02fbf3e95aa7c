import { Button, Checkbox, Group, NumberInput, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { NewScheduleBody } from '#server/contract/schedule-contract.ts';
import { api } from '../../api/client.ts';
import { dateTime } from '../../format/format.ts';
import { Failure } from '../../parts/failure.tsx';
import { Waiting } from '../../parts/loaded.tsx';
import { Rows } from '../../parts/rows.tsx';
import { State } from '../../parts/state.tsx';
import { texts } from '../../texts/en.ts';

const t = texts.schedules;
const periods = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
/** Squares of the strip: more would be too small to see. */
const mostSquares = 400;

interface Decision {
  id: string;
  time: string;
  keep: boolean;
  reasons: string[];
}

interface Props {
  draft: NewScheduleBody;
  change: (values: Partial<NewScheduleBody>) => void;
  vault: string | null;
  site: string | null;
}

/** Which snapshots its rules keep, and tried on those that there are: which would stay, and why. */
export function ScheduleKeep({ draft, change, vault, site }: Props) {
  const rules = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, tags: [], ...draft.retention };
  const [isAsked, ask] = useState(false);
  const simulated = useQuery({
    queryKey: ['retention', vault, site, rules],
    queryFn: () => api<Decision[]>('/api/retention/simulate', { body: { vault, ...(site ? { site } : {}), rules } }),
    enabled: isAsked && vault !== null,
  });
  const hasRule = periods.some((period) => rules[period] > 0) || rules.tags.length > 0;
  return (
    <fieldset className="plain">
      <Text component="legend" size="sm" fw={500} mb={4}>
        {t.keep}
      </Text>
      <SimpleGrid cols={{ base: 2, xs: 3, sm: 6 }}>
        {periods.map((period) => (
          <NumberInput
            key={period}
            label={t.keepNames[period]}
            min={0}
            max={10_000}
            value={rules[period]}
            onChange={(value) => change({ retention: { ...rules, [period]: Number(value) || 0 } })}
          />
        ))}
      </SimpleGrid>
      <Group my="sm">
        <Checkbox
          label={t.prune}
          checked={draft.prune === true}
          onChange={(event) => change({ prune: event.currentTarget.checked })}
        />
        <Button size="xs" variant="default" onClick={() => ask(true)} disabled={vault === null || !hasRule}>
          {t.simulate}
        </Button>
        {hasRule ? null : (
          <Text size="xs" c="dimmed">
            {texts.scheduleRule.noRule}
          </Text>
        )}
      </Group>
      {simulated.isError ? <Failure error={simulated.error} retry={() => void simulated.refetch()} /> : null}
      {simulated.isLoading ? <Waiting /> : null}
      {simulated.data && hasRule ? <Simulated decisions={simulated.data} /> : null}
    </fieldset>
  );
}

function Simulated({ decisions }: { decisions: Decision[] }) {
  if (decisions.length === 0) return <Text size="sm">{texts.scheduleRule.noSnapshots}</Text>;
  const stay = decisions.filter(({ keep }) => keep).length;
  return (
    <Stack gap="xs">
      <Text size="sm" aria-live="polite">
        {texts.scheduleRule.kept(stay, decisions.length - stay)}
      </Text>
      <div className="kept" role="img" aria-label={texts.scheduleRule.keptStrip(stay, decisions.length)}>
        {decisions.slice(0, mostSquares).map(({ id, time, keep, reasons }) => (
          <span key={id} data-keep={keep} title={`${dateTime(time)}: ${keep ? `${t.stays} (${reasons.join(', ')})` : t.goes}`} />
        ))}
      </div>
      <Rows
        label={t.simulate}
        items={decisions}
        keyOf={({ id }) => id}
        columns="10.5rem 6rem minmax(10rem, 1fr)"
        least="28rem"
        height={220}
        head={[texts.snapshots.time, t.state, texts.scheduleRule.why]}
        row={({ time, keep, reasons }) => [
          dateTime(time),
          <State key="keep" tone={keep ? 'ok' : 'off'}>
            {keep ? t.stays : t.goes}
          </State>,
          reasons.join(', '),
        ]}
      />
    </Stack>
  );
}
