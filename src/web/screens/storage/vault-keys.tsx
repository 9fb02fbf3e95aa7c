import { Button, Group, Stack, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { VaultAnswer } from '#server/contract/vault-contract.ts';
import { api } from '../../api/client.ts';
import { useChange } from '../../api/queries.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Failure } from '../../parts/failure.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { texts } from '../../texts/en.ts';
import { AskPassphrase } from './ask-passphrase.tsx';

const t = texts.storage;

/** The passphrases that open a vault: by number, for nothing of them is kept but what they open. */
export function VaultKeys({ vault }: { vault: VaultAnswer }) {
  const path = `/api/vaults/${vault.name}`;
  const keys = useQuery({
    queryKey: ['vaults', vault.name, 'keys'],
    queryFn: () => api<{ id: string; isOwn: boolean }[]>(`${path}/keys`),
  });
  const add = useChange((body: { label: string; passphrase: string }) => api(`${path}/keys`, { body }), 'vaults');
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
          hasLabel={asked === 'add'}
          onGiven={(passphrase, label) => (asked === 'add' ? add.mutate({ label, passphrase }) : change.mutate(passphrase))}
        />
      ) : null}
      {removed ? (
        <Confirm
          title={t.removeKey}
          text={t.removeKeyText(removed.slice(0, 16))}
          action={t.removeKey}
          onConfirm={() => remove.mutate(removed)}
          onClose={() => setRemoved(null)}
        />
      ) : null}
    </details>
  );
}
