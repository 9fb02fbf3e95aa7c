import { describe, expect, it } from 'vitest';
import { type Draft, draftOf, emptyDraft, isSame, lackOf, requestOf, siteOf, withLine } from './draft.ts';

const snapshot: Draft = { ...emptyDraft('wiki'), vault: 'main', snapshot: 'abc' };
const spaces: Draft = { ...snapshot, scope: 'SPACE', spaceKeys: ['ONE'] };
const file: Draft = { ...emptyDraft('wiki'), from: 'file', fileName: 'x.zip' };

describe('what was chosen in the wizard', () => {
  it('says what a step still lacks', () => {
    expect(lackOf(emptyDraft(''), 'what')).toBe('site');
    expect(lackOf(emptyDraft('wiki'), 'what')).toBe('snapshot');
    expect(lackOf({ ...emptyDraft('wiki'), from: 'file' }, 'what')).toBe('file');
    expect(lackOf({ ...snapshot, scope: 'SPACE' }, 'what')).toBe('spaces');
    expect(lackOf({ ...file, scope: 'SPACE' }, 'what')).toBeNull();
    expect(lackOf({ ...file, scope: 'SPACE', onlySome: true }, 'what')).toBe('spaces');
    expect(lackOf({ ...snapshot, target: 'other' }, 'where')).toBe('target');
    for (const targetName of ['', 'Big', 'a b', '-x', 'x'.repeat(41)])
      expect(lackOf({ ...snapshot, target: 'sandbox', targetName }, 'where')).toBe('sandbox');
    expect(lackOf({ ...snapshot, target: 'sandbox', targetName: 'try-1' }, 'where')).toBeNull();
    expect(lackOf({ ...spaces, existing: 'as' }, 'where')).toBe('asKey');
    expect(lackOf({ ...spaces, existing: 'as', asKey: 'NEW', spaceKeys: ['A', 'B'] }, 'where')).toBe('asOne');
    expect(lackOf({ ...snapshot, target: 'other', targetName: 'test', staging: true }, 'where')).toBe('staging');
    // Of what does not apply nothing is asked.
    expect(lackOf({ ...snapshot, existing: 'as' }, 'where')).toBeNull();
    expect(lackOf({ ...snapshot, staging: true }, 'where')).toBeNull();
  });

  it('becomes a request with nothing that does not apply', () => {
    expect(requestOf(emptyDraft('wiki'), true)).toBeNull();
    const odd = { existing: 'replace', users: [{ from: 'a', to: 'b' }], withoutAppData: true, staging: true } as const;
    expect(requestOf({ ...snapshot, ...odd, users: [...odd.users] }, true)).toEqual({
      type: 'restore-snapshot',
      site: 'wiki',
      vault: 'main',
      snapshot: 'abc',
      dryRun: true,
    });
    expect(requestOf({ ...spaces, users: [{ from: 'a', to: 'b' }] }, false)).toEqual({
      type: 'restore-snapshot',
      site: 'wiki',
      vault: 'main',
      snapshot: 'abc',
      dryRun: false,
      spaceKeys: ['ONE'],
      skipExisting: true,
      users: [{ from: 'a', to: 'b' }],
    });
    expect(requestOf({ ...file, target: 'other', targetName: 'test', withoutAppData: true }, false)).toEqual({
      type: 'site-restore',
      site: 'wiki',
      fileName: 'x.zip',
      dryRun: false,
      withoutAppData: true,
    });
    expect(siteOf({ ...snapshot, target: 'other', targetName: 'test' })).toBe('test');
  });

  it('is found again in the request of its plan', () => {
    const sourceOf = () => 'wiki';
    const all: Draft[] = [
      snapshot,
      spaces,
      file,
      { ...file, scope: 'SPACE', existing: 'replace' },
      { ...file, scope: 'SPACE', onlySome: true, spaceKeys: ['A'], existing: 'as', asKey: 'B', groups: [{ from: 'a', to: 'b' }] },
      { ...snapshot, acceptVersion: true, target: 'other', targetName: 'test', staging: true, stagingUrl: 'https://x.example' },
    ];
    for (const draft of all) {
      const request = requestOf(draft, true)!;
      const again = draftOf(request as never, sourceOf)!;
      expect(again).toEqual(draft);
      expect(isSame(requestOf(again, true), request)).toBe(true);
    }
    expect(draftOf({ type: 'snapshot', site: 'wiki' }, sourceOf)).toBeNull();
  });

  it('is the same in whatever order it is said', () => {
    expect(isSame({ a: 1, b: { c: [1, 2], d: 2 } }, { b: { d: 2, c: [1, 2] }, a: 1 })).toBe(true);
    expect(isSame({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
    expect(isSame(null, {})).toBe(false);
  });

  it('takes one line for each user', () => {
    expect(withLine([{ from: 'a', to: 'b' }], 'a', ' c ')).toEqual([{ from: 'a', to: 'c' }]);
    expect(withLine([{ from: 'a', to: 'b' }], 'a', ' ')).toEqual([]);
  });
});
