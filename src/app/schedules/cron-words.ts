const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = 'January February March April May June July August September October November December'.split(' ');

/** A cron expression in words, for the forms that people use; others as they are written ("by the cron expression ..."). */
export function cronInWords(cron: string): string {
  const fields = cron.trim().split(/\s+/);
  if (fields.length < 5 || fields.length > 6) return `by the cron expression ${cron}`;
  const [minute, hour, day, month, weekday] = (fields.length === 6 ? fields.slice(1) : fields).map((field) =>
    field === '?' ? '*' : field,
  );
  if (fields.length === 6 && fields[0] !== '0') return `by the cron expression ${cron}`;
  const when = timeOfDay(minute, hour);
  const which = dayWords(day, month, weekday);
  if (when === null || which === null) return `by the cron expression ${cron}`;
  if (when.startsWith('every') && which === 'every day') return when;
  return when.startsWith('every') ? `${when}, ${which}` : `${which} at ${when}`;
}

function timeOfDay(minute: string, hour: string): string | null {
  if (/^\d+$/.test(minute) && /^\d+(,\d+)*$/.test(hour)) {
    const times = hour.split(',').map((one) => `${one.padStart(2, '0')}:${minute.padStart(2, '0')}`);
    return listOf(times);
  }
  const everyMinutes = /^\*\/(\d+)$/.exec(minute);
  if (hour === '*' && everyMinutes) return `every ${everyMinutes[1]} minutes`;
  if (hour === '*' && minute === '*') return 'every minute';
  if (hour === '*' && /^\d+$/.test(minute)) return minute === '0' ? 'every hour' : `every hour at minute ${minute}`;
  const everyHours = /^\*\/(\d+)$/.exec(hour);
  if (everyHours && /^\d+$/.test(minute)) return `every ${everyHours[1]} hours${minute === '0' ? '' : ` at minute ${minute}`}`;
  return null;
}

function dayWords(day: string, month: string, weekday: string): string | null {
  const inMonth = month === '*' ? '' : monthsOf(month);
  if (inMonth === null) return null;
  const suffix = inMonth === '' ? '' : ` in ${inMonth}`;
  if (day === '*' && weekday === '*') return `every day${suffix}`;
  if (day === '*') {
    if (/^(1-5|MON-FRI)$/i.test(weekday)) return `every weekday${suffix}`;
    const names = weekday.split(',').map(dayName);
    return names.includes(null) ? null : `every ${listOf(names as string[])}${suffix}`;
  }
  if (weekday !== '*') return null;
  if (/^L$/i.test(day)) return `on the last day of ${inMonth === '' ? 'every month' : inMonth}`;
  if (!/^\d+(,\d+)*$/.test(day)) return null;
  return `on day ${listOf(day.split(','))} of ${inMonth === '' ? 'every month' : inMonth}`;
}

function monthsOf(field: string): string | null {
  const names = field
    .split(',')
    .map((one) => months[Number(one) - 1] ?? months.find((name) => name.slice(0, 3).toUpperCase() === one.toUpperCase()));
  return names.some((name) => name === undefined) ? null : listOf(names as string[]);
}

function dayName(field: string): string | null {
  if (/^[0-7]$/.test(field)) return days[Number(field) % 7];
  return days.find((name) => name.slice(0, 3).toUpperCase() === field.toUpperCase()) ?? null;
}

function listOf(words: string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
