/**
 * Numbers that look random and never change. Every fact of a generated site is computed from (seed, kind, index), so that any row can be
 * made at any time, without remembering those before it. Only integer and IEEE basic arithmetic: the same on every machine.
 */

/** A hash of two indexes for one kind of fact: a 32-bit unsigned integer. */
export type Hash = (a: number, b?: number) => number;

/** The hash of a kind of fact (murmur3's block mix and finalizer, keyed by FNV-1a of seed and kind). */
export function hasher(seed: number, kind: string): Hash {
  let key = 0x811c9dc5;
  for (const character of `${seed}/${kind}`) key = Math.imul(key ^ character.codePointAt(0)!, 0x01000193);
  return (a, b = 0) => finalize(mixIn(mixIn(key, a), b));
}

function mixIn(state: number, value: number): number {
  let k = Math.imul(value, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  let h = state ^ Math.imul(k, 0x1b873593);
  h = (h << 13) | (h >>> 19);
  return (Math.imul(h, 5) + 0xe6546b64) | 0;
}

function finalize(state: number): number {
  let h = state;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A number below `limit` (up to 2^21) from 32 random bits. */
export function scaled(random: number, limit: number): number {
  return Math.floor((random / 4294967296) * limit);
}

/** Normally distributed (mean 0, deviation 1, between -3.5 and 3.5) from 64 random bits: the sum of four uniform numbers. */
export function normal(first: number, second: number): number {
  const sum = (first & 0xffff) + (first >>> 16) + (second & 0xffff) + (second >>> 16);
  return (sum / 65536 - 2) * 1.7320508;
}

/** e to the power x, for x between -10 and 10, good to a few percent; unlike Math.exp the same everywhere. */
export function expOf(x: number): number {
  let result = 1 + x / 1024;
  for (let i = 0; i < 10; i++) result *= result;
  return result;
}

/** A sequence of random numbers (sfc32, Chris Doty-Humphrey, public domain), for what is made in one go: a paragraph, a file. */
export class Prng {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  constructor(seed = 0) {
    this.restart(seed);
  }

  restart(seed: number): void {
    this.#a = seed | 0;
    this.#b = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
    this.#c = Math.imul(seed + 0x6a09e667, 0xc2b2ae35);
    this.#counter = 1;
    for (let i = 0; i < 6; i++) this.next();
  }

  /** 32 random bits, unsigned. */
  next(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  below(limit: number): number {
    return scaled(this.next(), limit);
  }
}

/** `digits` hex digits that depend on (a, b). */
export function hexDigits(hash: Hash, a: number, b: number, digits: number): string {
  let text = '';
  for (let i = 0; text.length < digits; i++)
    text += hash(a, b * 16 + i)
      .toString(16)
      .padStart(8, '0');
  return text.slice(0, digits);
}

/** A UUID of version 4 that depends on (a, b). */
export function uuidOf(hash: Hash, a: number, b = 0): string {
  const hex = hexDigits(hash, a, b, 32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
