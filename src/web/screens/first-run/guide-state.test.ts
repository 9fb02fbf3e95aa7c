import { describe, expect, it } from 'vitest';
import type { JobAnswer } from '#server/contract/job-contract.ts';
import type { ScheduleAnswer } from '#server/contract/schedule-contract.ts';
import type { SnapshotAnswer } from '#server/contract/vault-contract.ts';
import { guideStateOf, isProtected, type Known } from './guide-state.ts';

const now = Date.parse('2026-03-10T12:00:00Z');
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();
const site = (name: string, isDefault = false) => ({ name, isDefault, upgradingSince: null });
const snapshot = (more: Partial<SnapshotAnswer> = {}) =>
  ({
    vault: 'main',
    id: 's1',
    site: 'wiki',
    scope: 'site',
    repaired: false,
    time: ago(60),
    drills: [],
    ...more,
  }) as SnapshotAnswer;
const drilled = (ok: boolean) => [{ time: ago(30), ok, seconds: 3 }];
const job = (type: string, state: string, more: Partial<JobAnswer> = {}) =>
  ({
    id: '1',
    type,
    site: type === 'snapshot' ? 'wiki' : null,
    vault: 'main',
    state,
    spaceKeys: [],
    createdOn: ago(50),
    finishedOn: ago(2),
    request: {},
    ...more,
  }) as unknown as JobAnswer;
const schedule = (more: object = {}) =>
  ({
    id: '7',
    site: 'wiki',
    vault: 'main',
    enabled: true,
    settings: { kind: 'backup', snapshot: true },
    ...more,
  }) as ScheduleAnswer;
const known = (given: Partial<Known> = {}): Known => ({
  sites: [site('wiki', true)],
  vaults: ['main'],
  snapshots: [],
  jobs: [],
  schedules: [],
  site: null,
  vault: null,
  now,
  ...given,
});
const stepsOf = (given: Partial<Known>) => Object.values(guideStateOf(known(given)).steps).join(' ');

describe('how far the first run is', () => {
  it('goes from nothing to protected, one step after the other', () => {
    expect(stepsOf({ sites: [], vaults: [] })).toBe('open later later later later');
    expect(stepsOf({ vaults: [] })).toBe('done open later later later');
    expect(stepsOf({})).toBe('done done open later later');
    expect(stepsOf({ jobs: [job('snapshot', 'PROCESSING')] })).toBe('done done running later later');
    expect(stepsOf({ snapshots: [snapshot()] })).toBe('done done done open later');
    expect(stepsOf({ snapshots: [snapshot()], jobs: [job('drill', 'QUEUED')] })).toBe('done done done running later');
    const proven = [snapshot({ drills: drilled(true) })];
    expect(stepsOf({ snapshots: proven })).toBe('done done done done open');
    const all = known({ snapshots: proven, schedules: [schedule()] });
    expect(guideStateOf(all).current).toBeNull();
    expect(isProtected(all.snapshots, all.schedules)).toBe(true);
  });

  it('stays at a step that failed, until it is tried again', () => {
    expect(stepsOf({ jobs: [job('snapshot', 'FAILED')] })).toBe('done done failed later later');
    expect(stepsOf({ jobs: [job('snapshot', 'RUNNING'), job('snapshot', 'FAILED')] })).toBe('done done open later later');
    expect(stepsOf({ jobs: [job('snapshot', 'CANCELLED')] })).toBe('done done open later later');
    const tried = { snapshots: [snapshot({ drills: drilled(false) })], jobs: [job('drill', 'FAILED')] };
    expect(stepsOf(tried)).toBe('done done done failed later');
    expect(isProtected(tried.snapshots, [schedule()])).toBe(false);
  });

  it('does not offer a step anew between the end of its job and the news of its snapshot', () => {
    expect(stepsOf({ jobs: [job('snapshot', 'FINISHED')] })).toBe('done done running later later');
    expect(stepsOf({ jobs: [job('snapshot', 'FINISHED', { finishedOn: ago(60) })] })).toBe('done done open later later');
  });

  it('takes no snapshot of some spaces, and no drill of another snapshot, for the real thing', () => {
    expect(stepsOf({ snapshots: [snapshot({ scope: 'spaces' })] })).toBe('done done open later later');
    expect(stepsOf({ snapshots: [snapshot({ repaired: true })] })).toBe('done done open later later');
    const other = job('drill', 'FAILED', { request: { snapshot: 's0' } });
    expect(stepsOf({ snapshots: [snapshot()], jobs: [other] })).toBe('done done done open later');
    expect(stepsOf({ snapshots: [snapshot()], jobs: [job('drill', 'FAILED', { createdOn: ago(600) })] })).toBe(
      'done done done open later',
    );
  });

  it('is of the site that was chosen, else of the one that was begun with, else of the usual one', () => {
    const sites = [site('demo'), site('wiki', true)];
    const ofDemo = [snapshot({ site: 'demo' })];
    expect(guideStateOf(known({ sites })).site).toBe('wiki');
    expect(guideStateOf(known({ sites, snapshots: ofDemo })).site).toBe('demo');
    expect(guideStateOf(known({ sites, snapshots: ofDemo, site: 'wiki' })).steps.backup).toBe('open');
    expect(guideStateOf(known({ sites, site: 'gone' })).site).toBe('wiki');
    expect(guideStateOf(known({ vaults: ['main', 'other'], snapshots: [snapshot({ vault: 'other' })] })).vault).toBe('other');
  });
});
