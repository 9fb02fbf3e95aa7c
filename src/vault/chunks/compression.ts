import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } from 'node:zlib';
import { maxChunkBytes } from './pack-format.ts';

const pack = promisify(zstdCompress);
const unpack = promisify(zstdDecompress);
/** Part of the format: level 3. */
const params = { [constants.ZSTD_c_compressionLevel]: 3 };
/** Up to so many plain bytes the work takes less time than to hand it to a thread and take it back. */
const smallBytes = 32 * 1024;

/** zstd. Told the size beforehand, it takes no more memory than these bytes need, and the work is one step, in the background unless it is small. */
export async function packChunk(data: Buffer): Promise<Buffer> {
  return data.length <= smallBytes ? packChunkNow(data) : await pack(data, packOptions(data));
}

export function packChunkNow(data: Buffer): Buffer {
  return zstdCompressSync(data, packOptions(data));
}

/**
 * The inverse. Rejects when the bytes are damaged, or hold more than they should.
 * @param length of the plain bytes
 */
export async function unpackChunk(packed: Buffer, length: number): Promise<Buffer> {
  return length <= smallBytes ? unpackChunkNow(packed, length) : await unpack(packed, unpackOptions(length));
}

export function unpackChunkNow(packed: Buffer, length: number): Buffer {
  return zstdDecompressSync(packed, unpackOptions(length));
}

function packOptions({ length }: Buffer) {
  return { params, chunkSize: Math.max(length, 64), pledgedSrcSize: length };
}

function unpackOptions(length: number) {
  return { maxOutputLength: Math.max(length, 1), chunkSize: Math.min(Math.max(length, 64), maxChunkBytes) };
}
