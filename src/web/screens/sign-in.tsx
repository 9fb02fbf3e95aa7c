import { Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
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
  const signIn = useMutation({
    mutationFn: () => api<Me>('/api/login', { body: { name, password } }),
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
      <Paper w="100%" maw={380} p="lg">
        <form onSubmit={submit}>
          <Stack>
            <Title order={1}>{texts.signIn.title}</Title>
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
