import { OxbowError } from '#base/errors.ts';
import {
  addSchedule,
  changeScheduleRow,
  countOpenRuns,
  listScheduleRows,
  readSchedule,
  removeScheduleRow,
  type ScheduleRow,
} from '#control/schedules/schedules.ts';
import type { Application } from '../application.ts';
import { findSite } from '../sites/registered-sites.ts';
import { findVault } from '../vaults/registered-vaults.ts';
import { nextTimes } from './cron-times.ts';
import type { NewSchedule, ScheduleSettings, ScheduleState } from './schedule.ts';

/** A due time may pass by so much, and by the time that a run takes, before the schedule is overdue. */
const graceMs = 60 * 60_000;

/** Errors: CRON_INVALID, TIME_ZONE_INVALID, SITE_UNKNOWN, VAULT_UNKNOWN, SCHEDULE_INCOMPLETE. */
export async function createSchedule(app: Application, wanted: NewSchedule): Promise<ScheduleRow> {
  return await addSchedule(app.control, await valuesOf(app, wanted, null), app.now());
}

/** Errors: SCHEDULE_UNKNOWN, and those of createSchedule. */
export async function changeSchedule(app: Application, id: string, wanted: NewSchedule): Promise<ScheduleRow> {
  const before = await findSchedule(app, id);
  const row = await changeScheduleRow(app.control, id, await valuesOf(app, wanted, before));
  if (!row) throw unknown(id);
  return row;
}

/** Jobs that it made stay. Errors: SCHEDULE_UNKNOWN. */
export async function removeSchedule(app: Application, id: string): Promise<void> {
  if (!(await removeScheduleRow(app.control, id))) throw unknown(id);
}

/** Errors: SCHEDULE_UNKNOWN. */
export async function findSchedule(app: Application, id: string): Promise<ScheduleRow> {
  const row = await readSchedule(app.control, id);
  if (!row) throw unknown(id);
  return row;
}

export async function listSchedules(app: Application): Promise<ScheduleRow[]> {
  return await listScheduleRows(app.control);
}

/** How a schedule fares. Overdue is told from times alone: it shows also when no server ran when it was due. */
export async function stateOf(app: Application, row: ScheduleRow): Promise<ScheduleState> {
  if (!row.enabled) return 'off';
  if ((await countOpenRuns(app.control, row.id)) > 0) return 'running';
  if (isOverdue(row, app.now())) return 'overdue';
  if (row.lastState === 'failed') return 'failing';
  if (row.lastState === 'warning') return 'warning';
  return row.lastState === 'ok' ? 'ok' : 'never-run';
}

/** A time was due after the last success, and more than the grace is over since. */
export function isOverdue(row: ScheduleRow, now: Date): boolean {
  if (!row.enabled) return false;
  const since = [row.lastSuccess, row.enabledSince, row.created]
    .filter((date) => date !== null)
    .sort((a, b) => b.getTime() - a.getTime())[0];
  const [due] = nextTimes(row.cron, row.timeZone, since, 1);
  return due !== undefined && due.getTime() + graceMs < now.getTime();
}

export function nextRunsOf(row: ScheduleRow, now: Date, count: number): Date[] {
  return row.enabled ? nextTimes(row.cron, row.timeZone, now, count) : [];
}

async function valuesOf(app: Application, wanted: NewSchedule, before: ScheduleRow | null) {
  const { name, site = null, vault = null, enabled, cron, timeZone, ...settings } = wanted;
  if (site !== null) await findSite(app, site);
  if (vault !== null) await findVault(app, vault);
  if (settings.otherVault) await findVault(app, settings.otherVault);
  mustBeComplete(site, vault, settings);
  const now = app.now();
  const [next] = nextTimes(cron, timeZone, now, 1);
  if (enabled && !next) throw incomplete('The cron expression names no time to come.');
  return {
    name,
    site,
    vault,
    enabled,
    cron,
    timeZone,
    settings: { ...settings },
    nextRun: enabled ? next : null,
    enabledSince: enabled ? (before?.enabled ? before.enabledSince : now) : null,
  };
}

function mustBeComplete(site: string | null, vault: string | null, settings: ScheduleSettings): void {
  if (settings.kind === 'backup') {
    if (site === null) throw incomplete('A backup needs a site.');
    if (!settings.snapshot && !settings.xml) throw incomplete('Choose a snapshot, an XML backup, or both.');
    if (settings.snapshot && vault === null) throw incomplete('A snapshot needs a vault.');
  } else if (vault === null) throw incomplete('This needs a vault.');
  if (settings.kind === 'copy' && !settings.otherVault) throw incomplete('A copy needs a second vault.');
}

function incomplete(message: string): OxbowError {
  return new OxbowError('SCHEDULE_INCOMPLETE', message, { hint: 'Complete the schedule.' });
}

function unknown(id: string): OxbowError {
  return new OxbowError('SCHEDULE_UNKNOWN', `There is no schedule ${id.slice(0, 20)}.`, { hint: 'It may have been removed.' });
}
