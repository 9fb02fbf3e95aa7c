import type { Queries } from '#control/control-database.ts';
import type { Job } from '#control/jobs/job.ts';
import { type JobRow, jobOf } from '#control/jobs/job-row.ts';
import { noteDelivery, readChannel } from '#control/notifications/channels.ts';
import { deliverNext, enqueue } from '#control/notifications/outbox.ts';
import {
  listScheduleRows,
  noteScheduleEnd,
  readSchedule,
  type ScheduleRow,
  takeOverdueTelling,
} from '#control/schedules/schedules.ts';
import type { Application } from '../application.ts';
import { requestJob } from '../jobs/request-job.ts';
import { systemCaller } from '../jobs/system-caller.ts';
import type { ScheduleSettings } from '../schedules/schedule.ts';
import { isOverdue } from '../schedules/schedule-service.ts';
import { jobMessage, type NotificationMessage, overdueMessage } from './message.ts';
import { send } from './send.ts';

const tickMs = 2000;
const mostAttempts = 12;

/** Tells of what happened, again and again until it was told. Any number of servers; each thing is told once. Returns a function that ends it. */
export function startNotifier(app: Application): () => void {
  let isRunning = false;
  const tick = async () => {
    if (isRunning) return;
    isRunning = true;
    try {
      await concludeJobs(app);
      await lookForOverdue(app);
      await deliverAll(app);
    } catch (error) {
      app.log.warn({ reason: (error as Error).message }, 'could not look for what is to be told');
    } finally {
      isRunning = false;
    }
  };
  const timer = setInterval(() => void tick(), tickMs);
  void tick();
  return () => clearInterval(timer);
}

/** What follows from the end of jobs: the schedule knows it, messages wait in the outbox; all in one transaction with the mark that it was done. */
export async function concludeJobs(app: Application): Promise<void> {
  for (;;) {
    const concluded = await app.control.transaction(async (queries) => {
      const [row] = await queries.query<JobRow>(
        `SELECT * FROM jobs WHERE NOT notified AND state IN ('FINISHED', 'CANCELLED', 'FAILED') ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`,
      );
      if (!row) return null;
      const job = jobOf(row);
      await conclude(app, queries, job);
      await queries.query('UPDATE jobs SET notified = true WHERE id = $1', [job.id]);
      return job;
    });
    if (!concluded) return;
    await followUp(app, concluded);
  }
}

async function conclude(app: Application, queries: Queries, job: Job): Promise<void> {
  const schedule = job.scheduleId ? await readSchedule(queries, job.scheduleId) : null;
  const now = app.now();
  // Whoever cancelled it knows; a schedule that was cancelled has not succeeded.
  const state = job.state === 'FINISHED' ? (job.warnings > 0 ? 'warning' : 'ok') : 'failed';
  if (schedule) await noteScheduleEnd(queries, schedule.id, state, job.finished ?? now);
  if (job.state === 'CANCELLED') return;
  const isRecovery =
    state !== 'failed' && schedule !== null && (schedule.lastState === 'failed' || schedule.overdueTold !== null);
  const event = state === 'failed' ? 'failure' : state === 'warning' ? 'warning' : 'success';
  // What follows a backup by itself is told of only when something is amiss.
  const isFollowUp =
    (schedule?.settings as ScheduleSettings | undefined)?.kind === 'backup' && (job.type === 'retention' || job.type === 'prune');
  if (isFollowUp && event === 'success') return;
  await enqueue(queries, event, job.site, jobMessage(app, event, job, schedule), now);
  if (isRecovery) await enqueue(queries, 'recovered', job.site, jobMessage(app, 'recovered', job, schedule), now);
}

/** After a good snapshot its schedule's rules of retention are applied, and then what nobody needs is removed, as the schedule says. */
async function followUp(app: Application, job: Job): Promise<void> {
  if (job.state !== 'FINISHED' || !job.scheduleId || !job.vault) return;
  const schedule = await readSchedule(app.control, job.scheduleId);
  const settings = schedule?.settings as ScheduleSettings | undefined;
  if (!schedule || !settings || schedule.vault === null) return;
  const extra = { scheduleId: schedule.id };
  try {
    if (job.type === 'snapshot' && settings.retention) {
      const site = job.site ?? undefined;
      await requestJob(
        app,
        systemCaller,
        { type: 'retention', vault: schedule.vault, rules: settings.retention, ...(site ? { site } : {}) },
        extra,
      );
    }
    const isLast = job.type === 'retention' || (job.type === 'snapshot' && !settings.retention);
    if (isLast && settings.prune) await requestJob(app, systemCaller, { type: 'prune', vault: schedule.vault }, extra);
  } catch (error) {
    app.log.error(
      { schedule: schedule.id, reason: (error as Error).message },
      'could not go on with a schedule after its backup',
    );
  }
}

/** Tells once that a schedule is overdue, until it has succeeded again. */
export async function lookForOverdue(app: Application): Promise<void> {
  for (const row of await listScheduleRows(app.control)) {
    if (row.overdueTold !== null || !isOverdue(row, app.now())) continue;
    if (!(await takeOverdueTelling(app.control, row.id, app.now()))) continue;
    app.log.warn({ schedule: row.id, name: row.name }, 'a schedule is overdue');
    await enqueue(app.control, 'overdue', row.site, overdueMessage(app, row), app.now());
  }
}

/** The start of a run, for those that watch how long it takes. */
export async function tellStart(app: Application, job: Job, schedule: ScheduleRow): Promise<void> {
  await enqueue(app.control, 'start', job.site, jobMessage(app, 'start', job, schedule), app.now(), { kind: 'ping' });
}

export async function deliverAll(app: Application): Promise<void> {
  let isMore = true;
  while (isMore) {
    isMore = await deliverNext(app.control, app.now(), mostAttempts, async ({ channelId, message, attempts }) => {
      const channel = await readChannel(app.control, channelId);
      if (!channel?.enabled) return null;
      try {
        await send(app, channel, message as unknown as NotificationMessage);
        await noteDelivery(app.control, channelId, null, app.now());
        return null;
      } catch (error) {
        const reason = (error as Error).message;
        await noteDelivery(app.control, channelId, reason, app.now());
        app.log.warn({ channel: channel.name, attempt: attempts + 1, reason }, 'a notification could not be delivered');
        return reason;
      }
    });
  }
}
