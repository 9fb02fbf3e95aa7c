import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyRetention, periodOf, type RetentionCandidate } from './retention.ts';

const candidate = (time: string, more: Partial<RetentionCandidate> = {}): RetentionCandidate => ({
  id: time,
  time,
  tags: [],
  protected: false,
  group: 'site',
  ...more,
});
const kept = (candidates: RetentionCandidate[], policy: Parameters<typeof applyRetention>[1]) =>
  applyRetention(candidates, policy).filter((one) => one.keep);

describe('retention', () => {
  it('keeps the last one of each period', () => {
    const days = ['2026-01-01', '2026-01-02', '2026-01-03'].flatMap((day) => [`${day}T01:00:00Z`, `${day}T23:00:00Z`]);
    const found = kept(
      days.map((time) => candidate(time)),
      { daily: 2 },
    );
    expect(found).toEqual([
      { id: '2026-01-02T23:00:00Z', keep: true, reasons: ['daily 2026-01-02'] },
      { id: '2026-01-03T23:00:00Z', keep: true, reasons: ['daily 2026-01-03'] },
    ]);
  });

  it('counts sites apart, and keeps what is protected or tagged beside the others', () => {
    const found = kept(
      [
        candidate('2025-01-01T00:00:00Z', { protected: true }),
        candidate('2025-01-02T00:00:00Z', { tags: ['audit'] }),
        candidate('2025-01-03T00:00:00Z'),
        candidate('2026-01-01T00:00:00Z'),
        candidate('2024-01-01T00:00:00Z', { group: 'other' }),
      ],
      { last: 1, tags: ['audit'] },
    );
    expect(found.map((one) => one.reasons)).toEqual([['protected'], ['tag audit'], ['last 1'], ['last 1']]);
  });

  it('knows the weeks of ISO 8601', () => {
    expect(periodOf('2027-01-01T00:00:00Z', 'weekly')).toBe('2026-W53');
    expect(periodOf('2024-12-30T00:00:00Z', 'weekly')).toBe('2025-W01');
  });

  it('refuses a policy that keeps nothing', () => {
    expect(() => applyRetention([candidate('2026-01-01T00:00:00Z')], { daily: 0 })).toThrow(
      expect.objectContaining({ code: 'RETENTION_EMPTY' }),
    );
  });

  it('never removes the newest of a site, and a larger policy never keeps less', () => {
    const time = fc.integer({ min: 0, max: 5_000_000 }).map((minutes) => new Date(1.7e12 + minutes * 60_000).toISOString());
    const count = fc.integer({ min: 0, max: 5 });
    const policy = fc.record({ last: count, hourly: count, daily: count, weekly: count, monthly: count, yearly: count });
    fc.assert(
      fc.property(fc.uniqueArray(time, { minLength: 1, maxLength: 40 }), policy, policy, (times, small, more) => {
        const candidates = times.map((one) => candidate(one));
        const large = Object.fromEntries(Object.entries(small).map(([key, value]) => [key, value + more[key as 'last']]));
        if (Object.values(small).every((value) => value === 0)) return;
        const few = kept(candidates, small).map((one) => one.id);
        const many = kept(candidates, large).map((one) => one.id);
        expect(many).toEqual(expect.arrayContaining(few));
        expect(few).toContain(times.toSorted().at(-1));
      }),
    );
  });
});
