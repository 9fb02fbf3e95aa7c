import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpenApplication } from '#app/open-application.ts';
import { listJobs } from '#control/jobs/read-jobs.ts';
import { TestServer } from '../../../test/support/test-server.ts';
import { concludeJobs } from '../notifications/notifier.ts';
import { nextTimes } from './cron-times.ts';
import { cronInWords } from './cron-words.ts';
import type { NewSchedule } from './schedule.ts';
import { changeSchedule, createSchedule, findSchedule, removeSchedule, stateOf } from './schedule-service.ts';
import { runDueSchedules, runSchedule } from './scheduler.ts';

const iso = (dates: Date[]) => dates.map((date) => date.toISOString());

describe('the times of a cron expression', () => {
  it('are those of its time zone', () => {
    const after = new Date('2026-01-10T00:00:00Z');
    expect(iso(nextTimes('0 2 * * *', 'Europe/Berlin', after, 2))).toEqual([
      '2026-01-10T01:00:00.000Z',
      '2026-01-11T01:00:00.000Z',
    ]);
    expect(iso(nextTimes('0 0 2 * * ?', 'UTC', after, 1))).toEqual(['2026-01-10T02:00:00.000Z']);
    expect(iso(nextTimes('30 4 1 * *', 'America/New_York', after, 1))).toEqual(['2026-02-01T09:30:00.000Z']);
  });

  it('come once a night where clocks go forward over them, and once where they go back over them', () => {
    // In Berlin 02:30 does not exist on 29 March 2026, and happens twice on 25 October.
    const spring = nextTimes('30 2 * * *', 'Europe/Berlin', new Date('2026-03-27T12:00:00Z'), 3);
    expect(iso(spring)).toEqual([
      '2026-03-28T01:30:00.000Z',
      expect.stringMatching(/^2026-03-29T0[01]:/),
      '2026-03-30T00:30:00.000Z',
    ]);
    const autumn = nextTimes('30 2 * * *', 'Europe/Berlin', new Date('2026-10-24T12:00:00Z'), 3);
    expect(autumn.map((date) => date.toISOString().slice(0, 10))).toEqual(['2026-10-25', '2026-10-26', '2026-10-27']);
  });

  it('are refused when the expression or the zone is none, with the reason', () => {
    for (const cron of ['', 'x', '0 2 * *', '61 2 * * *', '0 0 2 * * * * *', '* * * * 9']) {
      expect(() => nextTimes(cron, 'UTC', new Date(), 1), cron).toThrow(expect.objectContaining({ code: 'CRON_INVALID' }));
    }
    expect(() => nextTimes('0 2 * * *', 'Europe/Atlantis', new Date(), 1)).toThrow(
      expect.objectContaining({ code: 'TIME_ZONE_INVALID' }),
    );
  });

  it('go on and on, whatever the expression', () => {
    const field = (low: number, high: number) => fc.oneof(fc.constant('*'), fc.integer({ min: low, max: high }).map(String));
    fc.assert(
      fc.property(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6), (minute, hour, day, month, weekday) => {
        const cron = [minute, hour, day, month, weekday].join(' ');
        const times = nextTimes(cron, 'Europe/Berlin', new Date('2026-06-01T00:00:00Z'), 3);
        for (const [i, time] of times.entries()) if (i > 0) expect(time.getTime()).toBeGreaterThan(times[i - 1].getTime());
        expect(cronInWords(cron)).not.toContain('undefined');
      }),
      { numRuns: 200 },
    );
  });

  it('are told in words', () => {
    const words: Record<string, string> = {
      '0 2 * * *': 'every day at 02:00',
      '0 0 2 * * ?': 'every day at 02:00',
      '30 1,13 * * *': 'every day at 01:30 and 13:30',
      '0 3 * * 1-5': 'every weekday at 03:00',
      '0 3 * * 0,SAT': 'every Sunday and Saturday at 03:00',
      '*/15 * * * *': 'every 15 minutes',
      '0 */6 * * *': 'every 6 hours',
      '0 4 1 * *': 'on day 1 of every month at 04:00',
      '0 4 L * *': 'on the last day of every month at 04:00',
      '0 4 1 1,7 *': 'on day 1 of January and July at 04:00',
      '1-5 2 * * *': 'by the cron expression 1-5 2 * * *',
    };
    for (const [cron, text] of Object.entries(words)) expect(cronInWords(cron)).toBe(text);
  });
});

