const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** 1.2 GB, in units of 1000. */
export function bytes(value: number | null): string {
  if (value === null) return '';
  let unit = 0;
  let rest = value;
  while (rest >= 999.5 && unit < units.length - 1) {
    rest /= 1000;
    unit++;
  }
  return `${new Intl.NumberFormat(undefined, { maximumFractionDigits: unit === 0 || rest >= 100 ? 0 : 1 }).format(rest)} ${units[unit]}`;
}

export function count(value: number): string {
  return new Intl.NumberFormat().format(value);
}

/** 4 min 10 s. */
export function duration(seconds: number | null): string {
  if (seconds === null) return '';
  if (seconds < 1) return '< 1 s';
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** In the reader's zone and locale. */
export function dateTime(iso: string | null): string {
  return iso === null
    ? ''
    : new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));
}

/** "3 hours ago", "in 2 days". */
export function relative(iso: string, now = Date.now()): string {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  const format = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
  for (const [unit, size] of [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const) {
    if (Math.abs(seconds) >= size) return format.format(Math.round(seconds / size), unit);
  }
  return format.format(Math.round(seconds), 'second');
}

/** A day, in the reader's locale. */
export function day(time: number): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' }).format(time);
}

/** "31×": how often one goes into the other. */
export function times(whole: number, part: number): string {
  const ratio = part > 0 ? whole / part : 1;
  return `${new Intl.NumberFormat(undefined, { maximumFractionDigits: ratio < 10 ? 1 : 0 }).format(ratio)}\u00d7`;
}

/** The time of day with seconds, in the reader's zone. */
export function clock(iso: string): string {
  return new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' }).format(new Date(iso));
}

/** The day of a time in the reader's zone, as YYYY-MM-DD. */
export function localDay(iso: string): string {
  const time = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

/** A day that is given as YYYY-MM-DD, in the reader's locale. */
export function dayOf(localDate: string): string {
  return day(new Date(`${localDate}T12:00:00`).getTime());
}

/** Hours and minutes, in the reader's zone. */
export function timeOfDay(iso: string): string {
  return new Intl.DateTimeFormat(undefined, { timeStyle: 'short' }).format(new Date(iso));
}
