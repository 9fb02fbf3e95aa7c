import { availableParallelism } from 'node:os';
import { constants, crc32, deflateRaw, deflateRawSync } from 'node:zlib';

const BLOCK = 1024 * 1024;
const DICTIONARY = 32 * 1024;
/** Up to this size the way to a thread and back costs more than the compression: most attachments and all but one file of a small site. */
const SMALL = 32 * 1024;
/** Each job occupies one of libuv's (four) threads while it runs. */
const JOBS = Math.min(4, Math.max(2, availableParallelism()));

export interface DeflateTotals {
  /** CRC-32 of the plain bytes. */
  crc: number;
  size: number;
  compressedSize: number;
}

/**
 * Raw Deflate (level 1) of one input after the other. An input is cut into blocks of 1 MiB that are compressed at the same time, as pigz
 * does: each block knows the last 32 KiB before it as its dictionary and ends on a byte, so that the results can be joined. Holds at most
 * JOBS + 1 blocks and their results; the blocks are used again.
 */
export class ParallelDeflate {
  readonly #emit: (bytes: Buffer) => Promise<void>;
  readonly #freeBlocks: Buffer<ArrayBuffer>[] = [];
  #block = Buffer.allocUnsafeSlow(BLOCK);
  #filled = 0;
  #dictionary: Buffer | undefined;
  #jobs: Promise<Buffer>[] = [];
  #totals: DeflateTotals = { crc: 0, size: 0, compressedSize: 0 };

  /** `emit` gets the compressed bytes in order, one call at a time. */
  constructor(emit: (bytes: Buffer) => Promise<void>) {
    this.#emit = emit;
  }

  /** Copies the bytes: the caller may use its buffer again. Waits while all jobs are busy. */
  async write(chunk: Uint8Array): Promise<void> {
    let from = 0;
    while (from < chunk.length) {
      // A block goes only when something follows it, so that the last one is empty only when the whole input is.
      if (this.#filled === BLOCK) await this.#startBlock();
      const count = Math.min(BLOCK - this.#filled, chunk.length - from);
      this.#block.set(chunk.subarray(from, from + count), this.#filled);
      this.#filled += count;
      from += count;
    }
  }

  /** Ends the input; the next write() begins another. */
  async end(): Promise<DeflateTotals> {
    const last = this.#takeBlock();
    if (this.#jobs.length === 0 && last.length <= SMALL) this.#jobs.push(Promise.resolve(deflateSmall(last, this.#dictionary)));
    else this.#startJob(deflateBlock(last, this.#dictionary, constants.Z_FINISH));
    while (this.#jobs.length > 0) await this.#emitOldest();
    const totals = this.#totals;
    this.#totals = { crc: 0, size: 0, compressedSize: 0 };
    this.#dictionary = undefined;
    return totals;
  }

  async #startBlock(): Promise<void> {
    const block = this.#takeBlock();
    const job = deflateBlock(block, this.#dictionary, constants.Z_SYNC_FLUSH);
    const whole = this.#block;
    this.#startJob(job.finally(() => this.#freeBlocks.push(whole)));
    this.#dictionary = Buffer.from(block.subarray(-DICTIONARY));
    if (this.#jobs.length >= JOBS) await this.#emitOldest();
    this.#block = this.#freeBlocks.pop() ?? Buffer.allocUnsafeSlow(BLOCK);
  }

  #takeBlock(): Buffer {
    const block = this.#block.subarray(0, this.#filled);
    this.#filled = 0;
    this.#totals.crc = crc32(block, this.#totals.crc);
    this.#totals.size += block.length;
    return block;
  }

  #startJob(job: Promise<Buffer>): void {
    // Waited for in #emitOldest; without this a failure before that would end the process.
    job.catch(() => {});
    this.#jobs.push(job);
  }

  async #emitOldest(): Promise<void> {
    const bytes = await this.#jobs.shift()!;
    this.#totals.compressedSize += bytes.length;
    await this.#emit(bytes);
  }
}

function deflateSmall(block: Buffer, dictionary: Buffer | undefined): Buffer {
  return deflateRawSync(block, { level: 1, dictionary, chunkSize: block.length + 256 });
}

function deflateBlock(block: Buffer, dictionary: Buffer | undefined, finishFlush: number): Promise<Buffer> {
  // One output chunk for nearly every block of text: a further one is a further way to a thread and back.
  const chunkSize = Math.max(SMALL, Math.ceil(block.length / 2));
  return new Promise((resolve, reject) => {
    deflateRaw(block, { level: 1, finishFlush, dictionary, chunkSize }, (error, bytes) =>
      error ? reject(error) : resolve(bytes),
    );
  });
}
