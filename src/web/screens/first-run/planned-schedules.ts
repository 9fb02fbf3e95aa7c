import type { NewScheduleBody, ScheduleAnswer } from '#server/contract/schedule-contract.ts';
import { bodyOf } from '../schedules/schedule-body.ts';

export type PlannedKind = 'drill' | 'check' | 'backup';

/** One of the three schedules that keep a site safe: it is on, it stands ready and is switched on, or it is added. */
export interface PlannedSchedule {
  kind: PlannedKind;
  /** The one that is there. */
  found: ScheduleAnswer | null;
  body: NewScheduleBody;
}

/** The texts of the guide say these times in words. */
const crons: Record<PlannedKind, string> = { backup: '0 2 * * *', check: '0 4 * * 0', drill: '0 5 * * 0' };
const keep = { last: 0, hourly: 0, daily: 14, weekly: 8, monthly: 12, yearly: 0, tags: [] };

/** The backup comes last: when it is on, the others are, whatever went wrong between. */
export function plannedSchedules(
  schedules: readonly ScheduleAnswer[],
  { site, vault, timeZone, names }: { site: string; vault: string; timeZone: string; names: Record<PlannedKind, string> },
): PlannedSchedule[] {
  const kinds: PlannedKind[] = ['drill', 'check', 'backup'];
  return kinds.map((kind) => {
    const fitting = schedules.filter(
      (one) =>
        one.settings.kind === kind &&
        one.vault === vault &&
        (kind !== 'backup' || (one.site === site && one.settings.snapshot === true && !one.settings.spaceKeys?.length)),
    );
    const found = fitting.find(({ enabled }) => enabled) ?? fitting[0] ?? null;
    const common = { name: names[kind], kind, vault, enabled: true, cron: crons[kind], timeZone };
    const added: Record<PlannedKind, NewScheduleBody> = {
      drill: common,
      // A tenth of the data is read each week.
      check: { ...common, dataPercent: 10 },
      backup: { ...common, site, snapshot: true, tags: ['nightly'], retention: keep, prune: true },
    };
    return { kind, found, body: found ? { ...bodyOf(found), enabled: true } : added[kind] };
  });
}

/** What is left to be done. */
export function missingOf(planned: readonly PlannedSchedule[]): PlannedSchedule[] {
  return planned.filter(({ found }) => !found?.enabled);
}
