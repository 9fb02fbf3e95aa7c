import { describe, expect, it } from 'vitest';
import { healthOf } from './vault-health.tsx';

const now = Date.parse('2026-06-01T00:00:00Z');
const checked = '2026-05-31T00:00:00Z';

describe('the health of a vault', () => {
  it('is what the last check saw, and says how far it looked', () => {
    expect(healthOf({ checked, checkOk: true, checkPercent: 100 }, 0, now)[0]).toBe('ok');
    expect(healthOf({ checked, checkOk: true, checkPercent: 100 }, 0, now)[1]).toContain('100 %');
    expect(healthOf({ checked, checkOk: true, checkPercent: 0 }, 0, now)[2]).toContain('without reading');
  });

  it('is a warning without a check, or with an old one', () => {
    expect(healthOf({ checked: null, checkOk: null, checkPercent: null }, 0, now)[0]).toBe('warning');
    expect(healthOf({ checked: '2026-04-01T00:00:00Z', checkOk: true, checkPercent: 100 }, 0, now)[0]).toBe('warning');
  });

  it('is bad with problems, and with damaged snapshots whatever the check said', () => {
    expect(healthOf({ checked, checkOk: false, checkPercent: 10 }, 0, now)[0]).toBe('failed');
    expect(healthOf({ checked, checkOk: true, checkPercent: 100 }, 2, now)).toEqual([
      'failed',
      '2 snapshots are damaged',
      expect.any(String),
    ]);
  });
});
