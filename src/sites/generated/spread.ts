import { expOf, hasher, normal } from './prng.ts';

/**
 * A total given out to items, unevenly and exactly, in constant memory: item i owns the units start(i) to start(i + 1) - 1.
 * How the attachments of a site are shared by its pages, versions by pages, bytes by files.
 */
export interface Spread {
  total: number;
  items: number;
  /** The first unit of the item; start(items) is the total. */
  start(item: number): number;
  count(item: number): number;
  /** The item that owns the unit. About twenty steps. */
  find(unit: number): number;
}

/** @param weights shares of the items, repeated over and over; at least one is above zero */
export function spread(total: number, items: number, weights: Float64Array): Spread {
  const period = weights.length;
  const sums = new Float64Array(period + 1);
  for (let i = 0; i < period; i++) sums[i + 1] = sums[i]! + weights[i]!;
  const round = sums[period]!;
  const weightBefore = (item: number) => Math.floor(item / period) * round + sums[item % period]!;
  let whole = weightBefore(items);
  // Too few items to meet a weight above zero: all the same.
  const even = whole === 0;
  if (even) whole = items;
  const start = (item: number) => (items === 0 ? 0 : Math.floor(total * ((even ? item : weightBefore(item)) / whole)));
  return {
    total: items === 0 ? 0 : total,
    items,
    start,
    count: (item) => start(item + 1) - start(item),
    find: (unit) => {
      let low = 0;
      let high = items - 1;
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        if (start(middle + 1) > unit) high = middle;
        else low = middle + 1;
      }
      return low;
    },
  };
}

export interface WeightOptions {
  /** Share of items that get nothing, 0 to 1. */
  none?: number;
  /** Deviation of the logarithm of the others. */
  sigma: number;
  /** No weight is above so many times the median. */
  limit: number;
}

/** Log-normal weights. Different prime periods keep two spreads from rising and falling together. */
export function logNormalWeights(seed: number, kind: string, period: number, options: WeightOptions): Float64Array {
  const hash = hasher(seed, `weights/${kind}`);
  const weights = new Float64Array(period);
  for (let i = 0; i < period; i++) {
    if (hash(i, 0) / 4294967296 < (options.none ?? 0)) continue;
    weights[i] = Math.min(options.limit, expOf(options.sigma * normal(hash(i, 1), hash(i, 2))));
  }
  return weights;
}
