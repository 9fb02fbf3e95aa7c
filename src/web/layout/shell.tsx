import { AppShell, Burger, Button, Group, Menu, NavLink, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { Me } from '#server/contract/auth-contract.ts';
import { api, setXsrf } from '../api/client.ts';
import { useLiveEvents } from '../api/live-events.ts';
import { useMe } from '../api/queries.ts';
import { Loaded } from '../parts/loaded.tsx';
import { State } from '../parts/state.tsx';
import { SignIn } from '../screens/sign-in.tsx';
import { texts } from '../texts/en.ts';

/** Everything around a screen: who is signed in, where one can go, whether what is shown is live. */
export function Shell() {
  const me = useMe();
  return <Loaded of={me}>{(who) => (who === null ? <SignIn /> : <Frame me={who} />)}</Loaded>;
}

const everywhere = [['/backup', texts.nav.backup]] as const;
const forAdministrators = [
  ['/', texts.nav.home],
  ['/backup', texts.nav.backup],
  ['/snapshots', texts.nav.snapshots],
  ['/schedules', texts.nav.schedules],
] as const;
const forServer = [
  ['/storage', texts.nav.storage],
  ['/settings', texts.nav.settings],
] as const;

export function isSiteAdministrator(me: Me): boolean {
  return me.role === 'server-administrator' || me.role === 'site-administrator';
}

function Frame({ me }: { me: Me }) {
  const [isOpen, { toggle, close }] = useDisclosure();
  const isLive = useLiveEvents(true);
  const path = useRouterState({ select: (state) => state.location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: closes the menu whenever one has gone somewhere
  useEffect(close, [path]);
  const links = isSiteAdministrator(me)
    ? [...forAdministrators, ...(me.role === 'server-administrator' ? forServer : [])]
    : everywhere;
  return (
    <AppShell header={{ height: 52 }} navbar={{ width: 216, breakpoint: 'sm', collapsed: { mobile: !isOpen } }} padding="md">
      <a className="skip-link" href="#content">
        {texts.skip}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={texts.nav.label} />
            <img src="/icon.svg" alt="" width={24} height={24} />
            <Text fw={600}>{texts.product}</Text>
          </Group>
          <Group gap="md" wrap="nowrap">
            <State tone={isLive ? 'ok' : 'warning'}>{isLive ? texts.live.on : texts.live.off}</State>
            <UserMenu me={me} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={texts.nav.label}>
        {links.map(([to, label]) => (
          <NavLink key={to} component={Link} to={to} label={label} active={to === '/' ? path === '/' : path.startsWith(to)} />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function UserMenu({ me }: { me: Me }) {
  const client = useQueryClient();
  const signOut = async () => {
    await api('/api/logout', { method: 'POST', body: {} });
    setXsrf(null);
    client.setQueryData(['me'], null);
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'me' });
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="subtle" size="compact-sm">
          {me.displayName}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{`${me.name} (${me.realm})`}</Menu.Label>
        <Menu.Item onClick={() => void signOut()}>{texts.signIn.out}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
