/** One line of the table. */
export interface Result {
  what: string;
  oxbow: string;
  peer: string;
  ratio: string;
  goal: string;
  /** Null: nothing to reach. */
  reached: boolean | null;
}

export const mb = (bytes: number) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
export const s = (seconds: number) => `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;

/** How long a process took, and how much of that it was at work: on a shared machine the two differ. */
export function took({ seconds, cpu }: { seconds: number; cpu: number }): string {
  return `${s(seconds)} (${s(cpu)} of processor)`;
}

/** Of an even number of values the lower of the two in the middle. */
export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1];
}

/** The value that 99 of 100 do not exceed. */
export function percentile99(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * 0.99) - 1)];
}

/** Seconds against seconds, with a goal for their ratio. */
export function versus(what: string, oxbow: number, peer: number, goal: number): Result {
  const ratio = oxbow / peer;
  return { what, oxbow: s(oxbow), peer: s(peer), ratio: ratio.toFixed(2), goal: `${goal}x`, reached: ratio <= goal };
}

export function markdown(results: Result[]): string {
  const lines = ['| what | Oxbow | pg_dump + restic | ratio | goal | |', '|---|---|---|---|---|---|'];
  for (const { what, oxbow, peer, ratio, goal, reached } of results) {
    lines.push(
      `| ${what} | ${oxbow} | ${peer} | ${ratio} | ${goal} | ${reached === null ? '' : reached ? 'reached' : 'missed'} |`,
    );
  }
  return `${lines.join('\n')}\n`;
}
