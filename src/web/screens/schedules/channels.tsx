import { Button, Checkbox, Group, Modal, Paper, Select, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ChannelAnswer } from '#server/contract/notification-contract.ts';
import { api } from '../../api/client.ts';
import { useChange } from '../../api/queries.ts';
import { relative } from '../../format/format.ts';
import { Failure } from '../../parts/failure.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { State } from '../../parts/state.tsx';
import { texts } from '../../texts/en.ts';

const t = texts.schedules;
const events = ['success', 'warning', 'failure', 'overdue', 'recovered'];

/** Who is told of what, with a test. */
export function Channels() {
  const channels = useQuery({ queryKey: ['channels'], queryFn: () => api<ChannelAnswer[]>('/api/notifications') });
  const [isAdding, add] = useState(false);
  return (
    <Paper>
      <Group justify="space-between" mb="sm">
        <Title order={2}>{t.notifications}</Title>
        <Button size="xs" variant="default" onClick={() => add(true)}>
          {t.addChannel}
        </Button>
      </Group>
      <Loaded of={channels}>
        {(all) =>
          all.length === 0 ? (
            <Text size="sm" c="dimmed">
              {t.channelEmpty}
            </Text>
          ) : (
            <div className="wide">
              <Table aria-label={t.notifications}>
                <Table.Tbody>
                  {all.map((one) => (
                    <Row key={one.id} channel={one} />
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          )
        }
      </Loaded>
      {isAdding ? <AddChannel onClose={() => add(false)} /> : null}
    </Paper>
  );
}

function Row({ channel }: { channel: ChannelAnswer }) {
  const test = useChange(
    (_: object) => api<{ ok: boolean; message: string }>(`/api/notifications/${channel.id}/test`, { body: {} }),
    'channels',
  );
  const remove = useChange((_: object) => api(`/api/notifications/${channel.id}`, { method: 'DELETE' }), 'channels');
  return (
    <Table.Tr>
      <Table.Td>{`${channel.name} (${t.channelKinds[channel.kind]})`}</Table.Td>
      <Table.Td>{channel.target}</Table.Td>
      <Table.Td>{channel.events.join(', ')}</Table.Td>
      <Table.Td>
        {test.data ? (
          <State tone={test.data.ok ? 'ok' : 'failed'}>{test.data.message}</State>
        ) : channel.lastError ? (
          <State tone="failed">{channel.lastError}</State>
        ) : channel.lastSent ? (
          <State tone="ok">{relative(channel.lastSent)}</State>
        ) : (
          '\u2013'
        )}
      </Table.Td>
      <Table.Td>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          <Button size="compact-xs" variant="default" loading={test.isPending} onClick={() => test.mutate({})}>
            {t.test}
          </Button>
          <Button size="compact-xs" variant="subtle" color="red" onClick={() => remove.mutate({})}>
            {texts.common.remove}
          </Button>
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

function AddChannel({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [kind, setKind] = useState('email');
  const [target, setTarget] = useState('');
  const [wanted, setWanted] = useState(['failure', 'warning', 'overdue', 'recovered']);
  const add = useChange(
    (_: object) =>
      api('/api/notifications', {
        body: { name, kind, events: wanted, ...(kind === 'email' ? { to: target } : { url: target }) },
      }),
    'channels',
  );
  return (
    <Modal opened onClose={onClose} title={t.addChannel} closeButtonProps={{ 'aria-label': texts.common.close }}>
      <Stack>
        {add.isError ? <Failure error={add.error} /> : null}
        <TextInput label={t.name} value={name} onChange={(event) => setName(event.currentTarget.value)} required data-autofocus />
        <Select
          label={t.what}
          data={Object.entries(t.channelKinds).map(([value, label]) => ({ value, label }))}
          value={kind}
          onChange={(value) => setKind(value ?? 'email')}
          allowDeselect={false}
        />
        <TextInput
          label={t.target}
          value={target}
          onChange={(event) => setTarget(event.currentTarget.value)}
          placeholder={kind === 'email' ? 'admin@example.com' : 'https://'}
          required
        />
        <Checkbox.Group label={t.events} value={wanted} onChange={setWanted}>
          <Group mt={4}>
            {events.map((event) => (
              <Checkbox key={event} value={event} label={event} />
            ))}
          </Group>
        </Checkbox.Group>
        <Group justify="flex-end">
          <Button
            disabled={!name || !target || wanted.length === 0}
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
