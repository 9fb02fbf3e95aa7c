import { describe, expect, it } from 'vitest';
import type { ScheduleAnswer } from '#server/contract/schedule-contract.ts';
import { missingOf, plannedSchedules } from './planned-schedules.ts';

const plan = {
  site: 'wiki',
  vault: 'main',
  timeZone: 'Europe/Berlin',
  names: { backup: 'Every night', check: 'Weekly check', drill: 'Weekly drill' },
};
const schedule = (enabled: boolean, settings: object, more: object = {}) =>
  ({
    id: '7',
    name: 'Mine',
    site: 'wiki',
    vault: 'main',
    enabled,
    cron: '0 1 * * *',
    timeZone: 'UTC',
    settings,
    ...more,
  }) as ScheduleAnswer;

describe('the schedules of the first run', () => {
  it('are three where there is none, the backup last', () => {
    const planned = missingOf(plannedSchedules([], plan));
    expect(planned.map(({ kind, body }) => [kind, body.cron, body.timeZone])).toEqual([
      ['drill', '0 5 * * 0', 'Europe/Berlin'],
      ['check', '0 4 * * 0', 'Europe/Berlin'],
      ['backup', '0 2 * * *', 'Europe/Berlin'],
    ]);
    expect(planned[2].body).toMatchObject({ site: 'wiki', snapshot: true, retention: { daily: 14, weekly: 8, monthly: 12 } });
  });

  it('switch on what stands ready, as it is', () => {
    const ready = schedule(false, { kind: 'backup', snapshot: true });
    const backup = plannedSchedules([ready], plan).at(-1)!;
    expect(backup.found).toBe(ready);
    expect(backup.body).toMatchObject({ name: 'Mine', cron: '0 1 * * *', timeZone: 'UTC', enabled: true });
  });

  it('leave alone what is on, and what is of another site, of some spaces, or of another vault', () => {
    const on = [
      schedule(true, { kind: 'backup', snapshot: true }),
      schedule(true, { kind: 'drill' }, { site: null }),
      schedule(true, { kind: 'check' }, { site: null, vault: 'other' }),
    ];
    expect(missingOf(plannedSchedules(on, plan)).map(({ kind }) => kind)).toEqual(['check']);
    const others = [
      schedule(false, { kind: 'backup', snapshot: true }, { site: 'other' }),
      schedule(false, { kind: 'backup', snapshot: true, spaceKeys: ['DOCS'] }),
      schedule(false, { kind: 'backup', xml: true }),
    ];
    expect(plannedSchedules(others, plan).every(({ found }) => found === null)).toBe(true);
  });
});
