const dayMillis = 86_400_000;

/** Year, month, day of a day since 1970-01-01 in the Gregorian calendar (the arithmetic of eras of 400 years, from March to February). */
function civilDate(day: number): [number, number, number] {
  const z = day + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const date = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, date];
}

const two = (n: number) => (n < 10 ? `0${n}` : String(n));
const dates = new Map<number, string>();

/** yyyy-MM-dd of a moment in milliseconds since 1970. Remembers some ten years of days. */
export function dateText(millis: number): string {
  const day = Math.floor(millis / dayMillis);
  let text = dates.get(day);
  if (text === undefined) {
    const [year, month, date] = civilDate(day);
    text = `${String(year).padStart(4, '0')}-${two(month)}-${two(date)}`;
    if (dates.size > 5000) dates.clear();
    dates.set(day, text);
  }
  return text;
}

/** A moment as PostgreSQL prints a `timestamp`: no trailing zeros in the fraction. */
export function timestampText(millis: number): string {
  const inDay = ((millis % dayMillis) + dayMillis) % dayMillis;
  const fraction = inDay % 1000;
  const seconds = (inDay - fraction) / 1000;
  const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  if (fraction === 0) return `${dateText(millis)} ${time}`;
  let digits = String(fraction).padStart(3, '0');
  while (digits.endsWith('0')) digits = digits.slice(0, -1);
  return `${dateText(millis)} ${time}.${digits}`;
}
