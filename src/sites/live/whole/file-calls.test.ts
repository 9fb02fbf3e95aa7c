import { expect, it } from 'vitest';
import { FilePace, waitingCalls } from './file-calls.ts';

it('calls wait for a slow disk while others go on, and block on a fast one', async () => {
  const pace = new FilePace();
  const usesWaiting = async (ms: number) => {
    let waits = false;
    await pace.run(async (calls) => {
      waits = calls === waitingCalls;
      const until = performance.now() + ms;
      while (!waits && performance.now() < until);
    });
    return waits;
  };
  expect(await usesWaiting(0)).toBe(false);
  let slow = 0;
  while (!(await usesWaiting(5))) slow++;
  expect(slow).toBeGreaterThan(0);
  expect(await usesWaiting(0)).toBe(true);
  let uses = 0;
  while (await usesWaiting(0)) uses++;
  expect(uses).toBeGreaterThan(100);
});
