import { isOxbowError } from '#base/errors.ts';
import { countOpenRuns, dueSchedules, noteScheduleRun, type ScheduleRow, takeDueTime } from '#control/schedules/schedules.ts';
import type { Application } from '../application.ts';
import type { JobRequest } from '../jobs/job-request.ts';
import { requestJob } from '../jobs/request-job.ts';
import { systemCaller } from '../jobs/system-caller.ts';
import { tellStart } from '../notifications/notifier.ts';
import { nextTimes } from './cron-times.ts';
import type { ScheduleSettings } from './schedule.ts';

const tickMs = 5000;
/** Later than this a run counts as missed: the server was down. */
const lateMs = 5 * 60_000;

/** Starts what is due, now and then; several servers start each run once. Returns a function that ends it. */
export function startScheduler(app: Application): () => void {
  let isRunning = false;
  const tick = async () => {
    if (isRunning) return;
    isRunning = true;
    try {
      await runDueSchedules(app);
    } catch (error) {
      app.log.warn({ reason: (error as Error).message }, 'could not look for schedules that are due');
    } finally {
      isRunning = false;
    }
  };
  const timer = setInterval(() => void tick(), tickMs);
  void tick();
  return () => clearInterval(timer);
}

/** What is due by now. After a downtime a schedule runs once, however many times were missed, or not at all, as it says. */
export async function runDueSchedules(app: Application): Promise<void> {
  const now = app.now();
  for (const row of await dueSchedules(app.control, now)) {
    const due = row.nextRun!;
    const [next] = nextTimes(row.cron, row.timeZone, now, 1);
    if (!(await takeDueTime(app.control, row.id, due, next ?? null))) continue;
    const settings = row.settings as unknown as ScheduleSettings;
    const isMissed = now.getTime() - due.getTime() > lateMs;
    if (isMissed && settings.catchUp === 'skip') {
      await noteScheduleRun(app.control, row.id, `The run of ${due.toISOString()} was missed: no server was running.`, null);
      continue;
    }
    await runSchedule(app, row, isMissed ? 'caught up' : 'on time');
  }
}

/** Makes the jobs of a schedule, unless those of its last run are not over: they do not pile up. Returns their ids. */
export async function runSchedule(app: Application, row: ScheduleRow, how: string): Promise<string[]> {
  if ((await countOpenRuns(app.control, row.id)) > 0) {
    await noteScheduleRun(app.control, row.id, 'Skipped: the run before is not over yet.', null);
    return [];
  }
  const ids: string[] = [];
  try {
    for (const request of requestsOf(row)) {
      const job = await requestJob(app, systemCaller, request, { scheduleId: row.id });
      ids.push(job.id);
      if (ids.length === 1) await tellStart(app, job, row);
    }
    await noteScheduleRun(app.control, row.id, `Started (${how}).`, app.now());
    app.log.info({ schedule: row.id, name: row.name, jobs: ids }, 'a schedule was started');
  } catch (error) {
    const message = isOxbowError(error) ? error.message : 'A defect of Oxbow.';
    await noteScheduleRun(app.control, row.id, `Could not start: ${message}`, null);
    await app.control.query(
      `UPDATE schedules SET last_state = CASE WHEN $3 THEN last_state ELSE 'failed' END, last_failure = $2 WHERE id = $1`,
      [row.id, app.now(), ids.length > 0],
    );
    app.log.error({ schedule: row.id, name: row.name, reason: (error as Error).message }, 'a schedule could not be started');
  }
  return ids;
}

/** The jobs of one run, in the order in which they are to happen. */
export function requestsOf(row: ScheduleRow): JobRequest[] {
  const settings = row.settings as unknown as ScheduleSettings;
  const { site, vault } = row;
  const spaceKeys = settings.spaceKeys?.length ? settings.spaceKeys : undefined;
  if (settings.kind !== 'backup') {
    return [{ type: settings.kind, vault: vault!, dataPercent: settings.dataPercent, otherVault: settings.otherVault }];
  }
  const requests: JobRequest[] = [];
  if (settings.snapshot) requests.push({ type: 'snapshot', site: site!, vault: vault!, spaceKeys, tags: settings.tags });
  if (settings.xml) {
    const file = { site: site!, keepPermanently: settings.keepPermanently === true, fileNamePrefix: settings.fileNamePrefix };
    requests.push(
      spaceKeys
        ? { type: 'space-backup', ...file, spaceKeys }
        : { type: 'site-backup', ...file, attachments: settings.attachments !== false },
    );
  }
  return requests;
}
