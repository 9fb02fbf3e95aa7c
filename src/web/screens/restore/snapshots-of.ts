import { useQuery } from '@tanstack/react-query';
import type { SnapshotAnswer } from '#server/contract/vault-contract.ts';
import { api, query } from '../../api/client.ts';

/** Snapshots of a site out of which the reader may restore something, the newest first: ten thousand at most. */
export function useSnapshotsOf(site: string) {
  return useQuery({
    queryKey: ['snapshots', 'site', site],
    queryFn: () => api<SnapshotAnswer[]>(`/api/snapshots${query({ site, limit: 10_000 })}`),
    enabled: site !== '',
  });
}
