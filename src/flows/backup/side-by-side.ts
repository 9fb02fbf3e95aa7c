import type { RunContext } from '#base/run-context.ts';

/** Does both at the same time. When one fails the other is cancelled, and what failed first is thrown once both have ended. */
export async function sideBySide<A, B>(
  context: RunContext,
  one: (context: RunContext) => Promise<A>,
  other: (context: RunContext) => Promise<B>,
): Promise<[A, B]> {
  const stop = new AbortController();
  const inner: RunContext = { ...context, signal: AbortSignal.any([context.signal, stop.signal]) };
  const failures: unknown[] = [];
  const run = async <T>(work: (context: RunContext) => Promise<T>): Promise<T> => {
    try {
      return await work(inner);
    } catch (error) {
      failures.push(error);
      stop.abort();
      throw error;
    }
  };
  const [first, second] = await Promise.allSettled([run(one), run(other)]);
  if (first.status === 'rejected' || second.status === 'rejected') throw failures[0];
  return [first.value, second.value];
}
