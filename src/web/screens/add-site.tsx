import { Button, Group, Modal, PasswordInput, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/client.ts';
import { useChange } from '../api/queries.ts';
import { Failure } from '../parts/failure.tsx';
import { texts } from '../texts/en.ts';

const t = texts.settings;

interface Pasted {
  databaseUrl: string | null;
  home: string | null;
  problems: string[];
}

/** A site, most easily by what its confluence.cfg.xml says. */
export function AddSite({ onClose, onAdded }: { onClose: () => void; onAdded: (name: string) => void }) {
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
            onClick={() =>
              add.mutate(
                {},
                {
                  onSuccess: () => {
                    onAdded(name);
                    onClose();
                  },
                },
              )
            }
          >
            {texts.common.add}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
