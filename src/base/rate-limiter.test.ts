import { describe, expect, it } from 'vitest';
import { rateLimiter } from './rate-limiter.ts';

describe('a rate limiter', () => {
  it('lets a second of bytes through at once, then as many as the rate allows', async () => {
    let time = 0;
    const clock = {
      now: () => time,
      sleep: async (ms: number) => {
        time += ms;
      },
    };
    const limit = rateLimiter(1000, clock);
    expect(limit.take(1000)).toBeUndefined();
    for (let i = 0; i < 20; i++) await limit.take(500);
    expect(time).toBe(10_000);
    time += 60_000;
    expect(limit.take(1000)).toBeUndefined();
    expect(limit.take(1)).toBeInstanceOf(Promise);
  });

  it('of nothing never waits', () => {
    expect(rateLimiter(undefined).take(1e12)).toBeUndefined();
  });
});
