/**
 * Applies an asynchronous function to each item, several at a time, and gives the results in the order of the items. `weigh` bounds the work
 * under way by something else than its number (bytes): an item starts only while the sum is below `limit`, but one always may.
 */
export async function* mapOrdered<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  options: { concurrency: number; weigh?: (item: T) => number; limit?: number },
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const { concurrency, weigh = () => 0, limit = Number.POSITIVE_INFINITY } = options;
  const running: { result: Promise<R>; weight: number }[] = [];
  let weight = 0;
  try {
    for await (const item of items) {
      const next = weigh(item);
      while (running.length >= concurrency || (running.length > 0 && weight + next > limit)) {
        const first = running.shift()!;
        yield await first.result;
        weight -= first.weight;
      }
      const result = work(item);
      result.catch(() => {});
      running.push({ result, weight: next });
      weight += next;
    }
    while (running.length > 0) yield await running.shift()!.result;
  } finally {
    await Promise.allSettled(running.map(({ result }) => result));
  }
}
