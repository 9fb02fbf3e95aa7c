import { AppShell, Burger, Group, NavLink, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { Me } from '#server/contract/auth-contract.ts';
import { useLiveEvents } from '../api/live-events.ts';
import { useMe } from '../api/queries.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { State } from '../parts/state.tsx';
import { SignIn } from '../screens/sign-in.tsx';
import { texts } from '../texts/en.ts';
import { SchemeSwitch } from './scheme-switch.tsx';
import { SiteSwitch } from './site-switch.tsx';
import { UserMenu } from './user-menu.tsx';

/** Everything around a screen: who is signed in, where one can go, whether what is shown is live. */
export function Shell() {
  const me = useMe();
  return <Loaded of={me}>{(who) => (who === null ? <SignIn /> : <Frame me={who} />)}</Loaded>;
}

type Place = [to: string, icon: IconName, label: string];
const { nav } = texts;
const home: Place = ['/', 'home', nav.home];
const backup: Place = ['/backup', 'backup', nav.backup];
const settings: Place = ['/settings', 'settings', nav.settings];
const schedules: Place[] = [
  ['/snapshots', 'snapshots', nav.snapshots],
  ['/schedules', 'schedules', nav.schedules],
];
const spaces: Place = ['/spaces', 'spaces', nav.spaces];
const storage: Place = ['/storage', 'storage', nav.storage];

export function isSiteAdministrator(me: Me): boolean {
  return me.role === 'server-administrator' || me.role === 'site-administrator';
}

/** Where one can go: what somebody may not see is not offered to him. */
function placesOf(me: Me): Place[] {
  if (me.role === 'server-administrator') return [home, backup, ...schedules, storage, settings];
  if (me.role === 'site-administrator') return [home, backup, ...schedules, settings];
  return [spaces, backup, settings];
}

function Frame({ me }: { me: Me }) {
  const [isOpen, { toggle, close }] = useDisclosure();
  const isLive = useLiveEvents();
  const path = useRouterState({ select: (state) => state.location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: closes the menu whenever one has gone somewhere
  useEffect(close, [path]);
  const isHere = (to: string) =>
    to === '/' ? path === '/' : path.startsWith(to) || (to === '/backup' && path.startsWith('/jobs/'));
  return (
    <AppShell header={{ height: 52 }} navbar={{ width: 216, breakpoint: 'sm', collapsed: { mobile: !isOpen } }} padding="md">
      <a className="skip-link" href="#content">
        {texts.skip}
      </a>
      <AppShell.Header className="frame-header">
        <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={nav.label} />
            <img src="/icon.svg" alt="" width={24} height={24} />
            <Text fw={600} visibleFrom="xs">
              {texts.product}
            </Text>
            <SiteSwitch />
          </Group>
          <Group gap="xs" wrap="nowrap">
            <span aria-live="polite">
              <State tone={isLive ? 'ok' : 'warning'}>{isLive ? texts.live.on : texts.live.off}</State>
            </span>
            <SchemeSwitch />
            <UserMenu me={me} hasGuide={isSiteAdministrator(me)} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" className="frame-nav" aria-label={nav.label}>
        {placesOf(me).map(([to, icon, label]) => (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={label}
            leftSection={<Icon name={icon} />}
            active={isHere(to)}
            aria-current={isHere(to) ? 'page' : undefined}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}
