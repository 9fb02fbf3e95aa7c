import type { NewScheduleBody } from '#server/contract/schedule-contract.ts';
import { texts } from '../../texts/en.ts';

const { periods } = texts.firstRun.schedule;

/** "14 days, 8 weeks, 12 months"; nothing where no rule is given. */
export function keptWords(rules: NewScheduleBody['retention']): string {
  if (!rules) return '';
  const names = Object.keys(periods) as (keyof typeof periods)[];
  return names
    .filter((name) => rules[name] > 0)
    .map((name) => periods[name](rules[name]))
    .join(', ');
}
