import { Button, Checkbox, Group, Modal, NumberInput, Select, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { NewScheduleBody, ScheduleAnswer } from '#server/contract/schedule-contract.ts';
import { api } from '../../api/client.ts';
import { useChange, useSites, useVaults } from '../../api/queries.ts';
import { Failure } from '../../parts/failure.tsx';
import { texts } from '../../texts/en.ts';
import { bodyOf } from './schedule-body.ts';
import { ScheduleKeep } from './schedule-keep.tsx';
import { ScheduleTimes } from './schedule-times.tsx';

const t = texts.schedules;

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
              label={t.dataPercent}
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
        <ScheduleTimes draft={draft} change={change} />
        {isBackup && draft.snapshot ? <ScheduleKeep draft={draft} vault={vault} site={site} change={change} /> : null}
        <Group justify="flex-end">
          <Button disabled={draft.name === ''} loading={save.isPending} onClick={() => save.mutate({}, { onSuccess: onClose })}>
            {texts.common.save}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