describe('schedules', () => {
  let server: TestServer;
  let app: OpenApplication;
  let second: OpenApplication;
  let now: Date;

  beforeAll(async () => {
    server = await TestServer.open();
    app = await server.application({}, () => now);
    second = await server.application({}, () => now);
    now = new Date('2026-11-01T12:00:00Z');
    await server.site(app, 'wiki', 3);
    await server.vault(app, 'main');
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    now = new Date('2026-11-01T12:00:00Z');
    await app.control.query('DELETE FROM jobs');
    await app.control.query('DELETE FROM schedules');
  });

  const nightly: NewSchedule = {
    name: 'nightly',
    site: 'wiki',
    vault: 'main',
    kind: 'backup',
    enabled: true,
    cron: '0 2 * * *',
    timeZone: 'UTC',
    snapshot: true,
    tags: ['nightly'],
  };

  async function jobsOf(id: string) {
    return (await listJobs(app.control, { scheduleId: id, limit: 100 })).reverse();
  }

  /** As if the workers had done them. */
  async function end(state: 'FINISHED' | 'FAILED', warnings = 0): Promise<void> {
    await app.control.query(`UPDATE jobs SET state = $1, finished = $2, warnings = $3 WHERE state = 'QUEUED'`, [
      state,
      now,
      warnings,
    ]);
    await concludeJobs(app);
  }

  it('start their jobs when their time comes, once, however many servers look', async () => {
    const schedule = await createSchedule(app, nightly);
    await runDueSchedules(app);
    expect(await jobsOf(schedule.id)).toEqual([]);
    now = new Date('2026-11-02T02:00:03Z');
    await Promise.all([runDueSchedules(app), runDueSchedules(second), runDueSchedules(app)]);
    const jobs = await jobsOf(schedule.id);
    expect(jobs).toMatchObject([
      { type: 'snapshot', owner: 'system', realm: 'local', site: 'wiki', vault: 'main', parameters: { tags: ['nightly'] } },
    ]);
    expect((await findSchedule(app, schedule.id)).nextRun).toEqual(new Date('2026-11-03T02:00:00Z'));
    expect(await stateOf(app, await findSchedule(app, schedule.id))).toBe('running');
  });

  it('run once after a downtime, however many times were missed, or not at all, as they say', async () => {
    const once = await createSchedule(app, nightly);
    const never = await createSchedule(app, { ...nightly, name: 'never late', catchUp: 'skip' });
    now = new Date('2026-11-06T09:00:00Z');
    await runDueSchedules(app);
    expect(await jobsOf(once.id)).toHaveLength(1);
    expect(await jobsOf(never.id)).toEqual([]);
    expect((await findSchedule(app, never.id)).lastNote).toContain('was missed');
    expect((await findSchedule(app, once.id)).nextRun).toEqual(new Date('2026-11-07T02:00:00Z'));
    await runDueSchedules(app);
    expect(await jobsOf(once.id)).toHaveLength(1);
  });

  it('do not pile up: a run is skipped while the one before is not over', async () => {
    const schedule = await createSchedule(app, nightly);
    now = new Date('2026-11-02T02:00:03Z');
    await runDueSchedules(app);
    now = new Date('2026-11-03T02:00:03Z');
    await runDueSchedules(app);
    expect(await jobsOf(schedule.id)).toHaveLength(1);
    expect((await findSchedule(app, schedule.id)).lastNote).toContain('not over yet');
  });

  it('make a snapshot and an XML backup, of the site or of spaces, and apply their rules of retention after a success', async () => {
    const rules = { last: 3, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, tags: [] };
    const both = await createSchedule(app, { ...nightly, xml: true, attachments: false, retention: rules, prune: true });
    await runSchedule(app, both, 'test');
    expect((await jobsOf(both.id)).map(({ type }) => type)).toEqual(['snapshot', 'site-backup']);
    await end('FINISHED');
    expect((await jobsOf(both.id)).at(-1)).toMatchObject({
      type: 'retention',
      queue: 'vault:main',
      parameters: { rules, site: 'wiki' },
    });
    await end('FINISHED');
    expect((await jobsOf(both.id)).at(-1)).toMatchObject({ type: 'prune' });
    await end('FINISHED');
    expect(await jobsOf(both.id)).toHaveLength(4);
    await runSchedule(app, both, 'test');
    await end('FAILED');
    expect(await jobsOf(both.id)).toHaveLength(6);
  });

  it('say how they fare: off, never run, ok, with warnings, failing, overdue', async () => {
    const schedule = await createSchedule(app, { ...nightly, enabled: false });
    const state = async () => stateOf(app, await findSchedule(app, schedule.id));
    expect(await state()).toBe('off');
    await changeSchedule(app, schedule.id, nightly);
    expect(await state()).toBe('never-run');
    for (const [day, ending, warnings, expected] of [
      [2, 'FINISHED', 0, 'ok'],
      [3, 'FINISHED', 2, 'warning'],
      [4, 'FAILED', 0, 'failing'],
    ] as const) {
      now = new Date(Date.UTC(2026, 10, day, 2, 0, 5));
      await runDueSchedules(app);
      await end(ending, warnings);
      expect(await state()).toBe(expected);
    }
    // It failed on the fourth and nothing succeeded since: an hour after its time it is overdue.
    now = new Date('2026-11-04T03:30:00Z');
    expect(await state()).toBe('overdue');
    now = new Date('2026-11-05T02:00:05Z');
    await runDueSchedules(app);
    await end('FINISHED');
    expect(await state()).toBe('ok');
    // No server ran for days: it shows as soon as one runs again, before anything was started.
    now = new Date('2026-11-09T12:00:00Z');
    expect(await state()).toBe('overdue');
  });

  it('have failed when one of their jobs has, in whatever order those end', async () => {
    const schedule = await createSchedule(app, { ...nightly, xml: true });
    now = new Date('2026-11-02T02:00:05Z');
    await runDueSchedules(app);
    const [snapshot] = await jobsOf(schedule.id);
    now = new Date('2026-11-02T02:05:00Z');
    await app.control.query(`UPDATE jobs SET state = 'FAILED', finished = $2 WHERE id = $1`, [snapshot.id, now]);
    await concludeJobs(app);
    now = new Date('2026-11-02T02:09:00Z');
    await end('FINISHED');
    const after = await findSchedule(app, schedule.id);
    expect([await stateOf(app, after), after.lastSuccess]).toEqual(['failing', null]);
  });

  it('are refused when they would do nothing, and forgotten when they are removed, while their jobs stay', async () => {
    for (const wrong of [{ snapshot: false }, { vault: null }, { site: null }, { kind: 'copy' as const }]) {
      await expect(createSchedule(app, { ...nightly, ...wrong })).rejects.toMatchObject({ code: 'SCHEDULE_INCOMPLETE' });
    }
    await expect(createSchedule(app, { ...nightly, site: 'nowhere' })).rejects.toMatchObject({ code: 'SITE_UNKNOWN' });
    const schedule = await createSchedule(app, nightly);
    await runSchedule(app, schedule, 'test');
    await removeSchedule(app, schedule.id);
    await expect(findSchedule(app, schedule.id)).rejects.toMatchObject({ code: 'SCHEDULE_UNKNOWN' });
    expect(await jobsOf(schedule.id)).toHaveLength(1);
  });
});
