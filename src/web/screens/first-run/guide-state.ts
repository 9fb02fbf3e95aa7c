import type { JobAnswer } from '#server/contract/job-contract.ts';
import type { ScheduleAnswer } from '#server/contract/schedule-contract.ts';
import type { SnapshotAnswer } from '#server/contract/vault-contract.ts';
import type { SiteSummary } from '../../api/queries.ts';

export const stepNames = ['site', 'vault', 'backup', 'drill', 'schedule'] as const;
export type StepName = (typeof stepNames)[number];
/** later: one before it is not done yet. */
export type StepState = 'done' | 'open' | 'running' | 'failed' | 'later';

/** What the server said, and what was chosen here where there are several. */
export interface Known {
  sites: readonly SiteSummary[];
  vaults: readonly string[];
  /** The newest first. */
  snapshots: readonly SnapshotAnswer[];
  /** The newest first. */
  jobs: readonly JobAnswer[];
  schedules: readonly ScheduleAnswer[];
  site: string | null;
  vault: string | null;
  now: number;
}

export interface GuideState {
  site: string | null;
  vault: string | null;
  /** A whole one of the site in the vault; one that a drill has proven before all others. */
  snapshot: SnapshotAnswer | null;
  proof: SnapshotAnswer['drills'][number] | null;
  /** Backs the site up every so often. */
  schedule: ScheduleAnswer | null;
  /** The newest of its kind. */
  backupJob: JobAnswer | null;
  drillJob: JobAnswer | null;
  steps: Record<StepName, StepState>;
  /** Null: all of them are done. */
  current: StepName | null;
}

const running = new Set(['QUEUED', 'PROCESSING', 'COMPLETING', 'CANCELLING']);
/** A job that has just finished is told of before the snapshots are read anew. */
const settleMs = 10_000;

/** Whether a backup has been proven and others will follow: then nobody needs to be guided. */
export function isProtected(snapshots: readonly SnapshotAnswer[], schedules: readonly ScheduleAnswer[]): boolean {
  return snapshots.some((one) => isWhole(one) && proofOf(one) !== null) && schedules.some(isBackingUp);
}

/** How far somebody is from nothing to a verified backup, out of what the server knows alone: it is the same after a reload, and on another machine. */
export function guideStateOf(known: Known): GuideState {
  const { schedules, jobs, now } = known;
  const snapshots = known.snapshots.filter(isWhole);
  const site = pickSite(known, snapshots);
  const vault = pickVault(known, snapshots, site);
  const own = snapshots.filter((one) => one.site === site && one.vault === vault);
  const proven = own.find((one) => proofOf(one) !== null);
  const snapshot = proven ?? own[0] ?? null;
  const proof = proven ? proofOf(proven) : null;
  const schedule = schedules.find((one) => one.site === site && isBackingUp(one)) ?? null;
  const backupJob =
    jobs.find((one) => one.type === 'snapshot' && one.site === site && one.vault === vault && one.spaceKeys.length === 0) ?? null;
  const drillJob =
    jobs.find((one) => one.type === 'drill' && one.vault === vault && snapshot !== null && isOf(one, snapshot)) ?? null;
  const states: Record<StepName, StepState> = {
    site: site === null ? 'open' : 'done',
    vault: vault === null ? 'open' : 'done',
    backup: snapshot ? 'done' : stateOf(backupJob, now),
    drill: proof ? 'done' : stateOf(drillJob, now),
    schedule: schedule ? 'done' : 'open',
  };
  const current = stepNames.find((name) => states[name] !== 'done') ?? null;
  const at = current === null ? stepNames.length : stepNames.indexOf(current);
  const steps = Object.fromEntries(
    stepNames.map((name, i) => [name, i > at && states[name] !== 'done' ? 'later' : states[name]]),
  ) as Record<StepName, StepState>;
  return { site, vault, snapshot, proof, schedule, backupJob, drillJob, steps, current };
}

function isWhole({ scope, repaired }: SnapshotAnswer): boolean {
  return scope === 'site' && !repaired;
}

function proofOf({ drills }: SnapshotAnswer): SnapshotAnswer['drills'][number] | null {
  return drills.findLast(({ ok }) => ok) ?? null;
}

function isBackingUp({ enabled, settings }: ScheduleAnswer): boolean {
  return enabled && settings.kind === 'backup' && settings.snapshot === true && !settings.spaceKeys?.length;
}

/** A drill names its snapshot, or meant the newest one of its time. */
function isOf({ request, createdOn }: JobAnswer, { id, time }: SnapshotAnswer): boolean {
  return request.snapshot === undefined || request.snapshot === 'latest' ? createdOn >= time : request.snapshot === id;
}

function stateOf(job: JobAnswer | null, now: number): StepState {
  if (job === null) return 'open';
  if (running.has(job.state)) return 'running';
  if (job.state === 'FAILED') return 'failed';
  const isSettling = job.state === 'FINISHED' && job.finishedOn !== null && now - Date.parse(job.finishedOn) < settleMs;
  return isSettling ? 'running' : 'open';
}

/** Chosen, or else what was begun with, or else the usual one. */
function pickSite({ sites, jobs, site }: Known, snapshots: readonly SnapshotAnswer[]): string | null {
  const begun = [
    snapshots.find((one) => proofOf(one) !== null)?.site,
    snapshots[0]?.site,
    jobs.find(({ type }) => type === 'snapshot')?.site,
    sites.find(({ isDefault }) => isDefault)?.name,
    sites[0]?.name,
  ];
  return [site, ...begun].find((name) => sites.some((one) => one.name === name)) ?? null;
}

function pickVault({ vaults, jobs, vault }: Known, snapshots: readonly SnapshotAnswer[], site: string | null): string | null {
  const own = snapshots.filter((one) => one.site === site);
  const begun = [
    own.find((one) => proofOf(one) !== null)?.vault,
    own[0]?.vault,
    jobs.find((one) => one.type === 'snapshot' && one.site === site)?.vault,
    vaults[0],
  ];
  return [vault, ...begun].find((name) => name != null && vaults.includes(name)) ?? null;
}
