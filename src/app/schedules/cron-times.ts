import { Cron } from 'croner';
import { OxbowError } from '#base/errors.ts';

/**
 * The times of a cron expression: five fields, or six with seconds first, also as Quartz writes them (`0 0 2 * * ?`), in an IANA time zone. A time that
 * daylight saving skips comes when the clock goes on; one that happens twice comes once. Errors: CRON_INVALID, TIME_ZONE_INVALID.
 */
export function nextTimes(cron: string, timeZone: string, after: Date, count: number): Date[] {
  const job = parse(cron, timeZone);
  const times: Date[] = [];
  let at = after;
  for (let i = 0; i < count; i++) {
    const next = job.nextRun(at);
    if (!next) break;
    times.push(next);
    at = next;
  }
  return times;
}

function parse(cron: string, timeZone: string): Cron {
  if (!isTimeZone(timeZone)) {
    throw new OxbowError('TIME_ZONE_INVALID', `"${timeZone}" is no time zone.`, { hint: 'Write it as Europe/Berlin or UTC.' });
  }
  const fields = cron.trim().split(/\s+/);
  if (fields.length < 5 || fields.length > 6) throw invalid(cron, 'it has five fields, or six with seconds first');
  try {
    return new Cron(fields.join(' '), { timezone: timeZone, paused: true });
  } catch (error) {
    throw invalid(cron, (error as Error).message.replace(/^CronPattern: /, ''));
  }
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function invalid(cron: string, reason: string): OxbowError {
  return new OxbowError('CRON_INVALID', `"${cron.slice(0, 100)}" is no cron expression: ${reason}.`, {
    hint: 'For two o\u2019clock every night write: 0 2 * * *',
  });
}
