import { Button, Stack } from '@mantine/core';
import { useState } from 'react';
import { useVaults } from '../../api/queries.ts';
import { Empty } from '../../parts/empty.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Page } from '../../parts/page.tsx';
import { texts } from '../../texts/en.ts';
import { AddVault } from './add-vault.tsx';
import { VaultCard } from './vault-card.tsx';

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
