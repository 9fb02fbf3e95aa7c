import { createHash } from 'node:crypto';

/** Bytes of a fingerprint: half a SHA-256. An accident is what it must not miss; nobody chooses transaction ids to deceive it. */
export const fingerprintBytes = 16;

/** Collects what identifies the row versions of one leaf: xmin, ctid and key of each row, in order. */
export class FingerprintBuilder {
  #buffer = Buffer.allocUnsafe(64 * 1024);
  #length = 0;

  /** The bytes of a line from xmin to the end of its key, or whole lines that hold no more than that, without the last line feed. */
  add(data: Buffer, start: number, end: number): void {
    const length = end - start + 1;
    if (this.#length + length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + length));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    data.copy(this.#buffer, this.#length, start, end);
    this.#length += length;
    this.#buffer[this.#length - 1] = 10;
  }

  /** The fingerprint of what was added; begins again. */
  take(): Buffer {
    const digest = createHash('sha256').update(this.#buffer.subarray(0, this.#length)).digest();
    this.#length = 0;
    return digest.subarray(0, fingerprintBytes);
  }
}

/** Fingerprints of leaves in order, grown as they come: 16 bytes a leaf (a leaf holds some 100 KiB of rows). */
export class FingerprintList {
  #bytes = Buffer.alloc(1024 * fingerprintBytes);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  push(fingerprint: Buffer): void {
    if ((this.#count + 1) * fingerprintBytes > this.#bytes.length) {
      this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(this.#bytes.length)]);
    }
    fingerprint.copy(this.#bytes, this.#count * fingerprintBytes);
    this.#count++;
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#count * fingerprintBytes);
  }
}
