import { createCipheriv, createHash } from 'node:crypto';

/** Random choices that a seed decides: the same seed makes the same choices. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [from, to]. */
  between(from: number, to: number): number;
  chance(share: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** Some of them, at least `least`. */
  some<T>(from: readonly T[], least: number): T[];
  /** One of the names, each as often as its weight says. */
  weighted<T extends { weight: number }>(from: readonly T[]): T;
  /** Bytes that do not compress. */
  bytes(length: number): Buffer;
}

export function randomFrom(seed: number): Random {
  let state = (seed + 1) * 2654435761;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    between,
    chance: (share) => next() < share,
    pick: (from) => from[between(0, from.length - 1)],
    some(from, least) {
      const left = [...from];
      const count = between(Math.min(least, left.length), left.length);
      return Array.from({ length: count }, () => left.splice(between(0, left.length - 1), 1)[0]);
    },
    weighted(from) {
      let at = next() * from.reduce((sum, one) => sum + one.weight, 0);
      for (const one of from) {
        at -= one.weight;
        if (at < 0) return one;
      }
      return from[from.length - 1];
    },
    bytes(length) {
      const key = createHash('sha256').update(String(next())).digest();
      return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
    },
  };
}
