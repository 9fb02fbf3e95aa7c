import type { FileHandle } from 'node:fs/promises';
import type { CompareKeys } from './compare-ids.ts';
import { OxbowError } from './errors.ts';
import { type Frame, headerBytes, type RawBatch } from './record-frame.ts';

const batchBytes = 256 * 1024;

/** Gathers records for the caller. */
export class BatchBuilder {
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
export class RunReader implements Frame {
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
export class RunHeap {
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
