import { Worker } from 'node:worker_threads';
import { errorOf, type ThreadError } from '#base/thread-error.ts';
import { encodeEntries } from '../chunks/pack-format.ts';
import type { PackKeys, PackVerdict, ReadPack } from './check-pack.ts';

export interface ToCheckWorker {
  name: string;
  bytes: Uint8Array;
  salt: Uint8Array | null;
  /** As encodeEntries() writes them. */
  indexed: Uint8Array;
}

export type FromCheckWorker = PackVerdict | { error: ThreadError };

/**
 * Verifies packs in threads of its own, each a pack at a time: packs are independent, and one core decrypts, unpacks and hashes less than a disk
 * gives. close() ends them. Memory: what is handed over, and one chunk a thread.
 */
export class CheckThreads {
  readonly #threads: CheckThread[];
  #next = 0;

  constructor(keys: PackKeys, count: number) {
    this.#threads = Array.from({ length: count }, () => new CheckThread(keys));
  }

  /** The bytes are given away: they cannot be read any more afterwards. Errors: as judgePack(). */
  judge(pack: ReadPack): Promise<PackVerdict> {
    const thread = this.#threads.reduce((one, other) => (other.waiting < one.waiting ? other : one), this.#threads[this.#next]);
    this.#next = (this.#next + 1) % this.#threads.length;
    return thread.judge(pack);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

/** Answers come in the order of the questions. */
class CheckThread {
  readonly #worker: Worker;
  readonly #asked: { answer: (verdict: PackVerdict) => void; fail: (error: unknown) => void }[] = [];
  #failure: unknown = null;

  constructor({ pack, chunkId }: PackKeys) {
    this.#worker = new Worker(new URL('./check-worker.ts', import.meta.url), {
      workerData: { pack: new Uint8Array(pack), chunkId: new Uint8Array(chunkId) },
    });
    this.#worker.on('message', (message: FromCheckWorker) => {
      const asked = this.#asked.shift();
      if ('error' in message) asked?.fail(errorOf(message.error));
      else asked?.answer(message);
    });
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('a thread that verifies packs has ended')));
  }

  get waiting(): number {
    return this.#asked.length;
  }

  judge({ name, bytes, salt, indexed }: ReadPack): Promise<PackVerdict> {
    return new Promise((answer, fail) => {
      if (this.#failure) {
        fail(this.#failure);
        return;
      }
      this.#asked.push({ answer, fail });
      const given = bytes.length === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
      const message: ToCheckWorker = {
        name,
        bytes: given,
        salt: salt && new Uint8Array(salt),
        indexed: new Uint8Array(encodeEntries(indexed)),
      };
      this.#worker.postMessage(message, [given.buffer as ArrayBuffer]);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const { fail } of this.#asked.splice(0)) fail(this.#failure);
  }
}
