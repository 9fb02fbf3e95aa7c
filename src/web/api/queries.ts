import { keepPreviousData, useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Me } from '#server/contract/auth-contract.ts';
import type { JobAnswer, JobDetails, JobRequestBody } from '#server/contract/job-contract.ts';
import type { ScheduleAnswer } from '#server/contract/schedule-contract.ts';
import type { SnapshotAnswer, VaultAnswer } from '#server/contract/vault-contract.ts';
import { ApiError, api, query, setXsrf } from './client.ts';

export interface SiteSummary {
  name: string;
  isDefault: boolean;
  upgradingSince: string | null;
}

export interface SiteSpace {
  key: string;
  name: string;
  type: 'global' | 'personal';
}

/** Null when nobody is signed in. */
export function useMe() {
  return useQuery({
    queryKey: ['me'],
    queryFn: async (): Promise<Me | null> => {
      try {
        const me = await api<Me>('/api/me');
        setXsrf(me.xsrf);
        return me;
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
    staleTime: 60_000,
    // Without an answer to this nothing else is shown, nor listened to.
    refetchInterval: ({ state }) => (state.status === 'error' ? 5000 : false),
  });
}

export const useSites = () => useQuery({ queryKey: ['sites'], queryFn: () => api<SiteSummary[]>('/api/sites') });
/** What was found before stays in sight while the next search is asked. */
export const useSpaces = (site: string, search: string) =>
  useQuery({
    queryKey: ['spaces', site, search],
    queryFn: () => api<SiteSpace[]>(`/api/sites/${site}/spaces${query({ search, limit: 20_000 })}`),
    placeholderData: keepPreviousData,
  });
export const useVaults = (enabled = true) =>
  useQuery({ queryKey: ['vaults'], queryFn: () => api<VaultAnswer[]>('/api/vaults'), enabled });
export interface VaultStatus {
  packs: number;
  storedBytes: number;
  snapshotBytes: number;
  freeBytes: number | null;
  damagedSnapshots: number;
}

const vaultStatus = (name: string) => ({
  queryKey: ['vaults', name, 'status'],
  queryFn: () => api<VaultStatus>(`/api/vaults/${name}/status`),
  staleTime: 60_000,
});
export const useVaultStatus = (name: string) => useQuery(vaultStatus(name));
/** Of those whose answer is there. */
export function useVaultStatuses(names: readonly string[]): Map<string, VaultStatus> {
  const answers = useQueries({ queries: names.map(vaultStatus) });
  return new Map(names.flatMap((name, i) => (answers[i].data ? [[name, answers[i].data] as const] : [])));
}
export const useSchedules = () =>
  useQuery({ queryKey: ['schedules'], queryFn: () => api<ScheduleAnswer[]>('/api/schedules'), refetchInterval: 60_000 });
/** The newest thousand, which is enough for how things stand. */
export const useSnapshots = (enabled = true) =>
  useQuery({ queryKey: ['snapshots'], queryFn: () => api<SnapshotAnswer[]>('/api/snapshots'), enabled });
/** As many as the server lists: ten thousand. */
export const useAllSnapshots = () =>
  useQuery({ queryKey: ['snapshots', 'all'], queryFn: () => api<SnapshotAnswer[]>('/api/snapshots?limit=10000') });

export interface JobsFilter {
  types?: string | undefined;
  schedules?: 'include' | 'leave-out' | undefined;
  from?: string | undefined;
  limit?: number | undefined;
  [name: string]: string | number | boolean | undefined;
}

export const useJobs = (filter: JobsFilter = {}) =>
  useQuery({
    queryKey: ['jobs', filter],
    queryFn: () => api<{ jobs: JobAnswer[]; total: number }>(`/api/jobs${query(filter)}`),
    placeholderData: keepPreviousData,
  });
export const useJob = (id: string, enabled = true) =>
  useQuery({ queryKey: ['job', id], queryFn: () => api<JobDetails>(`/api/jobs/${id}`), enabled });

/** Asks for a job; lists that show jobs are read anew. */
export function useStartJob() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (request: JobRequestBody) => api<JobAnswer>('/api/jobs', { body: request }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['jobs'] }),
  });
}

/** Any change; afterwards the named lists are read anew. */
export function useChange<Answer = unknown, Input = void>(work: (input: Input) => Promise<Answer>, ...touched: string[]) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSuccess: async () => {
      for (const key of touched) await client.invalidateQueries({ queryKey: [key] });
    },
  });
}
