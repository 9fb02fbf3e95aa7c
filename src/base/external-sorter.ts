import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OxbowError, systemErrorCode } from './errors.ts';

export type CompareKeys = (a: string, b: string) => number;

/** Order of ids: decimal numbers of any length by value, before all other strings, which go by code unit. 0 only for equal strings. */
export function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  const aIsNumber = isDecimal(a);
  if (aIsNumber !== isDecimal(b)) return aIsNumber ? -1 : 1;
  if (aIsNumber) {
    const order = compareDecimals(a, b);
    if (order !== 0) return order;
  }
  return a < b ? -1 : 1;
}

function isDecimal(text: string): boolean {
  let at = text.charCodeAt(0) === 0x2d ? 1 : 0;
  if (at === text.length) return false;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

function compareDecimals(a: string, b: string): number {
  // Ids in the wild: no sign, no leading zeros. Then the longer is the larger, and digits compare as text.
  const first = a.charCodeAt(0);
  const second = b.charCodeAt(0);
  if (first > 0x30 && second > 0x30) return a.length !== b.length ? a.length - b.length : a < b ? -1 : 1;
  const difference = BigInt(a) - BigInt(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

interface Spilling {
  readonly bufferedBytes: number;
  spill(): Promise<void>;
}

/** One bound on the buffers of several sorters: when their sum exceeds it, the largest buffer goes to disk. */
export class MemoryBudget {
  readonly bytes: number;
  #used = 0;
  #spilling: Promise<void> | undefined;
  readonly #sorters = new Set<Spilling>();

  constructor(bytes: number) {
    this.bytes = bytes;
  }

  get used(): number {
    return this.#used;
  }

  join(sorter: Spilling): void {
    this.#sorters.add(sorter);
  }

  leave(sorter: Spilling): void {
    this.#sorters.delete(sorter);
  }

  /** Counts bytes taken or, when negative, given back. Returns a promise when the caller has to wait for a spill. */
  take(bytes: number): void | Promise<void> {
    this.#used += bytes;
    if (bytes <= 0 || this.#used <= this.bytes) return;
    this.#spilling ??= this.#spillLargest().finally(() => {
      this.#spilling = undefined;
    });
    return this.#spilling;
  }

  async #spillLargest(): Promise<void> {
    while (this.#used > this.bytes) {
      let largest: Spilling | undefined;
      for (const sorter of this.#sorters) if (sorter.bufferedBytes > (largest?.bufferedBytes ?? 0)) largest = sorter;
      if (largest === undefined) return;
      await largest.spill();
    }
  }
}

export interface ExternalSorterOptions {
  /** An existing folder for the runs. */
  folder: string;
  /** Distinguishes the files of this sorter in the folder; a file name. */
  name: string;
  /** Bound of the buffer: a number of its own, or a budget shared with other sorters. */
  memory: number | MemoryBudget;
  /** Order of the keys, compareIds when absent. */
  compare?: CompareKeys;
  /** Opens a run; tests give a disk that fills up. */
  openFile?: typeof open;
}

/** Some thousand records in their order. */
export interface SortedBatch {
  keys: string[];
  values: string[];
}

/** Runs that are merged at a time: bounds open files and read buffers. */
const mergeWidth = 64;
const slabBytes = 1024 * 1024;
const batchBytes = 256 * 1024;
const headerBytes = 8;
/** What a buffered record takes beside its value: key as a string, four numbers, rounding. */
const recordOverhead = 96;

/**
 * Sorts (key, value) records in bounded memory: a buffer, which is written to a sorted run in `folder` whenever it is full, and at the
 * end a merge of the runs. Equal keys keep the order in which they were added. Nothing is written when all fits into the buffer.
 * Keys and values are well-formed strings (no lone surrogates); a record is at most 2 GiB.
 *
 * Use: `await` what add() returns when it is a promise; then sorted(), sortedBatches() (faster) or sortedLines(), as often as wanted,
 * one after the other; dispose() in any case, also after an error: it removes the files.
 * Throws DISK_FULL when the folder has no room, SPOOL_FAILED when it cannot be used; the sorter is of no more use then.
 */
export class ExternalSorter {
  readonly #options: ExternalSorterOptions;
  readonly #compare: CompareKeys;
  readonly #budget: MemoryBudget;
  #buffer = new RecordBuffer();
  #runs: string[] = [];
  #files = new Set<string>();
  #handles = new Set<FileHandle>();
  #created = 0;
  #count = 0;
  #writing: Promise<void> = Promise.resolve();
  #finished = false;
  #disposed = false;

  constructor(options: ExternalSorterOptions) {
    this.#options = options;
    this.#compare = options.compare ?? compareIds;
    this.#budget = typeof options.memory === 'number' ? new MemoryBudget(options.memory) : options.memory;
    this.#budget.join(this);
  }

  /** Records added. */
  get count(): number {
    return this.#count;
  }

  get bufferedBytes(): number {
    return this.#buffer.bytes;
  }

  /** Files written and not merged yet. */
  get runs(): number {
    return this.#runs.length;
  }

  /** Adds a record; a Buffer is taken as the UTF-8 of the value and copied. Returns a promise when the buffer has to be written first. */
  add(key: string, value: string | Buffer): void | Promise<void> {
    if (this.#finished) throw new Error('add() after the sorter was read or disposed');
    this.#count++;
    return this.#budget.take(this.#buffer.add(key, value));
  }

  /** Writes the buffer to a run. Called by the budget. */
  async spill(): Promise<void> {
    const buffer = this.#buffer;
    if (buffer.bytes === 0) return;
    this.#buffer = new RecordBuffer();
    const earlier = this.#writing;
    const writing = (async () => {
      await earlier;
      const path = this.#newPath();
      // Its place among the runs is its place in time: that keeps equal keys in order.
      this.#runs.push(path);
      await this.#write(path, buffer.frames(this.#compare));
    })();
    this.#writing = writing;
    try {
      await writing;
    } finally {
      this.#budget.take(-buffer.bytes);
    }
  }

  /** The records in order, one by one. */
  async *sorted(): AsyncGenerator<{ key: string; value: string }> {
    for await (const { keys, values } of this.sortedBatches()) {
      for (let i = 0; i < keys.length; i++) yield { key: keys[i]!, value: values[i]! };
    }
  }

  /** The records in order, many at a time. */
  async *sortedBatches(): AsyncGenerator<SortedBatch> {
    for await (const batch of this.#batches()) {
      yield { keys: batch.keys, values: batch.ends.map((end, i) => batch.data.toString('utf8', batch.ends[i - 1] ?? 0, end)) };
    }
  }

  /** The values in order as bytes, one behind the other, for values that are lines: nothing is decoded. */
  async *sortedLines(): AsyncGenerator<{ keys: string[]; data: Buffer; count: number }> {
    for await (const { keys, data } of this.#batches()) yield { keys, data, count: keys.length };
  }

  /** Closes and removes the files and gives the memory back. May be called at any time and more than once. */
  async dispose(): Promise<void> {
    this.#finished = true;
    this.#disposed = true;
    await this.#writing.catch(() => {});
    this.#budget.take(-this.#buffer.bytes);
    this.#buffer = new RecordBuffer();
    this.#budget.leave(this);
    for (const handle of this.#handles) await handle.close().catch(() => {});
    for (const path of this.#files) await rm(path, { force: true });
    this.#files.clear();
  }

  async *#batches(): AsyncGenerator<RawBatch> {
    if (this.#disposed) throw new Error('the sorter is disposed');
    this.#finished = true;
    // From here on the buffer is being read, so the budget must not choose it.
    this.#budget.leave(this);
    await this.#writing;
    if (this.#runs.length === 0) {
      const batch = new BatchBuilder();
      for (const frame of this.#buffer.inOrder(this.#compare)) {
        batch.add(frame.key, frame.bytes, frame.from, frame.to);
        if (batch.full) yield batch.take();
      }
      if (batch.count > 0) yield batch.take();
      return;
    }
    await this.spill();
    while (this.#runs.length > mergeWidth) await this.#mergePass();
    yield* this.#merge(this.#runs, { keep: true });
  }

  /** Merges neighbours, so that the order of the runs stays their order in time. */
  async #mergePass(): Promise<void> {
    const merged: string[] = [];
    for (let at = 0; at < this.#runs.length; at += mergeWidth) {
      const group = this.#runs.slice(at, at + mergeWidth);
      const path = this.#newPath();
      await this.#write(path, this.#mergedFrames(group));
      merged.push(path);
    }
    this.#runs = merged;
  }

  async *#mergedFrames(paths: string[]): AsyncGenerator<Buffer> {
    for await (const { keys, data, ends } of this.#merge(paths)) {
      const frames = Buffer.allocUnsafe(data.length + keys.reduce((sum, key) => sum + headerBytes + key.length * 3, 0));
      let at = 0;
      for (let i = 0; i < keys.length; i++) at = writeFrame(frames, at, keys[i]!, data, ends[i - 1] ?? 0, ends[i]!);
      yield frames.subarray(0, at);
    }
  }

  async *#merge(paths: string[], { keep = false } = {}): AsyncGenerator<RawBatch> {
    // Half of the budget for reading: this buffer is empty by now, but other sorters may still be filling theirs.
    const readBytes = Math.min(slabBytes, Math.max(16 * 1024, Math.floor(this.#budget.bytes / 2 / paths.length)));
    const readers: RunReader[] = [];
    try {
      for (const [order, path] of paths.entries()) {
        const reader = new RunReader(await this.#open(path, 'r'), order, readBytes);
        readers.push(reader);
        await reader.advance();
      }
      const heap = new RunHeap(readers, this.#compare);
      const batch = new BatchBuilder();
      for (let top = heap.top; top !== undefined; top = heap.top) {
        batch.add(top.key, top.bytes, top.from, top.to);
        if (!top.advanceInMemory()) await top.advance();
        heap.topChanged();
        if (batch.full) yield batch.take();
      }
      if (batch.count > 0) yield batch.take();
    } catch (error) {
      throw spoolError(this.#options.folder, error);
    } finally {
      for (const { handle } of readers) {
        // dispose() may have closed it while the reader of this generator was busy elsewhere.
        if (this.#handles.delete(handle)) await handle.close();
      }
    }
    if (keep) return;
    for (const path of paths) {
      await rm(path, { force: true });
      this.#files.delete(path);
    }
  }

  #newPath(): string {
    const path = join(this.#options.folder, `${this.#options.name}-${++this.#created}.run`);
    this.#files.add(path);
    return path;
  }

  async #open(path: string, flags: string): Promise<FileHandle> {
    const handle = await (this.#options.openFile ?? open)(path, flags, 0o600);
    this.#handles.add(handle);
    return handle;
  }

  async #write(path: string, pieces: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<void> {
    try {
      const handle = await this.#open(path, 'wx');
      for await (const piece of pieces) {
        for (let at = 0; at < piece.length; ) at += (await handle.write(piece, at)).bytesWritten;
      }
      this.#handles.delete(handle);
      await handle.close();
    } catch (error) {
      throw spoolError(this.#options.folder, error);
    }
  }
}

/** What went wrong with a spool file, for people. */
function spoolError(folder: string, cause: unknown): unknown {
  const code = systemErrorCode(cause);
  if (code === undefined || cause instanceof OxbowError) return cause;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  const message = full ? `There is no room left in the folder ${folder}.` : `The work folder ${folder} cannot be used (${code}).`;
  const hint = full
    ? 'Make room there or choose another work folder, then start again. Sorting takes up to twice the room of the data.'
    : 'Look at its permissions and at the health of its disk, or choose another work folder.';
  return new OxbowError(full ? 'DISK_FULL' : 'SPOOL_FAILED', message, { hint, details: { folder, code }, cause });
}

/** Where the bytes of a value stand. */
interface Frame {
  key: string;
  bytes: Buffer;
  from: number;
  to: number;
}

/** Values one behind the other; `ends[i]` is where that of `keys[i]` ends. */
interface RawBatch {
  keys: string[];
  data: Buffer;
  ends: number[];
}

/** Records in memory: keys as strings, because they are compared; values as UTF-8 in large pieces, because they are only written. */
class RecordBuffer {
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

/** Writes length of key, length of value, key, value. Returns where it ends. */
function writeFrame(target: Buffer, at: number, key: string, bytes: Buffer, from: number, to: number): number {
  const keyBytes = target.write(key, at + headerBytes);
  target.writeUInt32LE(keyBytes, at);
  target.writeUInt32LE(to - from, at + 4);
  const valueAt = at + headerBytes + keyBytes;
  bytes.copy(target, valueAt, from, to);
  return valueAt + to - from;
}

/** Gathers records for the caller. */
class BatchBuilder {
  #keys: string[] = [];
  #ends: number[] = [];
  #data: Buffer = Buffer.allocUnsafeSlow(batchBytes);
  #used = 0;

  get count(): number {
    return this.#keys.length;
  }

  get full(): boolean {
    return this.#used >= batchBytes || this.#keys.length >= 8192;
  }

  add(key: string, bytes: Buffer, from: number, to: number): void {
    const needed = this.#used + to - from;
    if (needed > this.#data.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, batchBytes * 2));
      this.#data.copy(larger, 0, 0, this.#used);
      this.#data = larger;
    }
    bytes.copy(this.#data, this.#used, from, to);
    this.#used = needed;
    this.#keys.push(key);
    this.#ends.push(needed);
  }

  take(): RawBatch {
    const batch = { keys: this.#keys, ends: this.#ends, data: this.#data.subarray(0, this.#used) };
    [this.#keys, this.#ends, this.#used] = [[], [], 0];
    this.#data = Buffer.allocUnsafeSlow(batchBytes);
    return batch;
  }
}

/** Reads a run record by record; the current one is in key, bytes, from, to. */
class RunReader implements Frame {
  key = '';
  from = 0;
  to = 0;
  bytes: Buffer;
  ended = false;
  readonly handle: FileHandle;
  readonly order: number;
  #end = 0;

  constructor(handle: FileHandle, order: number, readBytes: number) {
    this.handle = handle;
    this.order = order;
    this.bytes = Buffer.allocUnsafeSlow(readBytes);
  }

  /** Goes to the next record when it is in memory; else false. */
  advanceInMemory(): boolean {
    const at = this.to;
    if (this.#end - at < headerBytes) return false;
    const keyEnd = at + headerBytes + this.bytes.readUInt32LE(at);
    const valueEnd = keyEnd + this.bytes.readUInt32LE(at + 4);
    if (valueEnd > this.#end) return false;
    this.key = this.bytes.toString('utf8', at + headerBytes, keyEnd);
    this.from = keyEnd;
    this.to = valueEnd;
    return true;
  }

  /** Goes to the next record; false at the end of the run. */
  async advance(): Promise<boolean> {
    while (!this.advanceInMemory()) {
      this.#makeRoom();
      const { bytesRead } = await this.handle.read(this.bytes, this.#end, this.bytes.length - this.#end);
      this.#end += bytesRead;
      if (bytesRead > 0) continue;
      if (this.#end > 0)
        throw new OxbowError('SPOOL_DAMAGED', 'A spool file of a sort ends within a record: something else changed it.');
      this.ended = true;
      return false;
    }
    return true;
  }

  #makeRoom(): void {
    const kept = this.#end - this.to;
    const needed =
      kept < headerBytes ? headerBytes : headerBytes + this.bytes.readUInt32LE(this.to) + this.bytes.readUInt32LE(this.to + 4);
    const target = needed > this.bytes.length ? Buffer.allocUnsafeSlow(needed) : this.bytes;
    this.bytes.copy(target, 0, this.to, this.#end);
    this.bytes = target;
    this.from = this.to = 0;
    this.#end = kept;
  }
}

/** The runs being merged, the one with the smallest key on top; of equal keys the earlier run. */
class RunHeap {
  readonly #compare: CompareKeys;
  readonly #runs: RunReader[];

  constructor(readers: RunReader[], compare: CompareKeys) {
    this.#compare = compare;
    this.#runs = readers.filter((reader) => !reader.ended);
    for (let at = (this.#runs.length >> 1) - 1; at >= 0; at--) this.#sink(at);
  }

  get top(): RunReader | undefined {
    return this.#runs[0];
  }

  /** To be called when the top has gone on to its next record, or has ended. */
  topChanged(): void {
    if (this.#runs[0]!.ended) {
      const last = this.#runs.pop()!;
      if (this.#runs.length === 0) return;
      this.#runs[0] = last;
    }
    this.#sink(0);
  }

  #before(a: RunReader, b: RunReader): boolean {
    const order = this.#compare(a.key, b.key);
    return order < 0 || (order === 0 && a.order < b.order);
  }

  #sink(start: number): void {
    const runs = this.#runs;
    const run = runs[start]!;
    let at = start;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= runs.length) break;
      if (child + 1 < runs.length && this.#before(runs[child + 1]!, runs[child]!)) child++;
      if (this.#before(run, runs[child]!)) break;
      runs[at] = runs[child]!;
      at = child;
    }
    runs[at] = run;
  }
}
