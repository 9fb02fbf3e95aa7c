import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { JobAnswer, JobDetails } from '#server/contract/job-contract.ts';
import { delayOf } from './back-off.ts';

const over = new Set(['FINISHED', 'FAILED', 'CANCELLED']);
/** Lists are asked for again this long after the first change that touches them: many changes are one question. */
const gatherMs = 400;
/** Streams end after a while and are begun anew; only a longer gap is worth a word. */
const silentMs = 4000;

/** One stream for the whole console: what changes is put where it is shown. Gives whether the stream stands. */
export function useLiveEvents(): boolean {
  const client = useQueryClient();
  const [isLive, setIsLive] = useState(true);
  useEffect(() => {
    const touch = gather(client);
    const states = new Map<string, string>();
    let source: EventSource | null = null;
    let failures = 0;
    let isBroken = false;
    let again: ReturnType<typeof setTimeout> | undefined;
    let late: ReturnType<typeof setTimeout> | undefined;
    const connect = () => {
      source = new EventSource('/api/events');
      source.addEventListener('open', () => {
        // What could not be asked while the server was away is asked now.
        if (isBroken) void client.invalidateQueries({ predicate: ({ state }) => state.status === 'error' });
        isBroken = false;
        failures = 0;
        clearTimeout(late);
        late = undefined;
        setIsLive(true);
      });
      source.addEventListener('error', () => {
        isBroken = true;
        late ??= setTimeout(() => setIsLive(false), silentMs);
        // A browser gives up after an answer that is no stream, such as that of a proxy whose server restarts; we do not.
        if (source?.readyState !== EventSource.CLOSED) return;
        source.close();
        touch('me');
        again = setTimeout(connect, delayOf(failures++));
      });
      source.addEventListener('job', (event) => take(client, touch, states, JSON.parse(event.data) as JobAnswer));
      // Something may have been missed.
      source.addEventListener('refresh', () => touch('jobs', 'job', 'schedules'));
    };
    connect();
    return () => {
      clearTimeout(again);
      clearTimeout(late);
      source?.close();
    };
  }, [client]);
  return isLive;
}

/** A change of a job: into the lists and details that show it. Lists are read anew only when its state is another than before. */
function take(client: QueryClient, touch: (...keys: string[]) => void, states: Map<string, string>, job: JobAnswer): void {
  client.setQueryData<JobDetails>(['job', job.id], (known) => (known ? { ...known, ...job, request: known.request } : known));
  client.setQueriesData<{ jobs: JobAnswer[]; total: number }>({ queryKey: ['jobs'] }, (known) =>
    known?.jobs.some(({ id }) => id === job.id)
      ? { ...known, jobs: known.jobs.map((one) => (one.id === job.id ? job : one)) }
      : known,
  );
  if (states.get(job.id) === job.state) return;
  states.set(job.id, job.state);
  touch('jobs');
  if (over.has(job.state)) {
    states.delete(job.id);
    touch('job', 'snapshots', 'vaults', 'schedules', 'restore-files');
  }
}

function gather(client: QueryClient): (...keys: string[]) => void {
  const touched = new Set<string>();
  return (...keys) => {
    if (touched.size === 0) {
      setTimeout(() => {
        for (const key of touched) void client.invalidateQueries({ queryKey: [key] });
        touched.clear();
      }, gatherMs);
    }
    for (const key of keys) touched.add(key);
  };
}
