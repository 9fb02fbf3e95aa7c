import type { Job } from '#control/jobs/job.ts';
import type { ScheduleRow } from '#control/schedules/schedules.ts';
import type { Application } from '../application.ts';

/** What is told: never a secret. */
export interface NotificationMessage {
  event: string;
  title: string;
  /** Whole sentences, one a line. */
  text: string;
  site: string | null;
  jobId: string | null;
  jobType: string | null;
  scheduleId: string | null;
  schedule: string | null;
  /** Of the job or the schedule, for people. */
  url: string;
  /** ISO. */
  time: string;
}

const names: Record<string, string> = {
  'site-backup': 'Site backup',
  'space-backup': 'Space backup',
  'site-restore': 'Site restore',
  'space-restore': 'Space restore',
  snapshot: 'Snapshot',
  import: 'Import',
  export: 'Export',
  'restore-snapshot': 'Restore of a snapshot',
  check: 'Check of the vault',
  repair: 'Repair of the vault',
  prune: 'Prune',
  retention: 'Retention',
  drill: 'Drill',
  copy: 'Copy to a second vault',
  compare: 'Compare',
  inspect: 'Inspection of a backup',
  rollback: 'Rollback',
};

export function jobMessage(app: Application, event: string, job: Job, schedule: ScheduleRow | null): NotificationMessage {
  const what = names[job.type] ?? job.type;
  const where = job.site ? ` of ${job.site}` : job.vault ? ` of the vault ${job.vault}` : '';
  const how =
    {
      success: 'succeeded',
      recovered: 'succeeded again',
      warning: 'finished with warnings',
      failure: 'FAILED',
      start: 'started',
    }[event] ?? event;
  const seconds = job.started && job.finished ? Math.round((job.finished.getTime() - job.started.getTime()) / 1000) : null;
  const lines = [
    `${what}${where} ${how}.`,
    ...(job.error ? [job.error.message, ...(job.error.hint ? [`What to do: ${job.error.hint}`] : [])] : []),
    ...(job.warnings > 0 ? [`${job.warnings} warnings; the job lists them.`] : []),
    ...(job.file?.exists ? [`File: ${job.file.name}`] : []),
    ...(seconds !== null ? [`It took ${seconds} s.`] : []),
    ...(schedule ? [`Schedule: ${schedule.name}`] : []),
  ];
  return {
    event,
    title: `${event === 'failure' ? '[FAILED] ' : ''}${what}${where} ${how}`,
    text: lines.join('\n'),
    site: job.site,
    jobId: job.id,
    jobType: job.type,
    scheduleId: schedule?.id ?? null,
    schedule: schedule?.name ?? null,
    url: `${app.config.baseUrl}/jobs/${job.id}`,
    time: app.now().toISOString(),
  };
}

export function overdueMessage(app: Application, schedule: ScheduleRow): NotificationMessage {
  const last = schedule.lastSuccess ? `It last succeeded on ${schedule.lastSuccess.toISOString()}.` : 'It has never succeeded.';
  return {
    event: 'overdue',
    title: `[OVERDUE] ${schedule.name}${schedule.site ? ` of ${schedule.site}` : ''}`,
    text: [
      `The schedule "${schedule.name}" is overdue: its time came, and no run has succeeded since.`,
      last,
      ...(schedule.lastNote ? [schedule.lastNote] : []),
      'What to do: look whether the server runs and what its last jobs say.',
    ].join('\n'),
    site: schedule.site,
    jobId: null,
    jobType: null,
    scheduleId: schedule.id,
    schedule: schedule.name,
    url: `${app.config.baseUrl}/schedules`,
    time: app.now().toISOString(),
  };
}

export function testMessage(app: Application, name: string): NotificationMessage {
  return {
    event: 'test',
    title: 'Test of a notification',
    text: `This is a test of the channel "${name}" of Oxbow. If you can read this, it works.`,
    site: null,
    jobId: null,
    jobType: null,
    scheduleId: null,
    schedule: null,
    url: app.config.baseUrl,
    time: app.now().toISOString(),
  };
}
