import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type CompareKeys, compareIds } from './compare-ids.ts';
import { OxbowError, systemErrorCode } from './errors.ts';
import { MemoryBudget } from './memory-budget.ts';
import { RecordBuffer } from './record-buffer.ts';
import { headerBytes, type RawBatch, writeFrame } from './record-frame.ts';
import { BatchBuilder, RunHeap, RunReader } from './record-runs.ts';

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
