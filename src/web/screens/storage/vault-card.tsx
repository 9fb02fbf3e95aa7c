import { Button, Group, Select, Stack, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { JobRequestBody } from '#server/contract/job-contract.ts';
import type { VaultAnswer } from '#server/contract/vault-contract.ts';
import { api } from '../../api/client.ts';
import { useChange, useStartJob, useVaultStatus } from '../../api/queries.ts';
import { bytes, count, dateTime } from '../../format/format.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Failure } from '../../parts/failure.tsx';
import { Panel } from '../../parts/panel.tsx';
import { texts } from '../../texts/en.ts';
import { PrunePreview } from './prune-preview.tsx';
import { VaultHealth } from './vault-health.tsx';
import { VaultKeys } from './vault-keys.tsx';

const t = texts.storage;

/** A vault: whether it is sound, how large, what a prune would free, its keys, and what can be done with it. */
export function VaultCard({ vault, others }: { vault: VaultAnswer; others: string[] }) {
  const { name } = vault;
  const status = useVaultStatus(name);
  const start = useStartJob();
  const navigate = useNavigate();
  const [other, setOther] = useState<string | null>(null);
  const [asked, ask] = useState<'prune' | 'remove' | null>(null);
  const remove = useChange((_: object) => api(`/api/vaults/${name}`, { method: 'DELETE' }), 'vaults', 'snapshots');
  const run = (request: JobRequestBody) => start.mutate(request, { onSuccess: ({ id }) => void navigate({ to: `/jobs/${id}` }) });
  const failure = [start, remove].find(({ isError }) => isError);
  return (
    <Panel
      title={name}
      side={
        <Text size="sm" c="dimmed">
          {vault.location}
        </Text>
      }
    >
      <Stack>
        <VaultHealth vault={vault} status={status.data} />
        {status.isError ? <Failure error={status.error} retry={() => void status.refetch()} /> : null}
        {failure ? <Failure error={failure.error} /> : null}
        <Facts
          of={[
            [t.size, status.data ? bytes(status.data.storedBytes) : null],
            [t.free, status.data?.freeBytes == null ? null : bytes(status.data.freeBytes)],
            [t.snapshots, count(vault.snapshots)],
            [t.newest, vault.newest ? dateTime(vault.newest) : texts.common.none],
          ]}
        />
        <Group gap="sm">
          <Button size="xs" variant="default" onClick={() => run({ type: 'check', vault: name })}>
            {t.check}
          </Button>
          <Button size="xs" variant="default" onClick={() => run({ type: 'check', vault: name, dataPercent: 100 })}>
            {t.checkAll}
          </Button>
          <Button size="xs" variant="default" onClick={() => run({ type: 'drill', vault: name })}>
            {t.drill}
          </Button>
          {vault.origin === 'database' ? (
            <Button size="xs" variant="subtle" color="red" onClick={() => ask('remove')}>
              {t.remove}
            </Button>
          ) : null}
        </Group>
        <PrunePreview vault={name} run={run} prune={() => ask('prune')} />
        {others.length > 0 ? (
          <Group align="flex-end" gap="sm">
            <Select
              label={t.copy}
              placeholder={texts.backup.chooseOne}
              data={others}
              value={other}
              onChange={setOther}
              size="xs"
            />
            <Button
              size="xs"
              variant="default"
              disabled={!other}
              onClick={() => run({ type: 'copy', vault: name, otherVault: other! })}
            >
              {t.copyNow}
            </Button>
          </Group>
        ) : null}
        <VaultKeys vault={vault} />
      </Stack>
      {asked === 'prune' ? (
        <Confirm
          title={t.prune}
          text={t.pruneText(count(vault.snapshots))}
          action={t.prune}
          onConfirm={() => run({ type: 'prune', vault: name })}
          onClose={() => ask(null)}
        />
      ) : null}
      {asked === 'remove' ? (
        <Confirm
          title={t.remove}
          text={t.removeText(name, count(vault.snapshots))}
          word={name}
          action={t.remove}
          onConfirm={() => remove.mutate({})}
          onClose={() => ask(null)}
        />
      ) : null}
    </Panel>
  );
}
