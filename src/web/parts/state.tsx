import type { JobAnswer } from '#server/contract/job-contract.ts';
import { texts } from '../texts/en.ts';

export type Tone = 'ok' | 'warning' | 'failed' | 'running' | 'off';

/** A state in words with a dot; the colour says nothing that the word does not. */
export function State({ tone, children }: { tone: Tone; children: string }) {
  return (
    <span className="state" data-tone={tone}>
      {children}
    </span>
  );
}

export function JobState({ job }: { job: Pick<JobAnswer, 'state' | 'warnings'> }) {
  return <State tone={toneOf(job)}>{texts.states[job.state] ?? job.state}</State>;
}

export function toneOf({ state, warnings }: Pick<JobAnswer, 'state' | 'warnings'>): Tone {
  if (state === 'FAILED') return 'failed';
  if (state === 'FINISHED') return warnings > 0 ? 'warning' : 'ok';
  return state === 'CANCELLED' || state === 'QUEUED' ? 'off' : 'running';
}
