import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { JobAnswer, JobDetails } from '#server/contract/job-contract.ts';
import type { SnapshotAnswer } from '#server/contract/vault-contract.ts';
import { api } from '../../api/client.ts';
import { useJob, useStartJob } from '../../api/queries.ts';
import { type Draft, draftOf, isSame, requestOf } from './draft.ts';
import { useSnapshotsOf } from './snapshots-of.ts';

const over = ['FINISHED', 'FAILED', 'CANCELLED'];

export interface Plan {
  /** The job of the newest plan, as far as it is. */
  job: JobDetails | null;
  isRunning: boolean;
  /** It ended well, and says what would happen now: nothing was changed since. */
  isGood: boolean;
  isStale: boolean;
  isMakingSandbox: boolean;
  /** The site that was made for this restore: nothing is in it. */
  madeSandbox: string | null;
  error: unknown;
  /** Of the draft as it is, or with what is changed at the same moment. */
  make: (changed?: Partial<Draft>) => void;
  cancel: () => void;
}

/** The plan of a draft: a job that writes nothing. A sandbox that it needs is made first. */
export function usePlan(
  draft: Draft,
  change: (part: Partial<Draft>) => void,
  initial: string | null,
  onMade: (id: string) => void,
): Plan {
  const [id, setId] = useState(initial);
  const [made, setMade] = useState<string | null>(null);
  const snapshots = useSnapshotsOf(draft.source).data ?? [];
  const client = useQueryClient();
  const start = useStartJob();
  const sandbox = useMutation({
    mutationFn: (body: { name: string; version?: string; buildNumber?: number }) => api('/api/sandboxes', { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['sites'] }),
  });
  const cancel = useMutation({ mutationFn: () => api<JobAnswer>(`/api/jobs/${id}/cancel`, { method: 'POST', body: {} }) });
  const found = useJob(id ?? '', id !== null);
  const job = id === null ? null : (found.data ?? null);
  // Its end is heard of before what it found is read.
  const isOver = job !== null && over.includes(job.state) && (job.state !== 'FINISHED' || Boolean(job.result));
  // Read out of its request as this draft would be written into one, so that what the server adds does not count.
  const planned = job && draftOf(job.request, () => draft.source);
  const isOfDraft = planned !== null && isSame(requestOf(planned, true), requestOf(draft, true));
  const make = async (changed: Partial<Draft> = {}) => {
    const wanted = { ...draft, ...changed };
    if (wanted.from === 'snapshot' && wanted.target === 'sandbox') {
      await sandbox.mutateAsync({ name: wanted.targetName, ...versionOf(snapshots, wanted) });
      setMade(wanted.targetName);
      // From now on it is a site like others.
      wanted.target = 'other';
    }
    change(wanted);
    const request = requestOf(wanted, true);
    if (request === null) return;
    const job = await start.mutateAsync(request);
    setId(job.id);
    onMade(job.id);
  };
  return {
    job,
    isRunning: sandbox.isPending || start.isPending || (id !== null && !isOver && !found.isError),
    isGood: isOver && job.state === 'FINISHED' && isOfDraft,
    isStale: isOver && !isOfDraft,
    isMakingSandbox: sandbox.isPending,
    madeSandbox: made,
    error: sandbox.error ?? start.error ?? cancel.error ?? found.error,
    make: (changed) => {
      cancel.reset();
      // What went wrong is shown by the step.
      make(changed).catch(() => {});
    },
    cancel: () => cancel.mutate(),
  };
}

/** Nothing restores into an older Confluence: the sandbox is of the version of the snapshot. */
function versionOf(snapshots: readonly SnapshotAnswer[], { vault, snapshot }: Draft): { version?: string; buildNumber?: number } {
  const { productVersion, buildNumber } = snapshots.find((one) => one.vault === vault && one.id === snapshot) ?? {};
  return { ...(productVersion ? { version: productVersion } : {}), ...(buildNumber ? { buildNumber } : {}) };
}
