import type { JobAnswer } from '#server/contract/job-contract.ts';
import type { ScheduleAnswer } from '#server/contract/schedule-contract.ts';
import { isDueOn } from './due-days.ts';

export interface Day {
  /** yyyy-mm-dd in the reader's zone. */
  date: string;
  state: 'ok' | 'warning' | 'failed' | 'missed' | 'running' | 'none';
}

const dayMs = 86_400_000;
const shown = 30;

/**
 * What became of a schedule on each of the last 30 days, the oldest first: the worst of what happened; missed, where it has run before, its expression says
 * that day, and nothing ran. Today is not missed before it is overdue.
 */
export function daysOf(schedule: ScheduleAnswer, jobs: readonly JobAnswer[], now: number): Day[] {
  const byDay = new Map<string, Day['state']>();
  const worst: Day['state'][] = ['failed', 'running', 'warning', 'ok'];
  let first = '9999';
  for (const job of jobs) {
    if (job.scheduleId !== schedule.id) continue;
    const date = dayOf(Date.parse(job.createdOn));
    if (date < first) first = date;
    const state = stateOf(job);
    const known = byDay.get(date);
    if (known === undefined || worst.indexOf(state) < worst.indexOf(known)) byDay.set(date, state);
  }
  const today = dayOf(now);
  return Array.from({ length: shown }, (_, i) => now - (shown - 1 - i) * dayMs).map((time) => {
    const date = dayOf(time);
    const isMissed =
      schedule.enabled && date >= first && (date < today || schedule.state === 'overdue') && isDueOn(schedule, new Date(time));
    return { date, state: byDay.get(date) ?? (isMissed ? 'missed' : 'none') };
  });
}

function stateOf({ state, warnings }: JobAnswer): Day['state'] {
  if (state === 'FINISHED') return warnings > 0 ? 'warning' : 'ok';
  return state === 'FAILED' || state === 'CANCELLED' ? 'failed' : 'running';
}

function dayOf(time: number): string {
  const date = new Date(time);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
