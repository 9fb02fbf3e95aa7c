import { describe, expect, it } from 'vitest';
import type { SnapshotAnswer } from '#server/contract/vault-contract.ts';
import { filterSnapshots, previousOf, type SnapshotFilter } from './snapshot-filter.ts';

function snapshot(id: string, values: Partial<SnapshotAnswer> = {}): SnapshotAnswer {
  const statistics = { rows: 1, rowBytes: 1, files: 1, fileBytes: 1, newBytes: 1, storedBytes: 1, seconds: 1 };
  const marks = { tags: [], protected: false, repaired: false, productVersion: '8.5.6', buildNumber: 9012, drills: [] };
  return {
    vault: 'main',
    id,
    site: 'wiki',
    time: `2026-01-0${id}T00:00:00Z`,
    kind: 'live',
    scope: 'site',
    spaceKeys: [],
    statistics,
    ...marks,
    ...values,
  };
}

const drill = (ok: boolean) => ({ time: '2026-01-09T00:00:00Z', ok, seconds: 1 });
const all = [
  snapshot('3', { drills: [drill(false), drill(true)], tags: ['nightly'] }),
  snapshot('2', { drills: [drill(true), drill(false)], protected: true }),
  snapshot('1', { kind: 'xml-backup', scope: 'spaces', spaceKeys: ['DOCS'] }),
];
const ids = (filter: SnapshotFilter, search = '') => filterSnapshots(all, filter, search, () => '5 May 2026').map(({ id }) => id);

describe('the list of snapshots', () => {
  it('is narrowed by what is known of them: the last drill counts', () => {
    expect(ids('all')).toEqual(['3', '2', '1']);
    expect(ids('proven')).toEqual(['3']);
    expect(ids('unproven')).toEqual(['2', '1']);
    expect(ids('protected')).toEqual(['2']);
    expect(ids('imported')).toEqual(['1']);
  });

  it('is searched by every word, in tags, spaces and the date as it is shown', () => {
    expect(ids('all', ' NIGHTLY ')).toEqual(['3']);
    expect(ids('all', 'docs may')).toEqual(['1']);
    expect(ids('all', 'docs june')).toEqual([]);
  });

  it('knows which one was before', () => {
    expect(previousOf(all[0], all)?.id).toBe('2');
    expect(previousOf(all[1], all)).toBeUndefined();
    expect(previousOf(all[0], [...all].reverse())?.id).toBe('2');
    expect(previousOf(all[0], [snapshot('1', { vault: 'other' }), snapshot('2', { site: 'other' })])).toBeUndefined();
  });
});
