import { createHmac } from 'node:crypto';

/** Sizes of the parts of a file in bytes. Part of the format. */
export const partSizes = { min: 512 * 1024, average: 1024 * 1024, max: 8 * 1024 * 1024 };

// FastCDC (Xia et al., USENIX ATC 2016) with normalised chunking: a stricter mask before the average size, a looser one after it. The gear
// is 32 bits wide, so that plain numbers do, and the masks take its upper bits, which have seen the most bytes.
const strictMask = 0xfffff800 | 0; // 21 bits
const looseMask = 0xffff8000 | 0; // 17 bits

/** 256 numbers of 32 bits from the chunker key of the vault: where files are cut tells nothing without it. */
export function gearTable(chunkerKey: Buffer): Int32Array {
  const gear = new Int32Array(256);
  for (let i = 0; i < 32; i++) {
    const block = createHmac('sha256', chunkerKey).update(`gear ${i}`).digest();
    for (let j = 0; j < 8; j++) gear[i * 8 + j] = block.readInt32LE(j * 4);
  }
  return gear;
}

/** Length of the first part of data[start, end), at most partSizes.max; all of it when no boundary is found before the end. */
export function cutPoint(gear: Int32Array, data: Buffer, start: number, end: number): number {
  const length = Math.min(end - start, partSizes.max);
  if (length <= partSizes.min) return length;
  const middle = Math.min(length, partSizes.average);
  let hash = 0;
  let i = partSizes.min;
  for (; i < middle; i++) {
    hash = ((hash << 1) + gear[data[start + i]]) | 0;
    if ((hash & strictMask) === 0) return i + 1;
  }
  for (; i < length; i++) {
    hash = ((hash << 1) + gear[data[start + i]]) | 0;
    if ((hash & looseMask) === 0) return i + 1;
  }
  return length;
}

/** Cuts a stream into parts. Its pieces must not change afterwards. Memory: two parts of the largest size. */
export async function* fileParts(gear: Int32Array, stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let buffer: Buffer = Buffer.alloc(0);
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const piece of stream) {
    waiting.push(piece);
    bytes += piece.length;
    if (buffer.length + bytes < 2 * partSizes.max) continue;
    buffer = Buffer.concat([buffer, ...waiting]);
    waiting = [];
    bytes = 0;
    let at = 0;
    while (buffer.length - at >= partSizes.max) {
      const length = cutPoint(gear, buffer, at, buffer.length);
      yield Buffer.from(buffer.subarray(at, at + length));
      at += length;
    }
    buffer = Buffer.from(buffer.subarray(at));
  }
  // Most files are small and come in one piece.
  buffer = buffer.length === 0 && waiting.length === 1 ? waiting[0] : Buffer.concat([buffer, ...waiting]);
  for (let at = 0; at < buffer.length; ) {
    const length = cutPoint(gear, buffer, at, buffer.length);
    yield buffer.subarray(at, at + length);
    at += length;
  }
}
