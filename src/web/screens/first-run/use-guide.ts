import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { useChosenSite } from '../../api/current-site.ts';
import { useJobs, useMe, useSchedules, useSites, useSnapshots } from '../../api/queries.ts';
import { useGuideMemory } from './guide-memory.ts';
import { type GuideState, guideStateOf, type Known } from './guide-state.ts';

export interface Guided {
  state: GuideState;
  known: Known;
  chooseSite: (name: string) => void;
  chooseVault: (name: string) => void;
}

/** All that the guide rests on: what is still asked for, or failed, or else how far one is. */
export function useGuide(): { waits: UseQueryResult<unknown> } | Guided {
  const isServer = useMe().data?.role === 'server-administrator';
  const sites = useSites();
  const vaults = useVaultNames(isServer);
  const snapshots = useSnapshots();
  const jobs = useJobs({ types: 'snapshot,drill', schedules: 'include', limit: 200 });
  const schedules = useSchedules();
  const [site, chooseSite] = useChosenSite();
  const [vault, chooseVault] = useGuideMemory('vault');
  if (!sites.data) return { waits: sites };
  if (!vaults.data) return { waits: vaults };
  if (!snapshots.data) return { waits: snapshots };
  if (!jobs.data) return { waits: jobs };
  if (!schedules.data) return { waits: schedules };
  const known = {
    sites: sites.data,
    vaults: vaults.data,
    snapshots: snapshots.data,
    jobs: jobs.data.jobs,
    schedules: schedules.data,
    site,
    vault,
    now: Date.now(),
  };
  return { state: guideStateOf(known), known, chooseSite, chooseVault };
}

/** Who administers a site alone is told the names of vaults, and nothing else of them. */
function useVaultNames(isServer: boolean): UseQueryResult<string[]> {
  return useQuery({
    queryKey: ['vaults', isServer ? 'all-names' : 'names'],
    queryFn: async () =>
      isServer ? (await api<{ name: string }[]>('/api/vaults')).map(({ name }) => name) : await api<string[]>('/api/vault-names'),
  });
}
