const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/**
 * Whether a cron expression is due on a day; the time of day does not matter. False where that cannot be said for certain: with signs that only the server
 * knows (L, W, #, ?), or, but for those of every day, in another zone than the reader's, where its day is not his.
 */
export function isDueOn({ cron, timeZone }: { cron: string; timeZone: string }, date: Date): boolean {
  const fields = cron.trim().toUpperCase().split(/\s+/);
  const [dayField, monthField, weekField] = fields.slice(-3);
  if ((fields.length !== 5 && fields.length !== 6) || /[LW#?]/.test(`${dayField}${weekField}`.replace(/WED|JUL/g, '')))
    return false;
  const isEveryDay = [dayField, monthField, weekField].every((field) => field === '*');
  if (!isEveryDay && timeZone !== Intl.DateTimeFormat().resolvedOptions().timeZone) return false;
  if (!has(monthField, date.getMonth() + 1, months, 1)) return false;
  const isDay = has(dayField, date.getDate(), [], 0);
  const isWeekday = has(weekField, date.getDay(), weekdays, 0) || (date.getDay() === 0 && has(weekField, 7, weekdays, 0));
  // As cron has it: where both are said, either will do.
  return dayField !== '*' && weekField !== '*' ? isDay || isWeekday : isDay && isWeekday;
}

function has(field: string, value: number, names: string[], base: number): boolean {
  const numberOf = (text: string) => {
    const named = names.indexOf(text);
    return named < 0 ? Number(text) : named + base;
  };
  return field.split(',').some((part) => {
    const [range, step = '1'] = part.split('/');
    const [from, to] = range === '*' ? [base === 1 ? 1 : names.length === 0 ? 1 : 0, 31] : range.split('-').map(numberOf);
    const last = to ?? (part.includes('/') ? 31 : from);
    return value >= from && value <= last && (value - from) % Number(step) === 0;
  });
}
