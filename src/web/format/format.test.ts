import { describe, expect, it } from 'vitest';
import { delayOf } from '../api/back-off.ts';
import { bytes, duration, relative, times } from './format.ts';

describe('numbers for people', () => {
  it('gives bytes in the largest unit that fits', () => {
    expect([null, 0, 999, 1000, 999_499, 999_500, 1_234_567_890].map(bytes)).toEqual([
      '',
      '0 B',
      '999 B',
      '1 kB',
      '999 kB',
      '1 MB',
      '1.2 GB',
    ]);
  });

  it('gives durations in two units', () => {
    expect([null, 0.2, 59.6, 61, 3599.7, 7322].map(duration)).toEqual([
      '',
      '< 1 s',
      '1 min 0 s',
      '1 min 1 s',
      '1 h 0 min',
      '2 h 2 min',
    ]);
  });

  it('gives times by their distance', () => {
    const now = Date.parse('2026-03-10T12:00:00Z');
    expect(relative('2026-03-10T09:00:00Z', now)).toBe('3 hours ago');
    expect(relative('2026-03-12T12:00:00Z', now)).toBe('in 2 days');
  });

  it('says how often one goes into the other', () => {
    expect([times(3100, 100), times(290, 100), times(5, 0)]).toEqual(['31\u00d7', '2.9\u00d7', '1\u00d7']);
  });
});

describe('the back-off of the line', () => {
  it('doubles up to half a minute, a little spread', () => {
    expect([0, 1, 2, 3, 9].map((failures) => delayOf(failures, 0.5))).toEqual([1000, 2000, 4000, 8000, 30_000]);
    expect([delayOf(2, 0), delayOf(2, 1)]).toEqual([3000, 5000]);
  });
});
