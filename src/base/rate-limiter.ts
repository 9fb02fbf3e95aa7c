import { setTimeout as sleep } from 'node:timers/promises';

/** Bytes a second, or none. */
export interface RateLimiter {
  /** Counts bytes that were read; resolves when more may be. */
  take(bytes: number): Promise<void> | undefined;
}

/** A limiter that lets at most `bytesPerSecond` through, measured from the first byte on; a second's worth may come at once. */
export function rateLimiter(
  bytesPerSecond: number | undefined,
  clock: { now: () => number; sleep: (ms: number) => Promise<unknown> } = { now: () => performance.now(), sleep },
): RateLimiter {
  if (!bytesPerSecond) return { take: () => undefined };
  let available = bytesPerSecond;
  let last = clock.now();
  return {
    take(bytes) {
      const now = clock.now();
      available = Math.min(bytesPerSecond, available + ((now - last) / 1000) * bytesPerSecond) - bytes;
      last = now;
      if (available >= 0) return undefined;
      return clock.sleep((-available / bytesPerSecond) * 1000).then(() => {});
    },
  };
}
