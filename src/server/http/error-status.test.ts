import { describe, expect, it } from 'vitest';
import { OxbowError } from '#base/errors.ts';
import { asOxbowError, statusOf } from './error-status.ts';

const statusOfCode = (code: string) => statusOf(new OxbowError(code, 'x'));

describe('errors', () => {
  it('have the status that says whose turn it is', () => {
    expect(statusOfCode('LOGIN_REQUIRED')).toBe(401);
    expect(statusOfCode('NOT_PERMITTED')).toBe(403);
    for (const code of ['SITE_UNKNOWN', 'VAULT_UNKNOWN', 'JOB_NOT_FOUND', 'SNAPSHOT_NOT_FOUND'])
      expect(statusOfCode(code)).toBe(404);
    for (const code of ['SAME_SPACES', 'SITE_EXISTS', 'SANDBOX_EXISTS', 'VAULT_LOCKED', 'KEY_LAST'])
      expect(statusOfCode(code)).toBe(409);
    expect(statusOfCode('FILE_GONE')).toBe(410);
    expect(statusOfCode('LOGIN_BLOCKED')).toBe(429);
    // Of a vault, not of the request.
    for (const code of ['OBJECT_NOT_FOUND', 'VAULT_DAMAGED', 'SERVER_KEY_WRONG']) expect(statusOfCode(code)).toBe(500);
    for (const code of ['DATABASE_UNREACHABLE', 'STORE_UNAVAILABLE']) expect(statusOfCode(code)).toBe(503);
    expect(statusOfCode('DISK_SPACE')).toBe(507);
    expect(statusOfCode('ANYTHING_ELSE')).toBe(400);
  });

  it('of a control database that is away say so, however they come', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
    for (const error of [
      refused,
      new AggregateError([refused, refused]),
      new Error('Connection terminated unexpectedly'),
      new Error('timeout exceeded when trying to connect'),
      Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' }),
      Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' }),
    ])
      expect(asOxbowError(error), error.message).toMatchObject({ code: 'CONTROL_DATABASE_UNREACHABLE' });
  });

  it('that are none of these are defects', () => {
    for (const error of [
      new Error('x'),
      new AggregateError([]),
      new TypeError('undefined is not a function'),
      Object.assign(new Error('duplicate key'), { code: '23505' }),
      Object.assign(new Error('read EIO'), { code: 'EIO', syscall: 'read' }),
    ])
      expect(asOxbowError(error), error.message).toBeNull();
  });

  it('of the form of a request name the place', () => {
    const error = Object.assign(new Error('x'), {
      validation: [
        { instancePath: '/rules/last', message: 'Too small' },
        { instancePath: '', message: 'odd' },
      ],
    });
    expect(asOxbowError(error)).toMatchObject({
      code: 'REQUEST_INVALID',
      message: expect.stringContaining('rules.last: Too small; request: odd'),
    });
  });
});
