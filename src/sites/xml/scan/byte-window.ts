const smallest = 256 * 1024;

/**
 * The part of a file between the first byte that is still needed and the last one that was read.
 * Appending is linear over the whole file: room doubles, and what is consumed is only moved when the buffer is full.
 * Holds one token plus one slice of input; after a huge token the room is given back.
 */
export class ByteWindow {
  bytes: Buffer = Buffer.from(new ArrayBuffer(smallest));
  /** Index in `bytes` of the first byte still needed. */
  at = 0;
  /** Index in `bytes` behind the last byte read. */
  end = 0;
  /** Offset in the file of `bytes[0]`. */
  base = 0;

  append(chunk: Buffer): void {
    if (this.end + chunk.length > this.bytes.length) this.#makeRoom(chunk.length);
    chunk.copy(this.bytes, this.end);
    this.end += chunk.length;
  }

  #makeRoom(length: number): void {
    const kept = this.end - this.at;
    const needed = kept + length;
    // Moving at most half of the buffer for at least half a buffer of new room keeps the whole linear.
    const oversized = this.bytes.length > smallest * 16 && needed < this.bytes.length / 16;
    if (needed <= this.bytes.length / 2 && !oversized) {
      this.bytes.copyWithin(0, this.at, this.end);
    } else {
      const larger = Buffer.from(new ArrayBuffer(Math.max(smallest, needed * 2)));
      this.bytes.copy(larger, 0, this.at, this.end);
      this.bytes = larger;
    }
    this.base += this.at;
    this.at = 0;
    this.end = kept;
  }
}

const lowestBit = 0x80808080 | 0;

/**
 * Whether a range has a byte that needs care: a control character other than TAB and LF (so CR counts).
 * Looks at four bytes at a time; `bytes` must start at an aligned offset of its ArrayBuffer, as those of a ByteWindow do.
 */
export function hasControlByte(bytes: Buffer, from: number, to: number): boolean {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  let at = from;
  for (; at < to && (at & 3) !== 0; at++) if (isControl(bytes[at]!)) return true;
  for (let word = at >> 2; at + 4 <= to; word++, at += 4) {
    const four = words[word]!;
    // The high bit of a byte is set in the result when that byte is below 0x20 (or when one before it was).
    if (((four - 0x20202020) & ~four & lowestBit) !== 0) {
      for (let i = at; i < at + 4; i++) if (isControl(bytes[i]!)) return true;
    }
  }
  for (; at < to; at++) if (isControl(bytes[at]!)) return true;
  return false;
}

function isControl(byte: number): boolean {
  return byte < 0x20 && byte !== 0x0a && byte !== 0x09;
}
