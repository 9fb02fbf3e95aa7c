import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import { sideBySide } from './side-by-side.ts';

const context: RunContext = {
  signal: new AbortController().signal,
  now: () => new Date(),
  workFolder: '',
  warn: () => {},
  progress: () => {},
};

it('gives what both give', async () => {
  expect(
    await sideBySide(
      context,
      async () => 1,
      async () => 'two',
    ),
  ).toEqual([1, 'two']);
});

it('throws what failed first, after the other has ended', async () => {
  let hasEnded = false;
  const endless = async ({ signal }: RunContext) => {
    try {
      for (;;) {
        await sleep(1);
        throwIfCancelled({ signal });
      }
    } finally {
      await sleep(5);
      hasEnded = true;
    }
  };
  const failing = async () => {
    throw new Error('first');
  };
  await expect(sideBySide(context, endless, failing)).rejects.toThrow('first');
  expect(hasEnded).toBe(true);
  hasEnded = false;
  await expect(sideBySide(context, failing, endless)).rejects.toThrow('first');
  expect(hasEnded).toBe(true);
});
