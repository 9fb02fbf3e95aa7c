import { OxbowError } from '#base/errors.ts';

/** How many snapshots to keep; of each hour, day, week, month and year the last one counts. */
export interface RetentionPolicy {
  last?: number;
  hourly?: number;
  daily?: number;
  weekly?: number;
  monthly?: number;
  yearly?: number;
  /** Snapshots with one of these tags stay. */
  tags?: string[];
}

export interface RetentionCandidate {
  id: string;
  /** ISO. */
  time: string;
  tags: string[];
  protected: boolean;
  /** Snapshots are counted within a group: those of one site and scope. */
  group: string;
}

export interface RetentionDecision {
  id: string;
  keep: boolean;
  /** Why it stays ("daily 2026-11-23"); empty when it goes. */
  reasons: string[];
}

type Period = 'hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly';
const periods: Period[] = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'];

/**
 * Decides for every snapshot. Times are cut into periods in UTC; weeks are those of ISO 8601. Protected snapshots always stay and take no place
 * of others. Throws RETENTION_EMPTY for a policy that keeps nothing.
 */
export function applyRetention(candidates: RetentionCandidate[], policy: RetentionPolicy): RetentionDecision[] {
  const counts = [policy.last, ...periods.map((period) => policy[period])];
  if (!counts.some((count) => (count ?? 0) > 0) && !policy.tags?.length) {
    throw new OxbowError('RETENTION_EMPTY', 'This retention would keep nothing.', {
      hint: 'Say what to keep: --keep-last 7, --keep-daily 14, --keep-monthly 12, ...',
    });
  }
  const reasons = new Map<string, string[]>(candidates.map((candidate) => [candidate.id, []]));
  for (const group of new Set(candidates.map((candidate) => candidate.group))) {
    const newest = candidates
      .filter((candidate) => candidate.group === group)
      .toSorted((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : a.id < b.id ? 1 : -1));
    newest.slice(0, policy.last ?? 0).forEach((candidate, i) => {
      reasons.get(candidate.id)!.push(`last ${i + 1}`);
    });
    for (const period of periods) keepPeriod(newest, period, policy[period] ?? 0, reasons);
  }
  for (const candidate of candidates) {
    if (candidate.protected) reasons.get(candidate.id)!.push('protected');
    const tag = candidate.tags.find((one) => policy.tags?.includes(one));
    if (tag !== undefined) reasons.get(candidate.id)!.push(`tag ${tag}`);
  }
  return candidates.map(({ id }) => ({ id, keep: reasons.get(id)!.length > 0, reasons: reasons.get(id)! }));
}

function keepPeriod(newest: RetentionCandidate[], period: Period, count: number, reasons: Map<string, string[]>): void {
  const seen = new Set<string>();
  for (const candidate of newest) {
    if (seen.size >= count) return;
    const name = periodOf(candidate.time, period);
    if (seen.has(name)) continue;
    seen.add(name);
    reasons.get(candidate.id)!.push(`${period} ${name}`);
  }
}

/** The name of the period that a time lies in. */
export function periodOf(time: string, period: Period): string {
  const utc = new Date(time).toISOString();
  switch (period) {
    case 'hourly':
      return `${utc.slice(0, 13)}h`;
    case 'daily':
      return utc.slice(0, 10);
    case 'weekly':
      return isoWeek(new Date(time));
    case 'monthly':
      return utc.slice(0, 7);
    case 'yearly':
      return utc.slice(0, 4);
  }
}

/** The week belongs to the year that its Thursday lies in. */
function isoWeek(date: Date): string {
  const day = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  const weekday = (new Date(day).getUTCDay() + 6) % 7;
  const thursday = new Date(day + (3 - weekday) * 86_400_000);
  const firstDay = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const week = Math.floor((thursday.getTime() - firstDay) / (7 * 86_400_000)) + 1;
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, '0')}`;
}
