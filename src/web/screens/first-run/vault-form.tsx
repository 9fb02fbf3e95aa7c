import { Button, Checkbox, Group, PasswordInput, Radio, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { api } from '../../api/client.ts';
import { useChange } from '../../api/queries.ts';
import { Failure } from '../../parts/failure.tsx';
import { texts } from '../../texts/en.ts';
import { PassphraseWarning } from './passphrase-warning.tsx';

const t = texts.firstRun.vault;
const leastPassphrase = 8;

interface Props {
  /** Names that are taken. */
  taken: readonly string[];
  onMade: (name: string) => void;
  /** Left out where there is no way around a vault. */
  onClose?: () => void;
}

/** A new vault: in a folder or a bucket, under a passphrase that is typed twice and kept elsewhere. */
export function VaultForm({ taken, onMade, onClose }: Props) {
  const [name, setName] = useState(taken.includes('main') ? '' : 'main');
  const [kind, setKind] = useState<'folder' | 'bucket'>('folder');
  const [place, setPlace] = useState('');
  const [s3Endpoint, setEndpoint] = useState('');
  const [s3Region, setRegion] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const [again, setAgain] = useState('');
  const [isSaved, setSaved] = useState(false);
  const isBucket = kind === 'bucket';
  const location = place.trim();
  const isPlaceGood = isBucket ? /^s3:\/\/./.test(location) : /^(\/|[A-Za-z]:[\\/])/.test(location);
  const isReady = name !== '' && isPlaceGood && passphrase.length >= leastPassphrase && again === passphrase && isSaved;
  const make = useChange(
    (_: object) =>
      api('/api/vaults', {
        body: {
          name,
          location,
          passphrase,
          create: true,
          ...(isBucket && s3Endpoint ? { s3Endpoint } : {}),
          ...(isBucket && s3Region ? { s3Region } : {}),
        },
      }),
    'vaults',
    'snapshots',
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) make.mutate({}, { onSuccess: () => onMade(name) });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm" maw={720}>
        <TextInput
          label={t.name}
          description={t.nameHelp}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maw={320}
          required
        />
        <Radio.Group label={t.kind} value={kind} onChange={(value) => setKind(value as typeof kind)}>
          <Group mt={6}>
            <Radio value="folder" label={t.folder} />
            <Radio value="bucket" label={t.bucket} />
          </Group>
        </Radio.Group>
        <TextInput
          label={isBucket ? t.place : t.path}
          description={isBucket ? t.placeHelp : t.pathHelp}
          placeholder={isBucket ? 's3://backups/wiki' : '/backup/vault'}
          value={place}
          onChange={(event) => setPlace(event.currentTarget.value)}
          error={location !== '' && !isPlaceGood ? (isBucket ? t.placeWrong : t.pathWrong) : undefined}
          required
        />
        {isBucket ? (
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput
              label={texts.storage.endpoint}
              placeholder="https://s3.example.com"
              value={s3Endpoint}
              onChange={(event) => setEndpoint(event.currentTarget.value)}
            />
            <TextInput label={t.region} value={s3Region} onChange={(event) => setRegion(event.currentTarget.value)} />
          </SimpleGrid>
        ) : null}
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <PasswordInput
            label={t.passphrase}
            value={passphrase}
            onChange={(event) => setPassphrase(event.currentTarget.value)}
            autoComplete="new-password"
            required
          />
          <PasswordInput
            label={t.again}
            value={again}
            onChange={(event) => setAgain(event.currentTarget.value)}
            error={again !== '' && !passphrase.startsWith(again) ? t.differs : undefined}
            autoComplete="new-password"
            required
          />
        </SimpleGrid>
        <Text size="xs" c="dimmed">
          {t.passphraseHelp}
        </Text>
        <PassphraseWarning>
          <Checkbox mt="sm" label={t.saved} checked={isSaved} onChange={(event) => setSaved(event.currentTarget.checked)} />
        </PassphraseWarning>
        {make.isError ? <Failure error={make.error} /> : null}
        <Group>
          <Button type="submit" disabled={!isReady} loading={make.isPending}>
            {t.make}
          </Button>
          {onClose ? (
            <Button variant="default" onClick={onClose}>
              {t.notNow}
            </Button>
          ) : null}
        </Group>
      </Stack>
    </form>
  );
}
