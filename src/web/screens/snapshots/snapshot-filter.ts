import type { SnapshotAnswer } from '#server/contract/vault-contract.ts';

export type SnapshotFilter = 'all' | 'proven' | 'unproven' | 'protected' | 'imported';
export const snapshotFilters: readonly SnapshotFilter[] = ['all', 'proven', 'unproven', 'protected', 'imported'];

/** Those that a list shows. Every word of the search must be found in the date as it is shown, the tags, version, vault, spaces or id. */
export function filterSnapshots(
  all: readonly SnapshotAnswer[],
  filter: SnapshotFilter,
  search: string,
  shownDate: (iso: string) => string,
): SnapshotAnswer[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter((one) => {
    if (!fits(one, filter)) return false;
    if (words.length === 0) return true;
    const text = [shownDate(one.time), one.time, one.vault, one.id, one.productVersion ?? '', ...one.tags, ...one.spaceKeys]
      .join(' ')
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

function fits(one: SnapshotAnswer, filter: SnapshotFilter): boolean {
  if (filter === 'proven') return isProven(one);
  if (filter === 'unproven') return !isProven(one);
  if (filter === 'protected') return one.protected;
  return filter === 'all' || one.kind !== 'live';
}

/** Its last drill restored it. */
export function isProven({ drills }: SnapshotAnswer): boolean {
  return drills.at(-1)?.ok === true;
}

/** The snapshot of the same kind just before it: what a backup changed is against that. */
export function previousOf(one: SnapshotAnswer, all: readonly SnapshotAnswer[]): SnapshotAnswer | undefined {
  return all
    .filter(({ site, vault, scope, time }) => site === one.site && vault === one.vault && scope === one.scope && time < one.time)
    .reduce<SnapshotAnswer | undefined>(
      (newest, next) => (newest === undefined || next.time > newest.time ? next : newest),
      undefined,
    );
}
