import { describe, expect, it } from 'vitest';
import type { JobAnswer } from '#server/contract/job-contract.ts';
import type { ScheduleAnswer } from '#server/contract/schedule-contract.ts';
import { isDueOn } from './due-days.ts';
import { daysOf } from './home-days.ts';

const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const noon = new Date(2026, 2, 10, 12).getTime();
const dayMs = 86_400_000;
const due =
  (cron: string, zone = timeZone) =>
  (year: number, month: number, day: number) =>
    isDueOn({ cron, timeZone: zone }, new Date(year, month - 1, day, 12));

describe('days on which a schedule is due', () => {
  it('follows the days of an expression', () => {
    expect(due('0 2 * * *')(2026, 3, 10)).toBe(true);
    // The tenth of March 2026 is a Tuesday.
    expect(due('0 2 * * 1-5')(2026, 3, 10)).toBe(true);
    expect(due('0 2 * * SAT,SUN')(2026, 3, 10)).toBe(false);
    expect(due('0 2 * * 7')(2026, 3, 15)).toBe(true);
    expect(due('0 2 1 * *')(2026, 3, 10)).toBe(false);
    expect(due('0 2 */3 * *')(2026, 3, 10)).toBe(true);
    expect(due('0 2 * JUN *')(2026, 3, 10)).toBe(false);
    expect(due('0 0 2 13 * 2')(2026, 3, 10)).toBe(true);
  });

  it('does not guess', () => {
    expect(due('0 2 L * *')(2026, 3, 31)).toBe(false);
    expect(due('nonsense')(2026, 3, 31)).toBe(false);
    const elsewhere = timeZone === 'Asia/Tokyo' ? 'UTC' : 'Asia/Tokyo';
    expect(due('0 2 * * 2', elsewhere)(2026, 3, 10)).toBe(false);
    expect(due('0 2 * * *', elsewhere)(2026, 3, 10)).toBe(true);
  });
});

describe('the strip of a schedule', () => {
  const schedule = (more: object = {}) =>
    ({ id: '7', enabled: true, state: 'ok', cron: '0 2 * * *', timeZone, ...more }) as unknown as ScheduleAnswer;
  const run = (days: number, state: string, warnings = 0, scheduleId = '7') =>
    ({ scheduleId, state, warnings, createdOn: new Date(noon - days * dayMs).toISOString() }) as unknown as JobAnswer;
  const states = (of: ScheduleAnswer, jobs: JobAnswer[]) => daysOf(of, jobs, noon).map(({ state }) => state);

  it('shows the worst of each day, and days of others not at all', () => {
    const shown = states(schedule(), [
      run(1, 'FINISHED'),
      run(1, 'FAILED'),
      run(2, 'FINISHED', 3),
      run(0, 'PROCESSING'),
      run(3, 'FAILED', 0, '8'),
    ]);
    expect(shown).toHaveLength(30);
    expect(shown.slice(-4)).toEqual(['none', 'warning', 'failed', 'running']);
  });

  it('calls a due day without a run missed, but neither before the first run, nor today, nor of one that is off', () => {
    const jobs = [run(3, 'FINISHED'), run(1, 'FINISHED')];
    expect(states(schedule(), jobs).slice(-5)).toEqual(['none', 'ok', 'missed', 'ok', 'none']);
    expect(states(schedule({ state: 'overdue' }), jobs).at(-1)).toBe('missed');
    expect(states(schedule({ enabled: false }), jobs).slice(-3)).toEqual(['none', 'ok', 'none']);
  });
});
