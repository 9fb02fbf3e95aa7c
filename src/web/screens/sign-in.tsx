import { Anchor, Button, Center, Group, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Me } from '#server/contract/auth-contract.ts';
import { api, setXsrf } from '../api/client.ts';
import { Failure } from '../parts/failure.tsx';
import { texts } from '../texts/en.ts';

export function SignIn() {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  /** Null: Oxbow's own accounts, then those of the default site. */
  const [site, setSite] = useState<string | null>(null);
  const signIn = useMutation({
    meta: { isSignIn: true },
    mutationFn: () => api<Me>('/api/login', { body: { name, password, ...(site ? { site } : {}) } }),
    onSuccess: (me) => {
      setXsrf(me.xsrf);
      client.setQueryData(['me'], me);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper w="100%" maw={380} p="lg" shadow="sm">
        <form onSubmit={submit}>
          <Stack>
            <Group gap="sm">
              <img src="/icon.svg" alt="" width={32} height={32} />
              <Title order={1}>{texts.signIn.title}</Title>
            </Group>
            {signIn.isError ? <Failure error={signIn.error} /> : null}
            <TextInput
              label={texts.signIn.name}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              autoComplete="username"
              required
              autoFocus
            />
            <PasswordInput
              label={texts.signIn.password}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              autoComplete="current-password"
              required
            />
            {site === null ? (
              <Anchor component="button" type="button" size="xs" ta="left" onClick={() => setSite('')}>
                {texts.signIn.otherSite}
              </Anchor>
            ) : (
              <TextInput
                label={texts.signIn.site}
                description={texts.signIn.siteHelp}
                value={site}
                onChange={(event) => setSite(event.currentTarget.value)}
              />
            )}
            <Button type="submit" loading={signIn.isPending}>
              {texts.signIn.button}
            </Button>
            <Text size="xs" c="dimmed">
              {texts.signIn.help}
            </Text>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
