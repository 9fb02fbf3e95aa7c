import type { NewScheduleBody, ScheduleAnswer } from '#server/contract/schedule-contract.ts';

/** A schedule as it is sent back. */
export function bodyOf({ name, site, vault, enabled, cron, timeZone, settings }: ScheduleAnswer): NewScheduleBody {
  return { ...settings, name, site, vault, enabled, cron, timeZone };
}
