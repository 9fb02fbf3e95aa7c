import { type CompareKeys, compareIds, isDecimal } from './compare-ids.ts';
import { type Frame, headerBytes, writeFrame } from './record-frame.ts';

const slabBytes = 1024 * 1024;
/** What a buffered record takes beside its value: key as a string, four numbers, rounding. */
const recordOverhead = 96;

/** Records in memory: keys as strings, because they are compared; values as UTF-8 in large pieces, because they are only written. */
export class RecordBuffer {
  /** Bytes of memory taken, about. */
  bytes = 0;
  readonly #keys: string[] = [];
  readonly #slabs: Buffer[] = [];
  readonly #slabOf: number[] = [];
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  #slab: Buffer = Buffer.alloc(0);
  #used = 0;

  /** Returns the bytes of memory that it took. */
  add(key: string, value: string | Buffer): number {
    const before = this.bytes;
    // A code unit is at most three bytes of UTF-8; only when that does not fit the exact length matters.
    let room = value.length * (typeof value === 'string' ? 3 : 1);
    if (room > this.#slab.length - this.#used || this.#slabs.length === 0) {
      if (typeof value === 'string') room = Buffer.byteLength(value);
      if (room > this.#slab.length - this.#used || this.#slabs.length === 0) this.#newSlab(room);
    }
    const from = this.#used;
    this.#used += typeof value === 'string' ? this.#slab.write(value, from) : value.copy(this.#slab, from);
    this.#keys.push(key);
    this.#slabOf.push(this.#slabs.length - 1);
    this.#from.push(from);
    this.#to.push(this.#used);
    this.bytes += recordOverhead + key.length;
    return this.bytes - before;
  }

  /** Small at first: there is one buffer for each table, and most tables are small. */
  #newSlab(room: number): void {
    const usual = Math.min(slabBytes, Math.max(16 * 1024, this.#slab.length * 2));
    this.#slab = Buffer.allocUnsafeSlow(Math.max(usual, room));
    this.#slabs.push(this.#slab);
    this.#used = 0;
    this.bytes += this.#slab.length;
  }

  *inOrder(compare: CompareKeys): Generator<Frame> {
    for (const i of this.#order(compare)) {
      yield { key: this.#keys[i]!, bytes: this.#slabs[this.#slabOf[i]!]!, from: this.#from[i]!, to: this.#to[i]! };
    }
  }

  /** The records as frames of a run, in pieces; a piece is only valid until the next one. */
  *frames(compare: CompareKeys): Generator<Buffer> {
    const out = Buffer.allocUnsafe(slabBytes);
    let at = 0;
    for (const { key, bytes, from, to } of this.inOrder(compare)) {
      const room = headerBytes + key.length * 3 + to - from;
      if (room > out.length - at) {
        if (at > 0) yield out.subarray(0, at);
        at = 0;
        if (room > out.length) {
          const large = Buffer.allocUnsafe(room);
          yield large.subarray(0, writeFrame(large, 0, key, bytes, from, to));
          continue;
        }
      }
      at = writeFrame(out, at, key, bytes, from, to);
    }
    if (at > 0) yield out.subarray(0, at);
  }

  /** Indexes of the records in the order of their keys, of equal keys in the order of adding. */
  #order(compare: CompareKeys): Uint32Array {
    const keys = this.#keys;
    const order = new Uint32Array(keys.length);
    let sorted = true;
    for (let i = 0; i < order.length; i++) {
      order[i] = i;
      if (sorted && i > 0 && compare(keys[i - 1]!, keys[i]!) > 0) sorted = false;
    }
    if (sorted) return order;
    const numbers = compare === compareIds ? exactNumbers(keys) : undefined;
    return numbers ? sortByNumber(order, numbers) : order.sort((a, b) => compare(keys[a]!, keys[b]!) || a - b);
  }
}

/** The keys as numbers, when all are decimals written in the shortest way and exact as a double: that is nearly always so for ids. */
function exactNumbers(keys: string[]): Float64Array | undefined {
  const numbers = new Float64Array(keys.length);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (key.length > 15 || (key.charCodeAt(0) <= 0x30 && key !== '0') || !isDecimal(key)) return undefined;
    numbers[i] = Number(key);
  }
  return numbers;
}

/** Sorts 0..n-1 by their numbers. Number and index in one double, where they fit, make a native sort do: twice as fast as one with a comparison. */
function sortByNumber(order: Uint32Array, numbers: Float64Array): Uint32Array {
  const count = numbers.length;
  const smallest = numbers.reduce((a, b) => Math.min(a, b));
  const largest = numbers.reduce((a, b) => Math.max(a, b));
  if ((largest - smallest + 1) * count > Number.MAX_SAFE_INTEGER) {
    return order.sort((a, b) => numbers[a]! - numbers[b]! || a - b);
  }
  for (let i = 0; i < count; i++) numbers[i] = (numbers[i]! - smallest) * count + i;
  numbers.sort();
  for (let i = 0; i < count; i++) order[i] = numbers[i]! % count;
  return order;
}
