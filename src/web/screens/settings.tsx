import { Tabs } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMe } from '../api/queries.ts';
import { isSiteAdministrator } from '../layout/shell.tsx';
import { Page } from '../parts/page.tsx';
import { texts } from '../texts/en.ts';
import { About } from './settings-about.tsx';
import { Audit } from './settings-audit.tsx';
import { Sites } from './settings-sites.tsx';
import { Tokens } from './tokens.tsx';

const t = texts.settings;

/** Everybody has tokens; sites are for who administers them; the rest is for administrators of the server. */
export function Settings() {
  const me = useMe().data;
  if (!me) return null;
  const isServer = me.role === 'server-administrator';
  const tabs: [value: string, label: string, content: ReactNode][] = [
    ...(isSiteAdministrator(me) ? [['sites', t.sites, <Sites key="sites" mayChange={isServer} />] as const] : []),
    ['tokens', t.tokens, <Tokens key="tokens" />] as const,
    ...(isServer ? [['audit', t.audit, <Audit key="audit" />] as const, ['about', t.about, <About key="about" />] as const] : []),
  ].map(([value, label, content]) => [value, label, content]);
  return (
    <Page title={t.title}>
      <Tabs defaultValue={tabs[0][0]} keepMounted={false}>
        <Tabs.List>
          {tabs.map(([value, label]) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map(([value, , content]) => (
          <Tabs.Panel key={value} value={value} pt="md">
            {content}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  );
}
