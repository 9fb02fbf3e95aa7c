import { Alert, Button, Group, Modal, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { texts } from '../../texts/en.ts';

const t = texts.storage;
const least = 8;

interface Props {
  title: string;
  /** Whether it gets a name, to tell it from others. */
  hasLabel: boolean;
  onGiven: (passphrase: string, label: string) => void;
  onClose: () => void;
}

/** A new passphrase, twice. */
export function AskPassphrase({ title, hasLabel, onGiven, onClose }: Props) {
  const [label, setLabel] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const [again, setAgain] = useState('');
  const isReady = passphrase.length >= least && again === passphrase && (!hasLabel || label.trim() !== '');
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': texts.common.close }}>
      <Stack>
        {hasLabel ? (
          <TextInput
            label={t.keyLabel}
            value={label}
            onChange={(event) => setLabel(event.currentTarget.value)}
            required
            data-autofocus
          />
        ) : null}
        <PasswordInput
          label={t.passphrase}
          description={t.passphraseLength(least)}
          value={passphrase}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
          autoComplete="new-password"
          required
        />
        <PasswordInput
          label={t.passphraseAgain}
          value={again}
          onChange={(event) => setAgain(event.currentTarget.value)}
          error={again !== '' && again !== passphrase ? t.mistyped : undefined}
          autoComplete="new-password"
          required
        />
        <Alert color="yellow">{t.passphraseWarning}</Alert>
        <Group justify="flex-end">
          <Button
            disabled={!isReady}
            onClick={() => {
              onGiven(passphrase, label.trim());
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
