import type { SnapshotAnswer } from '#server/contract/vault-contract.ts';

const dayMs = 86_400_000;
const shownDays = 30;
/** With fewer days than these nothing is foretold. */
const leastDays = 7;

/** What the snapshots of a vault had added up to after each of them, the oldest first. */
export function sizesOverTime(snapshots: readonly SnapshotAnswer[]): { time: string; bytes: number }[] {
  let bytes = 0;
  return [...snapshots]
    .sort((a, b) => (a.time < b.time ? -1 : 1))
    .map(({ time, statistics }) => {
      bytes += statistics.storedBytes;
      return { time, bytes };
    });
}

/** Bytes that a day adds, over the last 30 days, the first snapshot of each site left aside; null where too little is known. */
export function addedPerDay(snapshots: readonly SnapshotAnswer[], now: number): number | null {
  const oldestFirst = [...snapshots].sort((a, b) => (a.time < b.time ? -1 : 1));
  const seen = new Set<string>();
  const later = oldestFirst.filter(({ site }) => seen.has(site) || !seen.add(site));
  const from = now - shownDays * dayMs;
  const recent = later.filter(({ time }) => Date.parse(time) >= from);
  const begin = oldestFirst.length === 0 ? now : Math.max(from, Date.parse(oldestFirst[0].time));
  const days = (now - begin) / dayMs;
  if (days < leastDays || recent.length === 0) return null;
  return recent.reduce((sum, { statistics }) => sum + statistics.storedBytes, 0) / days;
}

/** Days until the disk is full at the pace of the last month; null where that cannot be said, or is further away than ten years. */
export function daysUntilFull(freeBytes: number | null, perDay: number | null): number | null {
  if (freeBytes === null || perDay === null || perDay <= 0) return null;
  const days = Math.floor(freeBytes / perDay);
  return days > 3650 ? null : days;
}

/** What one night added: the sum of each of the last 30 days, the oldest first. */
export function addedByDay(snapshots: readonly SnapshotAnswer[], now: number): { day: number; bytes: number }[] {
  const days = Array.from({ length: shownDays }, (_, i) => ({ day: startOf(now - (shownDays - 1 - i) * dayMs), bytes: 0 }));
  const byDay = new Map(days.map((one) => [one.day, one]));
  for (const { time, statistics } of snapshots) {
    const day = byDay.get(startOf(Date.parse(time)));
    if (day) day.bytes += statistics.storedBytes;
  }
  return days;
}

function startOf(time: number): number {
  return new Date(time).setHours(0, 0, 0, 0);
}
