import { OxbowError } from './errors.ts';

/** Trouble that did not stop the work. `object` names what it happened to, for people ("Page 98361 'Home'"). */
export interface Warning {
  code: string;
  message: string;
  object?: string;
}

/** How far one phase of the work is. `done` counts up to `total`, which is absent when nobody knows it. */
export interface Progress {
  phase: string;
  done: number;
  total?: number;
  unit: 'records' | 'bytes' | 'files' | 'steps';
}

/** What a flow gets from outside, as its last argument: it never reads environment, configuration or the clock itself. */
export interface RunContext {
  /** Aborted on Ctrl-C or cancel; a flow then undoes what it began and throws. */
  signal: AbortSignal;
  now: () => Date;
  /** An existing, private folder for spool files. The flow removes what it puts there. */
  workFolder: string;
  warn: (warning: Warning) => void;
  progress: (progress: Progress) => void;
}

/** Throws CANCELLED when the signal of the context is aborted. */
export function throwIfCancelled(context: Pick<RunContext, 'signal'>): void {
  if (context.signal.aborted) throw new OxbowError('CANCELLED', 'Cancelled: nothing was changed.');
}
