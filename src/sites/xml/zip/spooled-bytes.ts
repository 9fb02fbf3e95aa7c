import { type FileHandle, open, unlink } from 'node:fs/promises';
import { writeError } from './write-error.ts';

const MEMORY_BYTES = 1024 * 1024;

/** Bytes to be read again later: up to 1 MiB in memory, the rest in a file that is made when needed and has no name from then on. */
export class SpooledBytes {
  readonly #path: string;
  #handle: FileHandle | undefined;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;

  /** `path` is where the file is made; nothing stays there. */
  constructor(path: string) {
    this.#path = path;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes < MEMORY_BYTES) return;
    const block = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    try {
      this.#handle ??= await this.#create();
      await this.#handle.appendFile(block);
    } catch (error) {
      throw writeError(error, this.#path);
    }
  }

  /** All bytes in the order they were written. */
  async *read(): AsyncGenerator<Uint8Array> {
    let position = 0;
    while (this.#handle) {
      const { bytesRead, buffer } = await this.#readAt(this.#handle, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    if (this.#waitingBytes > 0) yield Buffer.concat(this.#waiting);
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    this.#waiting = [];
    this.#waitingBytes = 0;
    await handle?.close();
  }

  #readAt(handle: FileHandle, position: number) {
    return handle.read(Buffer.allocUnsafeSlow(MEMORY_BYTES), 0, MEMORY_BYTES, position).catch((error) => {
      throw writeError(error, this.#path);
    });
  }

  /** Without a name the system frees the file when it is closed, even by a crash. */
  async #create(): Promise<FileHandle> {
    const handle = await open(this.#path, 'wx+', 0o600);
    await unlink(this.#path);
    return handle;
  }
}
