import {
  Button,
  Group,
  Modal,
  Paper,
  PasswordInput,
  SegmentedControl,
  Stack,
  Table,
  Tabs,
  Text,
  Textarea,
  TextInput,
  useMantineColorScheme,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AuditLineAnswer } from '#server/contract/auth-contract.ts';
import type { Diagnosis, SiteAnswer } from '#server/contract/site-contract.ts';
import { api } from '../api/client.ts';
import { type SiteSummary, useChange, useSites } from '../api/queries.ts';
import { bytes, dateTime } from '../format/format.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Failure } from '../parts/failure.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { texts } from '../texts/en.ts';
import { Tokens } from './tokens.tsx';

const t = texts.settings;

export function Settings() {
  return (
    <Page title={t.title}>
      <Tabs defaultValue="sites" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="sites">{t.sites}</Tabs.Tab>
          <Tabs.Tab value="tokens">{t.tokens}</Tabs.Tab>
          <Tabs.Tab value="audit">{t.audit}</Tabs.Tab>
          <Tabs.Tab value="about">{t.about}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="sites" pt="md">
          <Sites />
        </Tabs.Panel>
        <Tabs.Panel value="tokens" pt="md">
          <Tokens />
        </Tabs.Panel>
        <Tabs.Panel value="audit" pt="md">
          <Audit />
        </Tabs.Panel>
        <Tabs.Panel value="about" pt="md">
          <About />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Sites() {
  const sites = useSites();
  const [isAdding, add] = useState(false);
  return (
    <Stack>
      <Group>
        <Button onClick={() => add(true)}>{t.addSite}</Button>
      </Group>
      <Loaded of={sites}>{(all) => all.map((one) => <SiteCard key={one.name} summary={one} />)}</Loaded>
      {isAdding ? <AddSite onClose={() => add(false)} /> : null}
    </Stack>
  );
}

function SiteCard({ summary: { name } }: { summary: SiteSummary }) {
  const site = useQuery({ queryKey: ['sites', name], queryFn: () => api<SiteAnswer>(`/api/sites/${name}`) });
  const test = useChange((_: object) => api<Diagnosis>(`/api/sites/${name}/test`, { body: {} }));
  const remove = useChange((_: object) => api(`/api/sites/${name}`, { method: 'DELETE' }), 'sites');
  const [isRemoving, askRemove] = useState(false);
  const tones = { ok: 'ok', warning: 'warning', failed: 'failed', skipped: 'off' } as const;
  return (
    <Paper>
      <Group justify="space-between" wrap="wrap" mb="xs">
        <Text fw={600}>{name}</Text>
        <Group gap="xs">
          <Button size="xs" variant="default" loading={test.isPending} onClick={() => test.mutate({})}>
            {t.test}
          </Button>
          {site.data?.origin === 'database' ? (
            <Button size="xs" variant="subtle" color="red" onClick={() => askRemove(true)}>
              {texts.common.remove}
            </Button>
          ) : null}
        </Group>
      </Group>
      <Loaded of={site}>
        {(one) => (
          <dl className="facts">
            <div>
              <dt>{t.database}</dt>
              <dd>{one.sandbox ? `sandbox ${one.sandbox}` : one.databaseUrl}</dd>
            </div>
            {one.home ? (
              <div>
                <dt>{t.home}</dt>
                <dd>{one.home}</dd>
              </div>
            ) : null}
            {one.origin === 'file' ? (
              <div>
                <dt>{t.sites}</dt>
                <dd>{t.inFile}</dd>
              </div>
            ) : null}
          </dl>
        )}
      </Loaded>
      {test.isError ? <Failure error={test.error} /> : null}
      {remove.isError ? <Failure error={remove.error} /> : null}
      {test.data ? (
        <Table mt="sm" aria-label={t.test}>
          <Table.Tbody>
            {test.data.steps.map(({ name: step, state, message, hint }) => (
              <Table.Tr key={step}>
                <Table.Td>
                  <State tone={tones[state]}>{step}</State>
                </Table.Td>
                <Table.Td>{hint ? `${message} ${hint}` : message}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      ) : null}
      {isRemoving ? (
        <Confirm
          title={texts.common.remove}
          text={name}
          word={name}
          action={texts.common.remove}
          onConfirm={() => remove.mutate({})}
          onClose={() => askRemove(false)}
        />
      ) : null}
    </Paper>
  );
}

interface Pasted {
  databaseUrl: string | null;
  home: string | null;
  problems: string[];
}

function AddSite({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [xml, setXml] = useState('');
  const [databaseUrl, setUrl] = useState('');
  const [databasePassword, setPassword] = useState('');
  const [home, setHome] = useState('');
  const [install, setInstall] = useState('');
  const read = useChange((_: object) => api<Pasted>('/api/sites/from-config', { body: { xml } }));
  const add = useChange(
    (_: object) =>
      api('/api/sites', {
        body: { name, databaseUrl, home, ...(install ? { install } : {}), ...(databasePassword ? { databasePassword } : {}) },
      }),
    'sites',
    'me',
  );
  const take = ({ databaseUrl: url, home: folder }: Pasted) => {
    if (url) setUrl(url);
    if (folder) setHome(folder);
  };
  return (
    <Modal opened onClose={onClose} title={t.addSite} size="lg" closeButtonProps={{ 'aria-label': texts.common.close }}>
      <Stack>
        {add.isError ? <Failure error={add.error} /> : null}
        <TextInput
          label={texts.storage.name}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          required
          data-autofocus
        />
        <Textarea
          label={t.paste}
          description={t.pasteHelp}
          value={xml}
          onChange={(event) => setXml(event.currentTarget.value)}
          minRows={4}
          autosize
          maxRows={8}
        />
        <Group>
          <Button
            size="xs"
            variant="default"
            disabled={!xml}
            loading={read.isPending}
            onClick={() => read.mutate({}, { onSuccess: take })}
          >
            {t.read}
          </Button>
        </Group>
        {read.isError ? <Failure error={read.error} /> : null}
        {read.data?.problems.map((problem) => (
          <Text key={problem} size="sm" c="orange">
            {problem}
          </Text>
        ))}
        <TextInput
          label={t.database}
          value={databaseUrl}
          onChange={(event) => setUrl(event.currentTarget.value)}
          placeholder="postgres://confluence@db.example.com/confluence"
          required
        />
        <PasswordInput
          label={t.password}
          value={databasePassword}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="off"
        />
        <TextInput label={t.home} value={home} onChange={(event) => setHome(event.currentTarget.value)} required />
        <TextInput label={t.install} value={install} onChange={(event) => setInstall(event.currentTarget.value)} />
        <Group justify="flex-end">
          <Button
            disabled={!name || !databaseUrl || !home}
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

function Audit() {
  const lines = useQuery({ queryKey: ['audit'], queryFn: () => api<AuditLineAnswer[]>('/api/audit?limit=500') });
  const verify = useChange((_: object) => api<{ ok: boolean; firstWrong: string | null }>('/api/audit/verify'));
  return (
    <Paper>
      <Group mb="sm">
        <Button size="xs" variant="default" loading={verify.isPending} onClick={() => verify.mutate({})}>
          {t.verify}
        </Button>
        {verify.data ? (
          <State tone={verify.data.ok ? 'ok' : 'failed'}>
            {verify.data.ok ? t.auditSound : t.auditWrong(verify.data.firstWrong ?? '')}
          </State>
        ) : null}
      </Group>
      <Loaded of={lines}>
        {(all) => (
          <div className="wide" style={{ maxHeight: 520, overflow: 'auto' }}>
            <Table aria-label={t.audit}>
              <Table.Tbody>
                {all.map((line) => (
                  <Table.Tr key={line.id}>
                    <Table.Td style={{ whiteSpace: 'nowrap' }}>{dateTime(line.time)}</Table.Td>
                    <Table.Td>{`${line.actor} (${line.realm})`}</Table.Td>
                    <Table.Td>{line.action}</Table.Td>
                    <Table.Td>{[line.site, line.object].filter(Boolean).join(': ')}</Table.Td>
                    <Table.Td>{line.address}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </Loaded>
    </Paper>
  );
}

function About() {
  const about = useQuery({ queryKey: ['about'], queryFn: () => api<Record<string, string | number | null>>('/api/about') });
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Stack>
      <Paper>
        <Loaded of={about}>
          {(facts) => (
            <dl className="facts">
              {Object.entries(facts).map(([name, value]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{/Bytes$/.test(name) ? bytes(value as number) : String(value)}</dd>
                </div>
              ))}
            </dl>
          )}
        </Loaded>
      </Paper>
      <Paper>
        <Text size="sm" mb="xs" id="scheme">
          {t.scheme}
        </Text>
        <SegmentedControl
          aria-labelledby="scheme"
          value={colorScheme}
          onChange={(value) => setColorScheme(value as 'auto')}
          data={[
            { value: 'auto', label: t.auto },
            { value: 'light', label: t.light },
            { value: 'dark', label: t.dark },
          ]}
        />
      </Paper>
    </Stack>
  );
}
