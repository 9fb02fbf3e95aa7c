import { Anchor, Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useVaults } from '../../api/queries.ts';
import { texts } from '../../texts/en.ts';
import { PassphraseWarning } from './passphrase-warning.tsx';
import type { Guided } from './use-guide.ts';
import { VaultForm } from './vault-form.tsx';

const t = texts.firstRun;

/** The vault that is there, or a new one. */
export function VaultStep({ guided: { state, known, chooseVault }, goOn }: { guided: Guided; goOn: () => void }) {
  const [isMaking, make] = useState(false);
  const found = useVaults().data?.find(({ name }) => name === state.vault);
  const isForm = state.vault === null || isMaking;
  return (
    <Stack gap="sm">
      <Text size="sm">{t.vault.help}</Text>
      {isForm ? (
        <VaultForm
          taken={known.vaults}
          onMade={(name) => {
            chooseVault(name);
            make(false);
            goOn();
          }}
          {...(state.vault === null ? {} : { onClose: () => make(false) })}
        />
      ) : (
        <>
          {found ? <Text size="sm">{`${t.vault.kind}: ${found.location}`}</Text> : null}
          <PassphraseWarning more={t.vault.ofSample} />
          {known.vaults.length > 1 && state.vault !== null ? (
            <NativeSelect
              label={t.vault.which}
              value={state.vault}
              onChange={(event) => chooseVault(event.currentTarget.value)}
              data={[...known.vaults]}
              maw={320}
            />
          ) : null}
          <Group>
            <Button onClick={goOn}>{t.goOn}</Button>
            <Button variant="default" onClick={() => make(true)}>
              {t.vault.another}
            </Button>
          </Group>
        </>
      )}
      <Text size="xs" c="dimmed">
        {`${t.vault.existing} `}
        <Anchor component={Link} to="/storage" size="xs" underline="always">
          {t.vault.toStorage}
        </Anchor>
      </Text>
    </Stack>
  );
}
