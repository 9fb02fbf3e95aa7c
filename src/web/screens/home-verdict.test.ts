import { describe, expect, it } from 'vitest';
import type { JobAnswer } from '#server/contract/job-contract.ts';
import type { ScheduleAnswer } from '#server/contract/schedule-contract.ts';
import type { SnapshotAnswer, VaultAnswer } from '#server/contract/vault-contract.ts';
import { addedPerDay, daysUntilFull } from './home-growth.ts';
import { concernsOf, type Facts, verdictOf } from './home-verdict.ts';

const now = Date.parse('2026-03-10T12:00:00Z');
const ago = (days: number) => new Date(now - days * 86_400_000).toISOString();

const schedule = (state: ScheduleAnswer['state'], enabled = true) =>
  ({ id: '1', name: 'Nightly', state, enabled, nextRuns: [ago(-1)], settings: { kind: 'backup' } }) as unknown as ScheduleAnswer;
const snapshot = (days: number, more: Partial<SnapshotAnswer> = {}) =>
  ({
    vault: 'main',
    id: `s${days}`,
    site: 'wiki',
    scope: 'site',
    time: ago(days),
    repaired: false,
    drills: [],
    statistics: { storedBytes: 1000 },
    ...more,
  }) as unknown as SnapshotAnswer;
const job = (state: JobAnswer['state'], days: number) =>
  ({
    id: `j${days}`,
    type: 'snapshot',
    site: 'wiki',
    vault: 'main',
    spaceKeys: [],
    state,
    createdOn: ago(days),
  }) as unknown as JobAnswer;
const facts = (given: Partial<Facts>): Facts => ({
  schedules: [],
  snapshots: [],
  jobs: [],
  vaults: [],
  fullIn: new Map(),
  now,
  ...given,
});

describe('the verdict of the first screen', () => {
  it('says protected only of a good snapshot of the whole site with a schedule that is on', () => {
    expect(verdictOf(facts({})).word).toBe('unprotected');
    expect(verdictOf(facts({ snapshots: [snapshot(1)] })).word).toBe('unscheduled');
    expect(verdictOf(facts({ snapshots: [snapshot(1)], schedules: [schedule('off', false)] })).word).toBe('unscheduled');
    expect(verdictOf(facts({ snapshots: [snapshot(1)], schedules: [schedule('ok')] }))).toMatchObject({
      word: 'protected',
      tone: 'ok',
    });
    expect(verdictOf(facts({ snapshots: [snapshot(1, { scope: 'spaces' })], schedules: [schedule('ok')] })).word).toBe(
      'unprotected',
    );
    expect(verdictOf(facts({ snapshots: [snapshot(1, { repaired: true })], schedules: [schedule('ok')] })).word).toBe(
      'unprotected',
    );
  });

  it('lets the worst win, also while a backup runs', () => {
    const running = { snapshots: [snapshot(1)], jobs: [job('PROCESSING', 0)] };
    expect(verdictOf(facts({ ...running, schedules: [schedule('failing')] }))).toMatchObject({
      word: 'failing',
      isRunning: true,
    });
    expect(verdictOf(facts({ ...running, schedules: [schedule('overdue')] })).word).toBe('overdue');
    expect(verdictOf(facts({ ...running, schedules: [schedule('running')] })).word).toBe('running');
  });

  it('is not protected while anything needs attention', () => {
    const good = { snapshots: [snapshot(1)], schedules: [schedule('ok')] };
    expect(verdictOf(facts({ ...good, fullIn: new Map([['main', 5]]) })).word).toBe('attention');
    expect(verdictOf(facts({ ...good, vaults: [{ name: 'main', checkOk: false } as VaultAnswer] })).word).toBe('attention');
    const drilled = snapshot(1, { drills: [{ time: ago(0), ok: false, seconds: 3 }] });
    expect(verdictOf(facts({ ...good, snapshots: [drilled] })).word).toBe('attention');
  });

  it('names the newest drill that went well', () => {
    const drills = [
      { time: ago(3), ok: true, seconds: 9 },
      { time: ago(2), ok: true, seconds: 8 },
    ];
    expect(verdictOf(facts({ snapshots: [snapshot(4, { drills })] })).drill).toMatchObject({ seconds: 8 });
  });
});

describe('what needs attention', () => {
  it('forgets a failure that the same work has made good', () => {
    expect(concernsOf(facts({ jobs: [job('FINISHED', 1), job('FAILED', 2)] }))).toEqual([]);
    expect(concernsOf(facts({ jobs: [job('FAILED', 1), job('FINISHED', 2)] }))).toMatchObject([{ kind: 'job' }]);
    expect(concernsOf(facts({ jobs: [job('FAILED', 9)] }))).toEqual([]);
  });

  it('asks for a check of a vault that is old and was not checked for five weeks', () => {
    const vault = { name: 'main', checkOk: true, checked: ago(40) } as VaultAnswer;
    expect(concernsOf(facts({ vaults: [vault] }))).toMatchObject([{ kind: 'vault-unchecked' }]);
    expect(concernsOf(facts({ vaults: [{ ...vault, checked: null }], snapshots: [snapshot(2)] }))).toEqual([]);
    expect(concernsOf(facts({ vaults: [{ ...vault, checked: null }], snapshots: [snapshot(50)] }))).toHaveLength(1);
  });
});

describe('the forecast', () => {
  it('counts what came after the first snapshot of each site, over the days that there were', () => {
    const all = [snapshot(1), snapshot(5), snapshot(10)];
    expect(addedPerDay(all, now)).toBe(200);
    expect(addedPerDay([snapshot(1), snapshot(3)], now)).toBeNull();
    expect(addedPerDay([], now)).toBeNull();
  });

  it('says nothing of disks that are not known, do not fill, or last longer than anybody looks', () => {
    expect(daysUntilFull(null, 10)).toBeNull();
    expect(daysUntilFull(1000, 0)).toBeNull();
    expect(daysUntilFull(1000, 100)).toBe(10);
    expect(daysUntilFull(1e12, 1)).toBeNull();
  });
});
