import { Chip, Group, List, NumberInput, Select, SimpleGrid, Text, TextInput } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import type { NewScheduleBody } from '#server/contract/schedule-contract.ts';
import { api } from '../../api/client.ts';
import { dateTime } from '../../format/format.ts';
import { texts } from '../../texts/en.ts';
import { changeEvery, cronOf, type Every, ruleOf, type ScheduleRule } from './schedule-rule.ts';

const t = texts.scheduleRule;

interface Props {
  draft: NewScheduleBody;
  change: (values: Partial<NewScheduleBody>) => void;
}

/** When it runs: in words, and the same as cron; then its next five runs. */
export function ScheduleTimes({ draft, change }: Props) {
  // Asked for explicitly, for words can say most expressions.
  const [isOwn, setOwn] = useState(ruleOf(draft.cron).every === 'own');
  const rule: ScheduleRule = isOwn ? { every: 'own', cron: draft.cron } : ruleOf(draft.cron);
  const set = (next: ScheduleRule) => change({ cron: cronOf(next) });
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Select
          label={t.every}
          data={Object.entries(t.everyNames).map(([value, label]) => ({ value, label }))}
          value={rule.every}
          onChange={(every) => {
            setOwn(every === 'own');
            set(changeEvery(rule, every as Every, draft.cron));
          }}
          allowDeselect={false}
        />
        <Select
          label={texts.schedules.zone}
          data={Intl.supportedValuesOf('timeZone').concat('UTC').sort()}
          value={draft.timeZone}
          onChange={(value) => change({ timeZone: value ?? 'UTC' })}
          searchable
          limit={100}
          allowDeselect={false}
        />
        <Moment rule={rule} set={set} />
        <CronField draft={draft} change={change} isOwn={rule.every === 'own'} />
      </SimpleGrid>
      {rule.every === 'week' ? <Weekdays rule={rule} set={set} /> : null}
      <NextRuns draft={draft} />
    </>
  );
}

interface RuleProps<Rule extends ScheduleRule> {
  rule: Rule;
  set: (rule: ScheduleRule) => void;
}

function Moment({ rule, set }: RuleProps<ScheduleRule>) {
  if (rule.every === 'own') return null;
  if (rule.every === 'hour') {
    return (
      <NumberInput
        label={t.minute}
        min={0}
        max={59}
        clampBehavior="strict"
        value={rule.minute}
        onChange={(minute) => set({ ...rule, minute: Number(minute) || 0 })}
      />
    );
  }
  const two = (value: number) => String(value).padStart(2, '0');
  const time = (
    <TextInput
      type="time"
      label={t.at}
      value={`${two(rule.hour)}:${two(rule.minute)}`}
      onChange={(event) => {
        const [hour, minute] = event.currentTarget.value.split(':').map(Number);
        if (Number.isInteger(hour) && Number.isInteger(minute)) set({ ...rule, hour, minute });
      }}
    />
  );
  if (rule.every !== 'month') return time;
  return (
    <Group gap="sm" wrap="nowrap" align="flex-start" grow>
      <NumberInput
        label={t.day}
        min={1}
        max={31}
        clampBehavior="strict"
        value={rule.day}
        description={rule.day > 28 ? t.lateDay : undefined}
        onChange={(day) => set({ ...rule, day: Number(day) || 1 })}
      />
      {time}
    </Group>
  );
}

function Weekdays({ rule, set }: RuleProps<Extract<ScheduleRule, { every: 'week' }>>) {
  // Monday first; the fourth of January 2026 is a Sunday.
  const names = [1, 2, 3, 4, 5, 6, 0].map((day) => ({
    day,
    name: new Intl.DateTimeFormat(undefined, { weekday: 'short' }).format(new Date(2026, 0, 4 + day)),
  }));
  return (
    <fieldset className="plain">
      <Text component="legend" size="sm" fw={500} mb={4}>
        {t.weekdays}
      </Text>
      <Chip.Group
        multiple
        value={rule.weekdays.map(String)}
        onChange={(chosen) => {
          // On no day is no schedule; on all it is one of every day.
          const weekdays = chosen.map(Number);
          if (weekdays.length === 7) set({ every: 'day', hour: rule.hour, minute: rule.minute });
          else if (weekdays.length > 0) set({ ...rule, weekdays });
        }}
      >
        <Group gap="xs">
          {names.map(({ day, name }) => (
            <Chip key={day} value={String(day)} size="sm">
              {name}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
    </fieldset>
  );
}

function usePreview({ cron, timeZone }: NewScheduleBody) {
  const asked = useDeferredValue({ cron, timeZone });
  return useQuery({
    queryKey: ['cron', asked.cron, asked.timeZone],
    queryFn: () => api<{ words: string; nextRuns: string[] }>('/api/schedules/preview', { body: asked }),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

function CronField({ draft, change, isOwn }: Props & { isOwn: boolean }) {
  const preview = usePreview(draft);
  return (
    <TextInput
      label={texts.schedules.cron}
      value={draft.cron}
      readOnly={!isOwn}
      variant={isOwn ? 'default' : 'filled'}
      onChange={(event) => change({ cron: event.currentTarget.value })}
      error={preview.isError ? preview.error.message : undefined}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
    />
  );
}

function NextRuns({ draft }: { draft: NewScheduleBody }) {
  const preview = usePreview(draft);
  if (!preview.data || preview.isError) return null;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <div aria-live="polite">
      <Text size="sm" fw={500}>
        {preview.data.words}
      </Text>
      <Text size="xs" c="dimmed" mt="xs">
        {zone === draft.timeZone ? t.next : `${t.next}, ${t.inZone(zone)}`}
      </Text>
      <List size="sm">
        {preview.data.nextRuns.map((time) => (
          <List.Item key={time}>{dateTime(time)}</List.Item>
        ))}
      </List>
    </div>
  );
}
