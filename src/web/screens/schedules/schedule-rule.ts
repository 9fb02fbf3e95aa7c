/** When a schedule runs, as people say it. Hours, minutes: 24 hours; weekdays from 0, Sunday, to 6. What cannot be said so is a cron expression of one's own. */
export type ScheduleRule =
  | { every: 'hour'; minute: number }
  | { every: 'day'; hour: number; minute: number }
  /** On at least one weekday, and not on all. */
  | { every: 'week'; weekdays: number[]; hour: number; minute: number }
  | { every: 'month'; day: number; hour: number; minute: number }
  | { every: 'own'; cron: string };

export type Every = ScheduleRule['every'];

const names = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

export function cronOf(rule: ScheduleRule): string {
  switch (rule.every) {
    case 'hour':
      return `${rule.minute} * * * *`;
    case 'day':
      return `${rule.minute} ${rule.hour} * * *`;
    case 'week':
      return `${rule.minute} ${rule.hour} * * ${weekField(rule.weekdays)}`;
    case 'month':
      return `${rule.minute} ${rule.hour} ${rule.day} * *`;
    case 'own':
      return rule.cron;
  }
}

/** Reads an expression of five fields back; any other, and what is not said above, is one of one's own. */
export function ruleOf(cron: string): ScheduleRule {
  const own: ScheduleRule = { every: 'own', cron };
  const fields = cron.trim().toUpperCase().split(/\s+/);
  if (fields.length !== 5) return own;
  const [minuteField, hourField, dayField, monthField, weekdayField] = fields;
  const minute = numberOf(minuteField, 0, 59);
  if (minute === null || monthField !== '*') return own;
  const weekdays = weekdaysOf(weekdayField);
  if (weekdays === null) return own;
  const isEveryDay = weekdays.length === 7;
  if (hourField === '*') return dayField === '*' && isEveryDay ? { every: 'hour', minute } : own;
  const hour = numberOf(hourField, 0, 23);
  if (hour === null) return own;
  if (dayField === '*') return isEveryDay ? { every: 'day', hour, minute } : { every: 'week', weekdays, hour, minute };
  const day = numberOf(dayField, 1, 31);
  return day !== null && weekdayField === '*' ? { every: 'month', day, hour, minute } : own;
}

/** The rule of another kind that is nearest: the time of day stays. */
export function changeEvery(rule: ScheduleRule, every: Every, cron: string): ScheduleRule {
  const { hour, minute } = { hour: 2, minute: 0, ...rule };
  if (every === 'hour') return { every, minute };
  if (every === 'day') return { every, hour, minute };
  if (every === 'week') return { every, weekdays: [1, 2, 3, 4, 5], hour, minute };
  return every === 'month' ? { every, day: 1, hour, minute } : { every, cron };
}

function weekField(weekdays: readonly number[]): string {
  const sorted = [...new Set(weekdays)].sort((a, b) => a - b);
  const isRun = sorted.length > 2 && sorted.every((day, i) => i === 0 || day === sorted[i - 1] + 1);
  return isRun ? `${sorted[0]}-${sorted.at(-1)}` : sorted.join(',');
}

function numberOf(field: string, least: number, most: number): number | null {
  if (!/^\d{1,2}$/.test(field)) return null;
  const value = Number(field);
  return value >= least && value <= most ? value : null;
}

/** Of "*", numbers, names, lists and ranges; null for the rest. Sunday is 0 and 7. */
function weekdaysOf(field: string): number[] | null {
  if (field === '*') return [0, 1, 2, 3, 4, 5, 6];
  const found = new Set<number>();
  for (const part of field.split(',')) {
    const [from, to, more] = part.split('-').map(weekdayOf);
    if (from === null || to === null || more !== undefined) return null;
    for (let day = from; day <= (to ?? from); day++) found.add(day % 7);
    if (to !== undefined && to < from) return null;
  }
  return [...found].sort((a, b) => a - b);
}

function weekdayOf(text: string): number | null {
  const named = names.indexOf(text);
  return named >= 0 ? named : numberOf(text, 0, 7);
}
