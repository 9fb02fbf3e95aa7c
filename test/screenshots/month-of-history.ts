import type { OpenApplication } from '#app/open-application.ts';
import type { findSchedule } from '#app/schedules/schedule-service.ts';
import { runSchedule } from '#app/schedules/scheduler.ts';
import type { ConsoleServer } from '../support/console-server.ts';
import { untilState } from '../support/test-server.ts';

type Schedule = Awaited<ReturnType<typeof findSchedule>>;

const days = 29;
/** Night by night, counted back from yesterday: what the pictures show besides nights that went well. */
const odd: Record<number, 'FAILED' | 'WARNINGS' | 'NOTHING'> = { 6: 'WARNINGS', 11: 'FAILED', 12: 'NOTHING', 21: 'WARNINGS' };

/**
 * For pictures alone: a month of nights in a minute. The schedule runs for real as often as there are nights, with some work on the site between, and what
 * the control database says of when that was is moved back. Whatever reads the vault's own list of snapshots undoes it.
 */
export async function liveThroughAMonth({ app, server, site }: ConsoleServer, schedule: Schedule): Promise<() => Promise<void>> {
  const nights: { day: number; job: string; snapshot: string }[] = [];
  for (let day = days; day >= 0; day--) {
    if (odd[day] === 'NOTHING') continue;
    await server.sites.query(
      site,
      `UPDATE public.bodycontent SET body = body || '<p>Written in night ${day}.</p>' WHERE bodycontentid % 29 = ${day}`,
    );
    const [job] = await runSchedule(app, schedule, 'sample');
    const snapshot = (await untilState(app, job)).snapshotId!;
    // The last one is of today.
    if (day > 0) nights.push({ day, job, snapshot });
  }
  return async () => {
    for (const night of nights) await moveBack(app, night);
  };
}

async function moveBack(
  app: OpenApplication,
  { day, job, snapshot }: { day: number; job: string; snapshot: string },
): Promise<void> {
  const time = `(date_trunc('day', now()) - make_interval(days => ${day - 1}, hours => 22))`;
  await app.control.query(
    `UPDATE jobs SET created = ${time}, started = ${time}, finished = ${time} + interval '260 seconds', warnings = $2 WHERE id = $1`,
    [job, odd[day] === 'WARNINGS' ? 3 : 0],
  );
  await app.control.query(
    `UPDATE snapshots SET time = ${time}, facts = facts || jsonb_build_object('time', ${time}) WHERE id = $1`,
    [snapshot],
  );
  if (odd[day] !== 'FAILED') return;
  await app.control.query('DELETE FROM snapshots WHERE id = $1', [snapshot]);
  await app.control.query(
    `UPDATE jobs SET state = 'FAILED', snapshot_id = NULL, error_code = 'DATABASE_UNREACHABLE', error_message = 'The database of the site does not answer.',
       error_hint = 'See whether it runs, and whether the network lets Oxbow through.' WHERE id = $1`,
    [job],
  );
}
