import type { JobAnswer } from '#server/contract/job-contract.ts';
import type { ScheduleAnswer } from '#server/contract/schedule-contract.ts';
import type { SnapshotAnswer, VaultAnswer } from '#server/contract/vault-contract.ts';
import type { Tone } from '../parts/state.tsx';

/** What the first screen rests on; all of it is what the server said. */
export interface Facts {
  schedules: readonly ScheduleAnswer[];
  /** The newest first. */
  snapshots: readonly SnapshotAnswer[];
  /** The newest first. */
  jobs: readonly JobAnswer[];
  vaults: readonly VaultAnswer[];
  /** Days until a disk of a vault is full, by vault, where that can be said. */
  fullIn: ReadonlyMap<string, number>;
  now: number;
}

export type VerdictWord = 'protected' | 'attention' | 'overdue' | 'failing' | 'unscheduled' | 'unprotected' | 'running';

export interface Verdict {
  tone: Tone;
  word: VerdictWord;
  isRunning: boolean;
  lastGood: SnapshotAnswer | null;
  nextRun: string | null;
  drill: SnapshotAnswer['drills'][number] | null;
}

export type Concern =
  | { kind: 'schedule'; schedule: ScheduleAnswer }
  | { kind: 'job'; job: JobAnswer }
  | { kind: 'vault-damaged' | 'vault-unchecked'; vault: VaultAnswer }
  | { kind: 'disk'; vault: string; days: number }
  | { kind: 'drill-failed'; snapshot: SnapshotAnswer };

const dayMs = 86_400_000;
const concernDays = 7;
const checkDays = 35;
const diskDays = 30;

/** The state of things in one word: the worst that is true, and never better than what was proven. */
export function verdictOf(facts: Facts): Verdict {
  const backups = facts.schedules.filter(({ settings, enabled }) => settings.kind === 'backup' && enabled);
  const lastGood = facts.snapshots.find(({ scope, repaired }) => scope === 'site' && !repaired) ?? null;
  const drills = facts.snapshots.flatMap((one) => one.drills.filter(({ ok }) => ok));
  const isRunning = facts.jobs.some(({ type, state }) => isBackup(type) && (state === 'PROCESSING' || state === 'COMPLETING'));
  const common = {
    isRunning,
    lastGood,
    nextRun:
      backups
        .flatMap(({ nextRuns }) => nextRuns.slice(0, 1))
        .sort()
        .at(0) ?? null,
    drill: drills.sort((a, b) => (a.time < b.time ? 1 : -1)).at(0) ?? null,
  };
  const say = (tone: Tone, word: VerdictWord): Verdict => ({ tone, word, ...common });
  if (backups.some(({ state }) => state === 'failing')) return say('failed', 'failing');
  if (backups.some(({ state }) => state === 'overdue')) return say('failed', 'overdue');
  if (lastGood === null) return isRunning ? say('running', 'running') : say('warning', 'unprotected');
  if (concernsOf(facts).length > 0) return say('warning', 'attention');
  if (backups.length === 0) return say('warning', 'unscheduled');
  return isRunning ? say('running', 'running') : say('ok', 'protected');
}

/** What somebody should look at, the worst first. A failure that the same work has made good since is none. */
export function concernsOf({ schedules, snapshots, jobs, vaults, fullIn, now }: Facts): Concern[] {
  const amiss = schedules.filter(({ state }) => state === 'overdue' || state === 'failing' || state === 'warning');
  const ofAmiss = new Set(amiss.map(({ id }) => id));
  const latest = new Set<string>();
  const failed: JobAnswer[] = [];
  for (const job of jobs) {
    if (job.state !== 'FAILED' && job.state !== 'FINISHED') continue;
    const work = [job.type, job.site, job.vault, job.spaceKeys.join(',')].join('|');
    if (latest.has(work)) continue;
    latest.add(work);
    const isRecent = now - Date.parse(job.createdOn) < concernDays * dayMs;
    if (job.state === 'FAILED' && isRecent && !(job.scheduleId && ofAmiss.has(job.scheduleId))) failed.push(job);
  }
  const unproven = snapshots.filter(({ drills }) => drills.at(-1)?.ok === false);
  return [
    ...amiss.map((schedule): Concern => ({ kind: 'schedule', schedule })),
    ...vaults.filter(({ checkOk }) => checkOk === false).map((vault): Concern => ({ kind: 'vault-damaged', vault })),
    ...unproven.map((snapshot): Concern => ({ kind: 'drill-failed', snapshot })),
    ...[...fullIn].filter(([, days]) => days < diskDays).map(([vault, days]): Concern => ({ kind: 'disk', vault, days })),
    ...failed.slice(0, 5).map((job): Concern => ({ kind: 'job', job })),
    ...vaults
      .filter((one) => one.checkOk !== false && isUnchecked(one, snapshots, now))
      .map((vault): Concern => ({ kind: 'vault-unchecked', vault })),
  ];
}

/** Not checked for five weeks, and in use for as long. */
function isUnchecked(vault: VaultAnswer, snapshots: readonly SnapshotAnswer[], now: number): boolean {
  const due = now - checkDays * dayMs;
  if (vault.checked !== null) return Date.parse(vault.checked) < due;
  return snapshots.some((one) => one.vault === vault.name && Date.parse(one.time) < due);
}

function isBackup(type: string): boolean {
  return type === 'snapshot' || type === 'site-backup';
}
