import { type FileHandle, open, rm } from 'node:fs/promises';
import { OxbowError, systemErrorCode } from '#base/errors.ts';

const bytesPerTuple = 8;
const bufferTuples = 64 * 1024;

/**
 * Where each row of a table lies (block and offset), in the order of the scan: eight bytes a row. Which rows have to be read is known only after the
 * scan. What is more than half a megabyte goes to disk.
 */
export class TupleSpool {
  readonly #path: string;
  #file: FileHandle | null = null;
  #buffer = new Uint32Array(2 * 512);
  #filled = 0;
  #count = 0;

  constructor(path: string) {
    this.#path = path;
  }

  get count(): number {
    return this.#count;
  }

  /** Returns a promise when the buffer has to be written first. */
  add(block: number, offset: number): void | Promise<void> {
    this.#buffer[this.#filled++] = block;
    this.#buffer[this.#filled++] = offset;
    this.#count++;
    if (this.#filled < this.#buffer.length) return;
    if (this.#count >= bufferTuples) return this.#write();
    const larger = new Uint32Array(this.#buffer.length * 2);
    larger.set(this.#buffer);
    this.#buffer = larger;
  }

  /** Pairs of block and offset of rows [from, to). */
  async read(from: number, to: number): Promise<Uint32Array> {
    if (!this.#file) return this.#buffer.slice(from * 2, to * 2);
    await this.#write();
    const bytes = Buffer.alloc((to - from) * bytesPerTuple);
    await this.#file.read(bytes, 0, bytes.length, from * bytesPerTuple);
    return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  }

  async remove(): Promise<void> {
    if (!this.#file) return;
    await this.#file.close();
    await rm(this.#path, { force: true });
  }

  async #write(): Promise<void> {
    if (this.#filled === 0) return;
    const bytes = Buffer.from(this.#buffer.buffer, 0, this.#filled * 4);
    const at = (this.#count - this.#filled / 2) * bytesPerTuple;
    this.#filled = 0;
    try {
      this.#file ??= await open(this.#path, 'w+', 0o600);
      await this.#file.write(bytes, 0, bytes.length, at);
    } catch (error) {
      throw diskFullIn(this.#path, error);
    }
  }
}

/** DISK_FULL when that is what a write into the work folder failed with; any other error as it is. */
export function diskFullIn(place: string, error: unknown): unknown {
  const code = systemErrorCode(error);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new OxbowError('DISK_FULL', `The disk of the work folder is full (${place}). Nothing was changed.`, {
    hint: 'Make room, or choose another data folder with --data.',
    cause: error,
  });
}
