import { Button, Menu } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Me } from '#server/contract/auth-contract.ts';
import { api, setXsrf } from '../api/client.ts';
import { texts } from '../texts/en.ts';

export function UserMenu({ me, hasGuide }: { me: Me; hasGuide: boolean }) {
  const client = useQueryClient();
  const signOut = async () => {
    // Whatever the server says: what is shown here goes.
    await api('/api/logout', { method: 'POST', body: {} }).catch(() => {});
    setXsrf(null);
    client.setQueryData(['me'], null);
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'me' });
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="subtle" color="gray" c="inherit" size="compact-sm" maw={180}>
          {me.displayName}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{`${me.name} (${me.realm}), ${texts.roles[me.role]}`}</Menu.Label>
        <Menu.Item component={Link} to="/settings">
          {texts.nav.settings}
        </Menu.Item>
        {hasGuide ? (
          <Menu.Item component={Link} to="/first-run">
            {texts.firstRun.title}
          </Menu.Item>
        ) : null}
        <Menu.Item component="a" href="/api/docs">
          {texts.nav.api}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={() => void signOut()}>{texts.signIn.out}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
