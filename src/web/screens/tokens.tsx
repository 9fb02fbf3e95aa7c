import { Alert, Button, Checkbox, Code, Group, NumberInput, Paper, Stack, Table, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { TokenAnswer } from '#server/contract/auth-contract.ts';
import { api } from '../api/client.ts';
import { useChange } from '../api/queries.ts';
import { dateTime, relative } from '../format/format.ts';
import { Failure } from '../parts/failure.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { texts } from '../texts/en.ts';

const t = texts.settings;
const scopes = ['read', 'backup', 'restore', 'download', 'administer'];

/** My access tokens; the text of a new one is shown once. */
export function Tokens() {
  const tokens = useQuery({ queryKey: ['tokens'], queryFn: () => api<TokenAnswer[]>('/api/tokens') });
  const [name, setName] = useState('');
  const [wanted, setWanted] = useState(['read']);
  const [days, setDays] = useState<number>(90);
  const make = useChange((_: object) => api<{ text: string }>('/api/tokens', { body: { name, scopes: wanted, days } }), 'tokens');
  const revoke = useChange((id: string) => api(`/api/tokens/${id}`, { method: 'DELETE' }), 'tokens');
  return (
    <Stack>
      <Paper>
        <Stack>
          {make.isError ? <Failure error={make.error} /> : null}
          <Group align="flex-end">
            <TextInput label={t.newToken} value={name} onChange={(event) => setName(event.currentTarget.value)} />
            <NumberInput
              label={t.expires}
              suffix=" d"
              min={1}
              max={3650}
              value={days}
              onChange={(value) => setDays(Number(value) || 90)}
              w={110}
            />
            <Button
              disabled={!name || wanted.length === 0}
              loading={make.isPending}
              onClick={() => make.mutate({}, { onSuccess: () => setName('') })}
            >
              {texts.common.add}
            </Button>
          </Group>
          <Checkbox.Group label={t.scopes} value={wanted} onChange={setWanted}>
            <Group mt={4}>
              {scopes.map((scope) => (
                <Checkbox key={scope} value={scope} label={scope} />
              ))}
            </Group>
          </Checkbox.Group>
          {make.data ? (
            <Alert color="green" title={t.tokenOnce}>
              <Code>{make.data.text}</Code>
            </Alert>
          ) : null}
        </Stack>
      </Paper>
      <Paper>
        <Loaded of={tokens}>
          {(all) => (
            <div className="wide">
              <Table aria-label={t.tokens}>
                <Table.Tbody>
                  {all
                    .filter(({ revoked }) => revoked === null)
                    .map((token) => (
                      <Table.Tr key={token.id}>
                        <Table.Td>{token.name}</Table.Td>
                        <Table.Td>{token.scopes.join(', ')}</Table.Td>
                        <Table.Td>{token.expires ? `${t.expires}: ${dateTime(token.expires)}` : texts.common.never}</Table.Td>
                        <Table.Td>{token.lastUsed ? relative(token.lastUsed) : texts.common.never}</Table.Td>
                        <Table.Td>
                          <Button size="compact-xs" variant="subtle" color="red" onClick={() => revoke.mutate(token.id)}>
                            {t.revoke}
                          </Button>
                        </Table.Td>
                      </Table.Tr>
                    ))}
                </Table.Tbody>
              </Table>
            </div>
          )}
        </Loaded>
      </Paper>
    </Stack>
  );
}
