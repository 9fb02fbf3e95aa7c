import { Alert, Button, Checkbox, Group, Modal, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { useChange } from '../../api/queries.ts';
import { Failure } from '../../parts/failure.tsx';
import { texts } from '../../texts/en.ts';

const t = texts.storage;

/** A vault that is there, or a new one: then its passphrase is given twice, for nobody can open it without. */
export function AddVault({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [location, setLocation] = useState('');
  const [s3Endpoint, setEndpoint] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const [create, setCreate] = useState(true);
  const [again, setAgain] = useState('');
  const isMistyped = create && again !== '' && again !== passphrase;
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
        {create ? (
          <>
            <PasswordInput
              label={t.passphraseAgain}
              value={again}
              onChange={(event) => setAgain(event.currentTarget.value)}
              error={isMistyped ? t.mistyped : undefined}
              autoComplete="new-password"
              required
            />
            <Alert color="yellow">{t.passphraseWarning}</Alert>
          </>
        ) : null}
        <Checkbox label={t.create} checked={create} onChange={(event) => setCreate(event.currentTarget.checked)} />
        <Group justify="flex-end">
          <Button
            disabled={!name || !location || !passphrase || (create && again !== passphrase)}
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
