import {
  Button,
  Checkbox,
  Group,
  Modal,
  Paper,
  PasswordInput,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { JobRequestBody } from '#server/contract/job-contract.ts';
import type { VaultAnswer } from '#server/contract/vault-contract.ts';
import { api } from '../api/client.ts';
import { useChange, useStartJob, useVaults } from '../api/queries.ts';
import { bytes, count, dateTime, relative } from '../format/format.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Empty } from '../parts/empty.tsx';
import { Failure } from '../parts/failure.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { texts } from '../texts/en.ts';

const t = texts.storage;

/** Vaults: how they fare, what can be done with them, their keys. */
export function Storage() {
  const vaults = useVaults();
  const [isAdding, add] = useState(false);
  return (
    <Page title={t.title} actions={<Button onClick={() => add(true)}>{t.add}</Button>}>
      <Loaded of={vaults}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon="storage" text={t.empty} />
          ) : (
            <Stack>
              {all.map((one) => (
                <VaultCard key={one.name} vault={one} others={all.map(({ name }) => name).filter((name) => name !== one.name)} />
              ))}
            </Stack>
          )
        }
      </Loaded>
      {isAdding ? <AddVault onClose={() => add(false)} /> : null}
    </Page>
  );
}

interface Status {
  packs: number;
  storedBytes: number;
  snapshotBytes: number;
  freeBytes: number | null;
  damagedSnapshots: number;
}

function VaultCard({ vault, others }: { vault: VaultAnswer; others: string[] }) {
  const status = useQuery({
    queryKey: ['vaults', vault.name, 'status'],
    queryFn: () => api<Status>(`/api/vaults/${vault.name}/status`),
  });
  const start = useStartJob();
  const navigate = useNavigate();
  const [other, setOther] = useState<string | null>(null);
  const run = (request: JobRequestBody) => start.mutate(request, { onSuccess: ({ id }) => void navigate({ to: `/jobs/${id}` }) });
  const name = vault.name;
  return (
    <Paper>
      <Group justify="space-between" wrap="wrap">
        <div>
          <Title order={2}>{name}</Title>
          <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {vault.location}
          </Text>
        </div>
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={() => run({ type: 'check', vault: name })}>
            {t.check}
          </Button>
          <Button size="xs" variant="default" onClick={() => run({ type: 'check', vault: name, dataPercent: 100 })}>
            {t.checkAll}
          </Button>
          <Button size="xs" variant="default" onClick={() => run({ type: 'prune', vault: name, dryRun: true })}>
            {t.prunePreview}
          </Button>
          <Button size="xs" variant="default" onClick={() => run({ type: 'prune', vault: name })}>
            {t.prune}
          </Button>
        </Group>
      </Group>
      {start.isError ? <Failure error={start.error} /> : null}
      <dl className="facts" style={{ margin: '1rem 0' }}>
        <div>
          <dt>{t.lastCheck}</dt>
          <dd>
            {vault.checked ? (
              <State
                tone={vault.checkOk ? 'ok' : 'failed'}
              >{`${vault.checkOk ? t.sound : t.problems}, ${relative(vault.checked)} (${vault.checkPercent ?? 0} %)`}</State>
            ) : (
              <State tone="warning">{t.notChecked}</State>
            )}
          </dd>
        </div>
        <div>
          <dt>{t.snapshots}</dt>
          <dd>{`${count(vault.snapshots)}${vault.newest ? `, ${dateTime(vault.newest)}` : ''}`}</dd>
        </div>
        <Loaded of={status}>
          {(now) => (
            <>
              <div>
                <dt>{t.size}</dt>
                <dd>{`${bytes(now.storedBytes)}`}</dd>
              </div>
              {now.freeBytes === null ? null : (
                <div>
                  <dt>{t.free}</dt>
                  <dd>{bytes(now.freeBytes)}</dd>
                </div>
              )}
            </>
          )}
        </Loaded>
      </dl>
      {others.length > 0 ? (
        <Group align="flex-end" mb="md">
          <Select label={t.copy} data={others} value={other} onChange={setOther} size="xs" />
          <Button
            size="xs"
            variant="default"
            disabled={!other}
            onClick={() => run({ type: 'copy', vault: name, otherVault: other! })}
          >
            {t.copy}
          </Button>
        </Group>
      ) : null}
      <Keys vault={vault} />
    </Paper>
  );
}

