import {
  Button,
  Checkbox,
  Group,
  List,
  Modal,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Table,
  Text,
  TextInput,
} from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import type { NewScheduleBody, ScheduleAnswer } from '#server/contract/schedule-contract.ts';
import { api } from '../../api/client.ts';
import { useChange, useSites, useVaults } from '../../api/queries.ts';
import { dateTime } from '../../format/format.ts';
import { Failure } from '../../parts/failure.tsx';
import { texts } from '../../texts/en.ts';
import { bodyOf } from './schedule-body.ts';

const t = texts.schedules;
const periods = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;

/** A schedule in words and as cron, with its next five runs, and what its rules of retention would keep. */
export function ScheduleForm({ schedule, onClose }: { schedule: ScheduleAnswer | null; onClose: () => void }) {
  const sites = useSites().data ?? [];
  const vaults = useVaults().data ?? [];
  const [draft, setDraft] = useState<NewScheduleBody>(
    schedule
      ? bodyOf(schedule)
      : {
          name: '',
          enabled: true,
          cron: '0 2 * * *',
          timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
          kind: 'backup',
          snapshot: true,
        },
  );
  const change = (values: Partial<NewScheduleBody>) => setDraft((known) => ({ ...known, ...values }));
  const site = draft.site ?? sites[0]?.name ?? null;
  const vault = draft.vault ?? vaults[0]?.name ?? null;
  const isBackup = draft.kind === 'backup';
  const body: NewScheduleBody = { ...draft, site: isBackup ? site : null, vault: isBackup && !draft.snapshot ? null : vault };
  const save = useChange(
    (_: object) =>
      api(schedule ? `/api/schedules/${schedule.id}` : '/api/schedules', { method: schedule ? 'PUT' : 'POST', body }),
    'schedules',
  );
  return (
    <Modal
      opened
      onClose={onClose}
      title={schedule?.name ?? t.add}
      size="lg"
      closeButtonProps={{ 'aria-label': texts.common.close }}
    >
      <Stack>
        {save.isError ? <Failure error={save.error} /> : null}
        <TextInput
          label={t.name}
          value={draft.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
          required
          data-autofocus
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <Select
            label={t.what}
            data={Object.entries(t.kinds).map(([value, label]) => ({ value, label }))}
            value={draft.kind}
            onChange={(kind) => change({ kind: kind as NewScheduleBody['kind'] })}
            allowDeselect={false}
          />
          {isBackup ? (
            <Select
              label={texts.snapshots.site}
              data={sites.map(({ name }) => name)}
              value={site}
              onChange={(value) => change({ site: value })}
              allowDeselect={false}
            />
          ) : null}
          <Select
            label={texts.backup.vault}
            data={vaults.map(({ name }) => name)}
            value={vault}
            onChange={(value) => change({ vault: value })}
            allowDeselect={false}
          />
          {draft.kind === 'copy' ? (
            <Select
              label={texts.storage.copy}
              data={vaults.map(({ name }) => name).filter((name) => name !== vault)}
              value={draft.otherVault ?? null}
              onChange={(value) => change({ otherVault: value ?? undefined })}
            />
          ) : null}
          {draft.kind === 'check' ? (
            <NumberInput
              label="%"
              min={0}
              max={100}
              value={draft.dataPercent ?? 0}
              onChange={(value) => change({ dataPercent: Number(value) })}
            />
          ) : null}
        </SimpleGrid>
        {isBackup ? (
          <Group>
            <Checkbox
              label={texts.backup.asSnapshot}
              checked={draft.snapshot === true}
              onChange={(event) => change({ snapshot: event.currentTarget.checked })}
            />
            <Checkbox
              label={texts.backup.asXml}
              checked={draft.xml === true}
              onChange={(event) => change({ xml: event.currentTarget.checked })}
            />
          </Group>
        ) : null}
        <Times draft={draft} change={change} />
        {isBackup && draft.snapshot ? <Keep draft={draft} vault={vault} site={site} change={change} /> : null}
        <Group justify="flex-end">
          <Button disabled={draft.name === ''} loading={save.isPending} onClick={() => save.mutate({}, { onSuccess: onClose })}>
            {texts.common.save}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

interface PartProps {
  draft: NewScheduleBody;
  change: (values: Partial<NewScheduleBody>) => void;
}

function Times({ draft, change }: PartProps) {
  const asked = useDeferredValue({ cron: draft.cron, timeZone: draft.timeZone });
  const preview = useQuery({
    queryKey: ['cron', asked],
    queryFn: () => api<{ words: string; nextRuns: string[] }>('/api/schedules/preview', { body: asked }),
    placeholderData: keepPreviousData,
    retry: false,
  });
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput
          label={t.cron}
          value={draft.cron}
          onChange={(event) => change({ cron: event.currentTarget.value })}
          error={preview.isError ? preview.error.message : undefined}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        />
        <Select
          label={t.zone}
          data={Intl.supportedValuesOf('timeZone').concat('UTC').sort()}
          value={draft.timeZone}
          onChange={(value) => change({ timeZone: value ?? 'UTC' })}
          searchable
          limit={100}
          allowDeselect={false}
        />
      </SimpleGrid>
      {preview.data && !preview.isError ? (
        <div aria-live="polite">
          <Text size="sm" fw={500}>
            {preview.data.words}
          </Text>
          <List size="sm">
            {preview.data.nextRuns.map((time) => (
              <List.Item key={time}>{dateTime(time)}</List.Item>
            ))}
          </List>
        </div>
      ) : null}
    </>
  );
}

interface Decision {
  id: string;
  time: string;
  keep: boolean;
  reasons: string[];
}

function Keep({ draft, change, vault, site }: PartProps & { vault: string | null; site: string | null }) {
  const rules = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, tags: [], ...draft.retention };
  const [isAsked, ask] = useState(false);
  const simulated = useQuery({
    queryKey: ['retention', vault, site, rules],
    queryFn: () => api<Decision[]>('/api/retention/simulate', { body: { vault, ...(site ? { site } : {}), rules } }),
    enabled: isAsked && vault !== null,
  });
  return (
    <fieldset style={{ border: 0, padding: 0, margin: 0 }}>
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
        <Button size="xs" variant="default" onClick={() => ask(true)} disabled={vault === null}>
          {t.simulate}
        </Button>
      </Group>
      {simulated.data ? (
        <div style={{ maxHeight: 200, overflow: 'auto' }}>
          <Table aria-label={t.simulate}>
            <Table.Tbody>
              {simulated.data.map(({ id, time, keep, reasons }) => (
                <Table.Tr key={id}>
                  <Table.Td>{dateTime(time)}</Table.Td>
                  <Table.Td>{keep ? `${t.stays}: ${reasons.join(', ')}` : t.goes}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      ) : null}
    </fieldset>
  );
}
