import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from './memory-store.ts';
import { ThrottledStore } from './throttled-store.ts';

/** A clock that only sleeping moves; sleepers wake in order. */
function fakeTime() {
  let now = 0;
  const sleepers: { at: number; wake: () => void }[] = [];
  return {
    clock: () => now,
    sleep: (ms: number) => new Promise<void>((wake) => sleepers.push({ at: now + ms, wake })),
    /** Lets everything happen until nobody sleeps. */
    async run(work: Promise<unknown>): Promise<number> {
      let isDone = false;
      const ended = work.finally(() => {
        isDone = true;
      });
      while (!isDone) {
        await new Promise((resolve) => setImmediate(resolve));
        sleepers.sort((a, b) => a.at - b.at);
        const next = sleepers.shift();
        if (!next) continue;
        now = Math.max(now, next.at);
        next.wake();
      }
      await ended;
      return now;
    },
    pass(ms: number) {
      now += ms;
    },
  };
}

function throttled(rate: number, burst?: number) {
  const time = fakeTime();
  const memory = new MemoryStore();
  return { time, memory, store: new ThrottledStore(memory, rate, { ...time, ...(burst !== undefined && { burst }) }) };
}

describe('a store behind a throttle', () => {
  it('lets the bytes of one second go at once', async () => {
    const { time, store } = throttled(1000);
    expect(await time.run(store.put('a', Buffer.alloc(1000)))).toBe(0);
    expect(await time.run(store.put('a', Buffer.alloc(500)))).toBe(500);
  });

  it('counts what is read and what is written together', async () => {
    const { time, store } = throttled(1000, 0);
    expect(await time.run(store.put('a', Buffer.alloc(2000)))).toBe(2000);
    expect(await time.run(store.get('a'))).toBe(4000);
    expect(await time.run(store.get('a', { offset: 0, length: 500 }))).toBe(4500);
    expect(await time.run(store.putIfAbsent('a', Buffer.alloc(100)))).toBe(4600);
    expect(await time.run(store.size('a'))).toBe(4600);
  });

  it('pays for what came, not for what was asked for', async () => {
    const { time, store } = throttled(1000, 0);
    await time.run(store.put('a', Buffer.alloc(100)));
    await time.run(store.get('a', { offset: 50, length: 1_000_000 }));
    const now = time.clock();
    time.pass(1e6);
    expect(await time.run(store.put('b', Buffer.alloc(1000)))).toBe(now + 1e6 + 1000);
  });

  it('saves up no more than its burst while nothing moves', async () => {
    const { time, store } = throttled(1000, 3000);
    time.pass(1e9);
    expect(await time.run(store.put('a', Buffer.alloc(4000)))).toBe(1e9 + 1000);
  });

  it('keeps to its rate, whatever is moved at the same time', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 0, max: 5000 }), async (all, rate, burst) => {
        const { time, store } = throttled(rate, burst);
        const bytes = all.reduce((sum, size) => sum + size, 0);
        const took = await time.run(Promise.all(all.map((size, index) => store.put(`a/${index}`, Buffer.alloc(size)))));
        expect(took).toBeCloseTo(Math.max(0, ((bytes - burst) / rate) * 1000), 3);
      }),
      { numRuns: 50 },
    );
  });
});
