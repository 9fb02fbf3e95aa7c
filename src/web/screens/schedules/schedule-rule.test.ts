import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDueOn } from '../due-days.ts';
import { changeEvery, cronOf, ruleOf, type ScheduleRule } from './schedule-rule.ts';

const time = { hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) };
const weekdays = fc
  .uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 6 })
  .map((days) => days.sort((a, b) => a - b));
const rules: fc.Arbitrary<ScheduleRule> = fc.oneof(
  fc.record({ every: fc.constant('hour' as const), minute: time.minute }),
  fc.record({ every: fc.constant('day' as const), ...time }),
  fc.record({ every: fc.constant('week' as const), weekdays, ...time }),
  fc.record({ every: fc.constant('month' as const), day: fc.integer({ min: 1, max: 31 }), ...time }),
);

describe('when a schedule runs, in words', () => {
  it('is written as cron and read back the same', () => {
    fc.assert(
      fc.property(rules, (rule) => {
        expect(ruleOf(cronOf(rule))).toEqual(rule);
      }),
    );
  });

  it('means the weekdays that were chosen', () => {
    const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    fc.assert(
      fc.property(weekdays, fc.integer({ min: 0, max: 6 }), (days, day) => {
        const cron = cronOf({ every: 'week', weekdays: days, hour: 12, minute: 0 });
        // The fourth of January 2026 is a Sunday.
        expect(isDueOn({ cron, timeZone }, new Date(2026, 0, 4 + day))).toBe(days.includes(day));
      }),
    );
  });

  it('understands names, lists, ranges and a Sunday of 7', () => {
    expect(ruleOf('30 2 * * mon-fri')).toEqual({ every: 'week', weekdays: [1, 2, 3, 4, 5], hour: 2, minute: 30 });
    expect(ruleOf('5 4 * * 5-7')).toEqual({ every: 'week', weekdays: [0, 5, 6], hour: 4, minute: 5 });
    expect(ruleOf('0 4 * * 0-6')).toEqual({ every: 'day', hour: 4, minute: 0 });
    expect(cronOf(ruleOf('30 2 * * MON-FRI'))).toBe('30 2 * * 1-5');
  });

  it('leaves to cron what words do not say', () => {
    for (const cron of [
      '*/5 * * * *',
      '0 2 * 6 *',
      '0 2 1 * 1',
      '0 2 L * *',
      '0 2,14 * * *',
      '0 0 2 * * *',
      '61 2 * * *',
      '0 2 * * 5-1',
      '0 2 32 * *',
      'nonsense',
      '',
    ]) {
      expect(ruleOf(cron)).toEqual({ every: 'own', cron });
      expect(cronOf(ruleOf(cron))).toBe(cron);
    }
  });

  it('keeps the time of day when the rest changes', () => {
    const daily: ScheduleRule = { every: 'day', hour: 23, minute: 15 };
    expect(changeEvery(daily, 'month', '')).toEqual({ every: 'month', day: 1, hour: 23, minute: 15 });
    expect(changeEvery(daily, 'own', '15 23 * * *')).toEqual({ every: 'own', cron: '15 23 * * *' });
    expect(changeEvery({ every: 'own', cron: '*/5 * * * *' }, 'day', '')).toEqual({ every: 'day', hour: 2, minute: 0 });
  });
});
