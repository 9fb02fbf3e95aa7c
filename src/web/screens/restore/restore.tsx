import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { Me } from '#server/contract/auth-contract.ts';
import type { SnapshotAnswer } from '#server/contract/vault-contract.ts';
import { api } from '../../api/client.ts';
import { useChosenSite } from '../../api/current-site.ts';
import { type SiteSummary, useAllSnapshots, useJob, useMe, useSites } from '../../api/queries.ts';
import { Empty } from '../../parts/empty.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Page } from '../../parts/page.tsx';
import { texts } from '../../texts/en.ts';
import { type Draft, draftOf, emptyDraft } from './draft.ts';
import { isAdministratorOf } from './rights.ts';
import { Wizard } from './wizard.tsx';

const t = texts.restore;

/** Chosen elsewhere: what, of which site, which snapshot or space; or a plan to go on with. */
interface Search {
  scope?: unknown;
  site?: unknown;
  vault?: unknown;
  snapshot?: unknown;
  space?: unknown;
  file?: unknown;
  plan?: unknown;
}

/** From a moment to a site, step by step: what, where to, the plan, and only then the restore. */
export function Restore() {
  const me = useMe().data;
  const sites = useSites();
  const search = useSearch({ strict: false }) as Search;
  // The address changes as plans are made; where one came from does not.
  const [came] = useState(search);
  return (
    <Page title={t.title}>
      <Loaded of={sites}>
        {(all) => {
          const own = me ? sitesOf(me, all) : [];
          if (!me || own.length === 0) return <Empty icon="site" text={texts.backup.noSite} />;
          return came.plan === undefined ? (
            <Fresh me={me} sites={own} came={came} />
          ) : (
            <OfPlan me={me} sites={own} plan={String(came.plan)} />
          );
        }}
      </Loaded>
    </Page>
  );
}

/** Into which somebody may restore something. */
function sitesOf(me: Me, all: SiteSummary[]): SiteSummary[] {
  const rights = new Map(me.sites.map((one) => [one.site, one]));
  return all.filter(({ name }) => {
    const right = rights.get(name);
    return me.role === 'server-administrator' || right?.systemAdministrator || (right?.spaceKeys.length ?? 0) > 0;
  });
}

function Fresh({ me, sites, came }: { me: Me; sites: SiteSummary[]; came: Search }) {
  const [chosen] = useChosenSite();
  const snapshots = useQuery({
    queryKey: ['snapshots', 'of', came.vault],
    queryFn: () => api<SnapshotAnswer[]>(`/api/snapshots?limit=10000&vault=${encodeURIComponent(String(came.vault))}`),
    enabled: came.vault !== undefined,
  });
  const draft = (found?: SnapshotAnswer): Draft => {
    const names = sites.map(({ name }) => name);
    const usual = sites.find(({ isDefault }) => isDefault)?.name ?? names[0];
    const source =
      [came.site, found?.site, chosen].map((name) => String(name ?? '')).find((name) => names.includes(name)) ?? usual;
    const asked = came.scope === 'SPACE' || came.space !== undefined || (found !== undefined && found.scope !== 'site');
    const isSpaces = asked || !isAdministratorOf(me, source);
    return {
      ...emptyDraft(source),
      ...(isSpaces ? { scope: 'SPACE' } : {}),
      ...(found ? { vault: found.vault, snapshot: found.id } : {}),
      ...(came.space === undefined ? {} : { spaceKeys: [String(came.space)] }),
      ...(came.file === undefined ? {} : { from: 'file', fileName: String(came.file) }),
    };
  };
  if (came.vault === undefined) return <Wizard me={me} sites={sites} initial={draft()} />;
  return (
    <Loaded of={snapshots}>
      {(all) => <Wizard me={me} sites={sites} initial={draft(all.find(({ id }) => id === String(came.snapshot)))} />}
    </Loaded>
  );
}

function OfPlan({ me, sites, plan }: { me: Me; sites: SiteSummary[]; plan: string }) {
  const job = useJob(plan);
  const snapshots = useAllSnapshots();
  return (
    <Loaded of={job}>
      {(found) => (
        <Loaded of={snapshots}>
          {(all) => {
            const sourceOf = (vault: string, id: string) => all.find((one) => one.vault === vault && one.id === id)?.site ?? null;
            const draft = draftOf(found.request, sourceOf);
            return draft ? (
              <Wizard me={me} sites={sites} initial={draft} plan={plan} />
            ) : (
              <Empty icon="restore" text={texts.common.notFound} />
            );
          }}
        </Loaded>
      )}
    </Loaded>
  );
}
