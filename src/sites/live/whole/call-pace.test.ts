import { describe, expect, it } from 'vitest';
import { CallPace } from './call-pace.ts';

describe('the pace of calls', () => {
  it('is not changed by one call that took long', async () => {
    const pace = new CallPace(1);
    await pace.note(1000);
    expect(pace.isFast).toBe(true);
  });

  it('is slow for a while where calls take long, then tries again', async () => {
    const pace = new CallPace(1);
    for (let i = 0; i < 16; i++) await pace.note(5);
    let slow = 0;
    while (!pace.isFast) slow++;
    expect(slow).toBe(500);
  });

  it('is slow where calls take a little longer than the limit', async () => {
    const pace = new CallPace(1);
    for (let i = 0; i < 200; i++) await pace.note(1.2);
    expect(pace.isFast).toBe(false);
  });
});
