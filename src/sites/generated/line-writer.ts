import type { RowBatch } from '#model/site.ts';

const batchBytes = 256 * 1024;
const room = 64 * 1024;

/** Gathers lines of COPY text in one buffer until they are a batch. What is written must be escaped already. Memory: a batch and its largest row. */
export class LineWriter {
  #bytes = Buffer.allocUnsafeSlow(batchBytes + room);
  #at = 0;
  #rows = 0;

  get full(): boolean {
    return this.#at >= batchBytes;
  }

  get rows(): number {
    return this.#rows;
  }

  get length(): number {
    return this.#at;
  }

  text(text: string): void {
    this.#reserve(text.length * 3);
    this.#at += this.#bytes.write(text, this.#at);
  }

  /** UTF-8 bytes of `source`; meant for words and tags, which are shorter than the overhead of a native copy. */
  copy(source: Uint8Array, from: number, to: number): void {
    this.#reserve(to - from);
    const bytes = this.#bytes;
    let at = this.#at;
    for (let i = from; i < to; i++) bytes[at++] = source[i]!;
    this.#at = at;
  }

  endRow(): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = 0x0a;
    this.#rows++;
  }

  /** The lines so far as a batch; the writer starts a new one. */
  take(): RowBatch {
    const batch = { data: this.#bytes.subarray(0, this.#at), count: this.#rows };
    this.#bytes = Buffer.allocUnsafeSlow(batchBytes + room);
    this.#at = 0;
    this.#rows = 0;
    return batch;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}
