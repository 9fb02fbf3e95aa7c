import { DatePicker } from '@mantine/dates';
import '@mantine/dates/styles.css';
import { dayOf } from '../../format/format.ts';
import { texts } from '../../texts/en.ts';

const t = texts.restore;

interface Props {
  /** Days in the reader's zone, as YYYY-MM-DD, and how many snapshots each has. */
  perDay: ReadonlyMap<string, number>;
  day: string;
  onChange: (day: string) => void;
}

/** A calendar in which only days with snapshots can be chosen. */
export function SnapshotCalendar({ perDay, day, onChange }: Props) {
  const days = [...perDay.keys()].sort();
  return (
    <DatePicker
      value={day}
      defaultDate={day}
      onChange={(chosen) => {
        if (chosen !== null) onChange(chosen);
      }}
      minDate={days[0]}
      maxDate={days.at(-1)!}
      maxLevel="year"
      firstDayOfWeek={firstDayOfWeek()}
      weekendDays={[]}
      excludeDate={(date) => !perDay.has(date)}
      getDayAriaLabel={(date) => {
        const found = perDay.get(date);
        return found === undefined ? t.noneOnDay(dayOf(date)) : t.onDay(dayOf(date), found);
      }}
      getDayProps={(date) => (perDay.has(date) ? { className: 'has-snapshot' } : {})}
      ariaLabels={{
        previousMonth: t.previousMonth,
        nextMonth: t.nextMonth,
        previousYear: t.previousMonth,
        nextYear: t.nextMonth,
      }}
      size="sm"
    />
  );
}

/** As where the reader is: Sunday is 0. Monday where the browser does not say. */
function firstDayOfWeek(): 0 | 1 | 2 | 3 | 4 | 5 | 6 {
  const locale = new Intl.Locale(navigator.language) as Intl.Locale & { getWeekInfo?: () => { firstDay: number } };
  return ((locale.getWeekInfo?.().firstDay ?? 1) % 7) as 0;
}
