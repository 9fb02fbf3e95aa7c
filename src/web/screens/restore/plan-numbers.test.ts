import { describe, expect, it } from 'vitest';
import { isOfNothing, planNumbers } from './plan-numbers.ts';

describe('a plan in numbers', () => {
  it('is of a whole site, or of spaces', () => {
    expect(planNumbers({ rows: 5, files: 2, target: { database: 'empty' } })).toEqual({
      records: 5,
      files: 2,
      added: 0,
      replaced: 0,
      left: 0,
      isEmptyTarget: true,
    });
    const spaces = [{ action: 'restore' }, { action: 'skip' }, { action: 'replace' }, { action: 'skip' }];
    expect(planNumbers({ records: { processed: 9, persisted: 7 }, attachments: { files: 3 }, spaces })).toEqual({
      records: 7,
      files: 3,
      added: 1,
      replaced: 1,
      left: 2,
      isEmptyTarget: false,
    });
    expect(planNumbers(null)).toMatchObject({ records: 0, files: 0 });
  });

  it('is of nothing when every space stays as it is', () => {
    expect(isOfNothing({ spaces: [{ action: 'skip' }] })).toBe(true);
    expect(isOfNothing({ spaces: [{ action: 'skip' }, { action: 'restore' }] })).toBe(false);
    expect(isOfNothing({ rows: 5 })).toBe(false);
  });
});