function Keys({ vault }: { vault: VaultAnswer }) {
  const path = `/api/vaults/${vault.name}`;
  const keys = useQuery({
    queryKey: ['vaults', vault.name, 'keys'],
    queryFn: () => api<{ id: string; isOwn: boolean }[]>(`${path}/keys`),
  });
  const add = useChange((passphrase: string) => api(`${path}/keys`, { body: { label: 'console', passphrase } }), 'vaults');
  const change = useChange((passphrase: string) => api(`${path}/key`, { method: 'PUT', body: { passphrase } }), 'vaults');
  const remove = useChange((id: string) => api(`${path}/keys/${id}`, { method: 'DELETE' }), 'vaults');
  const [asked, ask] = useState<'add' | 'change' | null>(null);
  const [removed, setRemoved] = useState<string | null>(null);
  const failure = [add, change, remove].find(({ isError }) => isError);
  return (
    <details>
      <summary>{t.keys}</summary>
      <Stack mt="sm">
        {failure ? <Failure error={failure.error} /> : null}
        <Loaded of={keys}>
          {(all) => (
            <div className="wide">
              <Table aria-label={t.keys}>
                <Table.Tbody>
                  {all.map(({ id, isOwn }) => (
                    <Table.Tr key={id}>
                      <Table.Td style={{ fontFamily: 'var(--mantine-font-family-monospace)' }}>{id.slice(0, 16)}</Table.Td>
                      <Table.Td>{isOwn ? t.ownKey : ''}</Table.Td>
                      <Table.Td>
                        {isOwn ? null : (
                          <Button size="compact-xs" variant="subtle" color="red" onClick={() => setRemoved(id)}>
                            {t.removeKey}
                          </Button>
                        )}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          )}
        </Loaded>
        <Group>
          <Button size="xs" variant="default" onClick={() => ask('add')}>
            {t.addKey}
          </Button>
          {vault.origin === 'database' ? (
            <Button size="xs" variant="default" onClick={() => ask('change')}>
              {t.changeKey}
            </Button>
          ) : null}
        </Group>
      </Stack>
      {asked ? (
        <AskPassphrase
          title={asked === 'add' ? t.addKey : t.changeKey}
          onClose={() => ask(null)}
          onGiven={(passphrase) => (asked === 'add' ? add : change).mutate(passphrase)}
        />
      ) : null}
      {removed ? (
        <Confirm
          title={t.removeKey}
          text={removed}
          action={t.removeKey}
          onConfirm={() => remove.mutate(removed)}
          onClose={() => setRemoved(null)}
        />
      ) : null}
    </details>
  );
}

function AskPassphrase({
  title,
  onGiven,
  onClose,
}: {
  title: string;
  onGiven: (passphrase: string) => void;
  onClose: () => void;
}) {
  const [passphrase, setPassphrase] = useState('');
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': texts.common.close }}>
      <Stack>
        <PasswordInput
          label={t.passphrase}
          value={passphrase}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
          autoComplete="new-password"
          data-autofocus
        />
        <Group justify="flex-end">
          <Button
            disabled={passphrase.length < 8}
            onClick={() => {
              onGiven(passphrase);
              onClose();
            }}
          >
            {texts.common.save}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function AddVault({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [location, setLocation] = useState('');
  const [s3Endpoint, setEndpoint] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const [create, setCreate] = useState(true);
  const add = useChange(
    (_: object) => api('/api/vaults', { body: { name, location, passphrase, create, ...(s3Endpoint ? { s3Endpoint } : {}) } }),
    'vaults',
    'snapshots',
  );
  return (
    <Modal opened onClose={onClose} title={t.add} closeButtonProps={{ 'aria-label': texts.common.close }}>
      <Stack>
        {add.isError ? <Failure error={add.error} /> : null}
        <TextInput label={t.name} value={name} onChange={(event) => setName(event.currentTarget.value)} required data-autofocus />
        <TextInput label={t.location} value={location} onChange={(event) => setLocation(event.currentTarget.value)} required />
        {location.startsWith('s3://') ? (
          <TextInput
            label={t.endpoint}
            value={s3Endpoint}
            onChange={(event) => setEndpoint(event.currentTarget.value)}
            placeholder="https://"
          />
        ) : null}
        <PasswordInput
          label={t.passphrase}
          value={passphrase}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
          autoComplete="new-password"
          required
        />
        <Checkbox label={t.create} checked={create} onChange={(event) => setCreate(event.currentTarget.checked)} />
        <Group justify="flex-end">
          <Button
            disabled={!name || !location || !passphrase}
            loading={add.isPending}
            onClick={() => add.mutate({}, { onSuccess: onClose })}
          >
            {texts.common.add}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
