import type { Queries } from '../control-database.ts';

export interface ScheduleRow {
  id: string;
  name: string;
  site: string | null;
  vault: string | null;
  enabled: boolean;
  cron: string;
  timeZone: string;
  settings: Record<string, unknown>;
  created: Date;
  enabledSince: Date | null;
  nextRun: Date | null;
  lastDue: Date | null;
  lastNote: string | null;
  lastStarted: Date | null;
  lastSuccess: Date | null;
  lastFailure: Date | null;
  /** Of the last job that is over: ok, warning, failed. */
  lastState: string | null;
  overdueTold: Date | null;
}

const columns = `id, name, site, vault, enabled, cron, time_zone AS "timeZone", settings, created, enabled_since AS "enabledSince", next_run AS "nextRun",
  last_due AS "lastDue", last_note AS "lastNote", last_started AS "lastStarted", last_success AS "lastSuccess", last_failure AS "lastFailure",
  last_state AS "lastState", overdue_told AS "overdueTold"`;

export type ScheduleValues = Pick<
  ScheduleRow,
  'name' | 'site' | 'vault' | 'enabled' | 'cron' | 'timeZone' | 'settings' | 'nextRun' | 'enabledSince'
>;

export async function addSchedule(db: Queries, one: ScheduleValues, now: Date): Promise<ScheduleRow> {
  const [row] = await db.query<ScheduleRow>(
    `INSERT INTO schedules (name, site, vault, enabled, cron, time_zone, settings, next_run, enabled_since, created)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING ${columns}`,
    [
      one.name,
      one.site,
      one.vault,
      one.enabled,
      one.cron,
      one.timeZone,
      JSON.stringify(one.settings),
      one.nextRun,
      one.enabledSince,
      now,
    ],
  );
  return row;
}

export async function changeScheduleRow(db: Queries, id: string, one: ScheduleValues): Promise<ScheduleRow | null> {
  const [row] = await db.query<ScheduleRow>(
    `UPDATE schedules SET name = $2, site = $3, vault = $4, enabled = $5, cron = $6, time_zone = $7, settings = $8, next_run = $9, enabled_since = $10,
       overdue_told = NULL WHERE id = $1 RETURNING ${columns}`,
    [
      id,
      one.name,
      one.site,
      one.vault,
      one.enabled,
      one.cron,
      one.timeZone,
      JSON.stringify(one.settings),
      one.nextRun,
      one.enabledSince,
    ],
  );
  return row ?? null;
}

export async function readSchedule(db: Queries, id: string): Promise<ScheduleRow | null> {
  if (!/^\d{1,18}$/.test(id)) return null;
  const [row] = await db.query<ScheduleRow>(`SELECT ${columns} FROM schedules WHERE id = $1`, [id]);
  return row ?? null;
}

export async function listScheduleRows(db: Queries): Promise<ScheduleRow[]> {
  return await db.query<ScheduleRow>(`SELECT ${columns} FROM schedules ORDER BY name, id`);
}

export async function removeScheduleRow(db: Queries, id: string): Promise<boolean> {
  return (await db.query('DELETE FROM schedules WHERE id = $1 RETURNING id', [id])).length > 0;
}

export async function dueSchedules(db: Queries, now: Date): Promise<ScheduleRow[]> {
  return await db.query<ScheduleRow>(
    `SELECT ${columns} FROM schedules WHERE enabled AND next_run <= $1 ORDER BY next_run, id LIMIT 100`,
    [now],
  );
}

/** Of several servers exactly one moves the time on, and that one acts. */
export async function takeDueTime(db: Queries, id: string, seen: Date, next: Date | null): Promise<boolean> {
  const rows = await db.query(
    'UPDATE schedules SET next_run = $3, last_due = $2 WHERE id = $1 AND next_run = $2 AND enabled RETURNING id',
    [id, seen, next],
  );
  return rows.length > 0;
}

export async function noteScheduleRun(db: Queries, id: string, note: string, started: Date | null): Promise<void> {
  await db.query('UPDATE schedules SET last_note = $2, last_started = coalesce($3, last_started) WHERE id = $1', [
    id,
    note,
    started,
  ]);
}

/** One of the jobs of a run is over. A run of which one job failed has failed, whatever becomes of the others. */
export async function noteScheduleEnd(db: Queries, id: string, state: 'ok' | 'warning' | 'failed', time: Date): Promise<void> {
  await db.query(
    `UPDATE schedules SET last_state = $2, last_success = CASE WHEN $2 = 'failed' THEN last_success ELSE $3 END,
       last_failure = CASE WHEN $2 = 'failed' THEN $3 ELSE last_failure END, overdue_told = CASE WHEN $2 = 'failed' THEN overdue_told ELSE NULL END
     WHERE id = $1 AND ($2 = 'failed' OR last_failure IS NULL OR last_started IS NULL OR last_failure < last_started)`,
    [id, state, time],
  );
}

/** True for the one who may tell that it is overdue. */
export async function takeOverdueTelling(db: Queries, id: string, now: Date): Promise<boolean> {
  return (
    (await db.query('UPDATE schedules SET overdue_told = $2 WHERE id = $1 AND overdue_told IS NULL RETURNING id', [id, now]))
      .length > 0
  );
}

/** Jobs of the schedule that are not over. */
export async function countOpenRuns(db: Queries, id: string): Promise<number> {
  const [{ count }] = await db.query<{ count: string }>(
    `SELECT count(*) AS count FROM jobs WHERE schedule_id = $1 AND state IN ('QUEUED', 'PROCESSING', 'COMPLETING', 'CANCELLING')`,
    [id],
  );
  return Number(count);
}
