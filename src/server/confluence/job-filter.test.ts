import { describe, expect, it } from 'vitest';
import { jobFilterOf } from './job-filter.ts';

const all = ['site-backup', 'space-backup', 'site-restore', 'space-restore', 'export'];

describe('the filter of jobs', () => {
  it('is 25 of any kind when nothing is said', () => {
    expect(jobFilterOf({})).toEqual({ types: all, limit: 25 });
    expect(jobFilterOf({ limit: '', owner: '', jobStates: '', fromDate: '' })).toEqual({ types: all, limit: 25 });
  });

  it('knows every parameter of Confluence', () => {
    expect(
      jobFilterOf({
        limit: '7',
        fromDate: '2026-01-31T02:00:00.000+0000',
        toDate: '2026-02-01T02:00:00.250Z',
        jobScope: 'SPACE',
        jobOperation: 'RESTORE',
        jobStates: 'FINISHED',
        spaceKey: 'DS',
        owner: 'Ada',
      }),
    ).toEqual({
      types: ['site-restore', 'space-restore'],
      scope: 'SPACE',
      states: ['FINISHED'],
      limit: 7,
      from: new Date('2026-01-31T02:00:00.000Z'),
      to: new Date('2026-02-01T02:00:00.250Z'),
      spaceKey: 'DS',
      owner: 'ada',
    });
  });

  it('takes states that are repeated, separated by commas, or both', () => {
    const states = ['QUEUED', 'FINISHED', 'FAILED'];
    for (const jobStates of ['QUEUED,FINISHED,FAILED', ['QUEUED', 'FINISHED', 'FAILED'], ['QUEUED, FINISHED', 'failed']]) {
      expect(jobFilterOf({ jobStates }).states).toEqual(states);
    }
  });

  it('takes a zone as +0000, +00:00, Z, and with the plus that a query lost', () => {
    for (const zone of ['+0130', '+01:30', ' 0130', ' 01:30']) {
      expect(jobFilterOf({ fromDate: `2026-01-31T02:00:00.000${zone}` }).from).toEqual(new Date('2026-01-31T00:30:00.000Z'));
    }
    expect(jobFilterOf({ fromDate: '2026-01-31T02:00:00.000-0130' }).from).toEqual(new Date('2026-01-31T03:30:00.000Z'));
    expect(jobFilterOf({ fromDate: '2024-02-29T23:59:59Z' }).from).toEqual(new Date('2024-02-29T23:59:59.000Z'));
  });

  it('passes over what Confluence passes over too', () => {
    expect(jobFilterOf({ os_authType: 'basic', _: '17' })).toEqual({ types: all, limit: 25 });
  });

  it('takes the last of a parameter that is repeated', () => {
    expect(jobFilterOf({ limit: ['3', '4'], owner: ['ada', 'bo'] })).toMatchObject({ limit: 4, owner: 'bo' });
  });

  it('is bounded', () => {
    expect(jobFilterOf({ limit: '999999999' }).limit).toBe(1000);
  });

  it.each([
    ['limit', '0'],
    ['limit', '-1'],
    ['limit', '25x'],
    ['limit', '99999999999'],
    ['jobScope', 'PAGE'],
    ['jobOperation', 'EXPORT'],
    ['jobStates', 'IN_PROGRESS'],
    ['jobStates', 'FINISHED,DONE'],
    ['fromDate', '2026-01-31'],
    ['fromDate', '2026-02-30T00:00:00.000Z'],
    ['fromDate', '2026-13-01T00:00:00.000Z'],
    ['toDate', '2026-01-31T25:00:00.000Z'],
    ['toDate', '2026-01-31T02:00:00.000+9900'],
    ['toDate', 'yesterday'],
  ])('refuses %s=%s', (name, value) => {
    expect(() => jobFilterOf({ [name]: value })).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  });
});
