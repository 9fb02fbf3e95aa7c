import { type FileHandle, open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import { isAlive } from '#base/is-alive.ts';
import { writeError } from './write-error.ts';

const BUFFER_BYTES = 512 * 1024;

/**
 * A file that appears under its name only when it is complete: written to `<path>.<pid>.partial`, made durable, then renamed over `path`.
 * Gathers writes in a buffer of 512 KiB. Errors: DISK_FULL, BACKUP_NOT_WRITTEN.
 */
export class PartialFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #partialPath: string;
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #filled = 0;
  #position = 0;
  #isSettled = false;

  /** `handle` is open for writing at `partialPath`. */
  constructor(handle: FileHandle, partialPath: string, path: string) {
    this.#handle = handle;
    this.#partialPath = partialPath;
    this.path = path;
  }

  /**
   * Creates the partial file, readable by its owner only, and removes those of processes that were killed.
   * Throws PARTIAL_FILE_EXISTS while another process writes the same file.
   */
  static async create(path: string): Promise<PartialFile> {
    await removeAbandoned(path);
    const partialPath = `${path}.${process.pid}.partial`;
    const handle = await open(partialPath, 'wx', 0o600).catch((error) => {
      throw writeError(error, partialPath);
    });
    return new PartialFile(handle, partialPath, path);
  }

  /** Bytes given to write() so far. */
  get position(): number {
    return this.#position;
  }

  /** Copies the bytes: the caller may use its buffer again. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#position += bytes.length;
    let from = 0;
    while (from < bytes.length) {
      const count = Math.min(BUFFER_BYTES - this.#filled, bytes.length - from);
      this.#buffer.set(bytes.subarray(from, from + count), this.#filled);
      this.#filled += count;
      from += count;
      if (this.#filled === BUFFER_BYTES) await this.#flush();
    }
  }

  async finish(): Promise<void> {
    await this.#flush();
    try {
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.#partialPath, this.path);
      this.#isSettled = true;
      await syncFolder(dirname(this.path));
    } catch (error) {
      throw writeError(error, this.path);
    }
  }

  /** Closes and removes the partial file; what stands under `path` stays. Harmless when called twice or after finish(). */
  async abort(): Promise<void> {
    if (this.#isSettled) return;
    this.#isSettled = true;
    await this.#handle.close().catch(() => {});
    await unlink(this.#partialPath).catch((error) => {
      if (systemErrorCode(error) !== 'ENOENT') throw writeError(error, this.#partialPath);
    });
  }

  async #flush(): Promise<void> {
    try {
      let from = 0;
      while (from < this.#filled) from += (await this.#handle.write(this.#buffer, from, this.#filled - from)).bytesWritten;
      this.#filled = 0;
    } catch (error) {
      throw writeError(error, this.path);
    }
  }
}

async function removeAbandoned(path: string): Promise<void> {
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const match = name.startsWith(`${basename(path)}.`) ? /^\.(\d+)\.partial$/.exec(name.slice(basename(path).length)) : null;
    if (!match || Number(match[1]) === process.pid) continue;
    if (isAlive(Number(match[1]))) {
      throw new OxbowError('PARTIAL_FILE_EXISTS', `Another process (${match[1]}) is writing ${path}.`, {
        hint: 'Wait until it has finished, or write to another file.',
      });
    }
    await unlink(join(folder, name));
  }
}

/** A rename is durable when its folder is. File systems that cannot sync a folder say so; then there is nothing to do. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'EPERM', 'EISDIR', 'ENOTSUP'].includes(systemErrorCode(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}
