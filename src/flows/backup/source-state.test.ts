import { describe, expect, it } from 'vitest';
import type { SourceIdentity } from '#sites/live/whole/whole-site-reader.ts';
import { isSameTable, type TableState, whyUseless } from './source-state.ts';

const identity: SourceIdentity = {
  systemIdentifier: '7300000000000000001',
  timeline: 1,
  databaseOid: '16384',
  schema: 'public',
  nextTransaction: '1000',
};
const why = (now: Partial<SourceIdentity>, before: Partial<SourceIdentity> = {}) =>
  whyUseless({ ...identity, ...before }, { ...identity, ...now });

describe('fingerprints of row versions', () => {
  it('hold while the same database lives on', () => {
    expect(why({})).toBeNull();
    expect(why({ nextTransaction: '900000000' })).toBeNull();
  });

  it.each([
    [{ systemIdentifier: '7300000000000000002' }, 'the database is on another server now'],
    [{ timeline: 2 }, 'the server was restored since'],
    [{ databaseOid: '16385' }, 'the database was created anew'],
    [{ schema: 'wiki' }, 'the schema is another one'],
    [{ nextTransaction: '999' }, 'the transactions of the server went back'],
    [{ systemIdentifier: null }, 'the database does not tell which server it is'],
    [{ timeline: null }, 'the database does not tell which server it is'],
  ])('say nothing any more after %j', (now, reason) => {
    expect(why(now)).toBe(reason);
  });

  it('say nothing any more once transaction ids of 32 bits may have come round', () => {
    const margin = 2n ** 31n;
    expect(why({ nextTransaction: String(1000n + margin - 1n) })).toBeNull();
    expect(why({ nextTransaction: String(1000n + margin) })).toBe('too many transactions passed');
    // Across the border of 32 bits the epoch counts: nothing has come round.
    expect(why({ nextTransaction: String(2n ** 32n + 10n) }, { nextTransaction: String(2n ** 32n - 10n) })).toBeNull();
    expect(why({ nextTransaction: '10' }, { nextTransaction: String(2n ** 32n - 10n) })).toBe(
      'the transactions of the server went back',
    );
    expect(why({ nextTransaction: String(2n ** 40n + 5n) }, { nextTransaction: String(2n ** 40n) })).toBeNull();
  });

  it('of a table hold while it is the same table, stored at the same place, with the same columns', () => {
    const state: TableState = { oid: '1', filenode: '2', shape: 's', fullRead: '', offset: 0, leaves: 0 };
    expect(isSameTable(state, { oid: '1', filenode: '2', shape: 's' })).toBe(true);
    for (const other of [{ oid: '9' }, { filenode: '9' }, { shape: 'x' }])
      expect(isSameTable(state, { oid: '1', filenode: '2', shape: 's', ...other })).toBe(false);
  });
});
