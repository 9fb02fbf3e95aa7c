import { Worker } from 'node:worker_threads';
import { errorOf, type ThreadError } from '#base/thread-error.ts';
import type { ChunkKind } from './chunk-id.ts';
import type { IndexedPack } from './index-format.ts';
import { decodeEntries } from './pack-format.ts';

/** `bytes`: the digest of the chunk, then the chunk. */
export type ToPackWorker = { what: 'chunk'; kind: ChunkKind; bytes: ArrayBuffer } | { what: 'finish' };
export type FromPackWorker =
  | { what: 'taken'; bytes: number; chunks: number }
  | { what: 'pack'; name: string; salt: Uint8Array; entries: Uint8Array; bytes: Uint8Array }
  | { what: 'finished' }
  | { what: 'failed'; error: ThreadError };

/** A pack that is ready to be stored. */
export interface FinishedPack extends IndexedPack {
  bytes: Buffer;
}

export interface PackThreadEvents {
  /** So much of what was handed over is done with. */
  taken(bytes: number, chunks: number): void;
  pack(pack: FinishedPack): void;
  /** It is of no more use. */
  failed(error: unknown): void;
}

/**
 * Makes packs in a thread of its own, so that reading and hashing go on meanwhile. It keeps the process alive only while it has something to do;
 * close() ends it. Memory: what waits, and one pack.
 */
export class PackThread {
  readonly #worker: Worker;
  readonly #events: PackThreadEvents;
  #waiting = 0;
  #isOver = false;
  #finished: (() => void) | null = null;

  constructor(keys: { chunkId: Buffer; pack: Buffer }, events: PackThreadEvents) {
    this.#events = events;
    this.#worker = new Worker(new URL('./pack-worker.ts', import.meta.url), {
      workerData: { chunkKey: new Uint8Array(keys.chunkId), packKey: new Uint8Array(keys.pack) },
    });
    this.#worker.on('message', (message: FromPackWorker) => this.#receive(message));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('the thread that makes packs has ended')));
  }

  add(kind: ChunkKind, digest: Buffer, data: Buffer): void {
    // A memory of its own, which is given away.
    const bytes = Buffer.allocUnsafeSlow(digest.length + data.length);
    bytes.set(digest);
    bytes.set(data, digest.length);
    this.#waiting++;
    this.#hold();
    const memory = bytes.buffer as ArrayBuffer;
    this.#post({ what: 'chunk', kind, bytes: memory }, [memory]);
  }

  /** Resolves when everything handed over has come back in packs, or it has failed. */
  async finish(): Promise<void> {
    if (this.#isOver) return;
    const finished = new Promise<void>((resolve) => {
      this.#finished = resolve;
    });
    this.#hold();
    this.#post({ what: 'finish' });
    await finished;
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#worker.terminate();
  }

  /** While an answer is due the thread keeps the process alive. */
  #hold(): void {
    if (this.#waiting > 0 || this.#finished) this.#worker.ref();
    else this.#worker.unref();
  }

  #post(message: ToPackWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #receive(message: FromPackWorker): void {
    if (this.#isOver) return;
    if (message.what === 'failed') this.#fail(errorOf(message.error));
    else if (message.what === 'finished') this.#finished?.();
    else if (message.what === 'taken') {
      this.#waiting -= message.chunks;
      this.#hold();
      this.#events.taken(message.bytes, message.chunks);
    } else {
      const { name, salt, entries, bytes } = message;
      const pack = { name, salt: asBuffer(salt), size: bytes.length, entries: decodeEntries(asBuffer(entries)) };
      this.#events.pack({ ...pack, bytes: asBuffer(bytes) });
    }
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.failed(error);
    this.#finished?.();
  }
}

function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}
