import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { JobAnswer, JobDetails } from '#server/contract/job-contract.ts';

const over = new Set(['FINISHED', 'FAILED', 'CANCELLED']);

/** One stream for the whole console: what changes is put where it is shown. Gives whether the stream stands. Browsers connect again by themselves. */
export function useLiveEvents(enabled: boolean): boolean {
  const client = useQueryClient();
  const [isLive, setIsLive] = useState(true);
  useEffect(() => {
    if (!enabled) return;
    const source = new EventSource('/api/events');
    source.addEventListener('open', () => setIsLive(true));
    source.addEventListener('error', () => setIsLive(false));
    source.addEventListener('job', (event) => {
      const job = JSON.parse(event.data) as JobAnswer;
      client.setQueryData<JobDetails>(['job', job.id], (known) => (known ? { ...known, ...job } : known));
      let isKnown = false;
      client.setQueriesData<{ jobs: JobAnswer[]; total: number }>({ queryKey: ['jobs'] }, (known) => {
        if (!known?.jobs.some(({ id }) => id === job.id)) return known;
        isKnown = true;
        return { ...known, jobs: known.jobs.map((one) => (one.id === job.id ? job : one)) };
      });
      if (!isKnown) void client.invalidateQueries({ queryKey: ['jobs'] });
      if (over.has(job.state)) {
        for (const key of ['snapshots', 'vaults', 'schedules', 'restore-files'])
          void client.invalidateQueries({ queryKey: [key] });
        void client.invalidateQueries({ queryKey: ['job', job.id] });
      }
    });
    // Something may have been missed.
    source.addEventListener('refresh', () => {
      for (const key of ['jobs', 'job', 'schedules']) void client.invalidateQueries({ queryKey: [key] });
    });
    return () => source.close();
  }, [enabled, client]);
  return isLive;
}
