import { OxbowError } from '#base/errors.ts';
import type { ChunkKind } from './chunk-id.ts';
import { packChunk, packChunkNow, unpackChunk, unpackChunkNow } from './compression.ts';
import { looksRandom } from './looks-random.ts';

/** Compressed only when that saves at least a twentieth. */
const worthwhile = 0.95;

/** What a pack keeps of a chunk: the compressed bytes, unpacked again and compared, or the chunk itself when compression does not help. */
export async function verifiedBody(kind: ChunkKind, data: Buffer): Promise<Buffer> {
  if (isHopeless(kind, data)) return data;
  const packed = await packChunk(data);
  if (packed.length >= data.length * worthwhile) return data;
  return verify(data, packed, await unpackChunk(packed, data.length));
}

/** The same at once, for a thread that does nothing else. */
export function verifiedBodyNow(kind: ChunkKind, data: Buffer): Buffer {
  if (isHopeless(kind, data)) return data;
  const packed = packChunkNow(data);
  if (packed.length >= data.length * worthwhile) return data;
  return verify(data, packed, unpackChunkNow(packed, data.length));
}

function isHopeless(kind: ChunkKind, data: Buffer): boolean {
  return data.length < 64 || (kind === 'file' && looksRandom(data));
}

function verify(data: Buffer, packed: Buffer, again: Buffer): Buffer {
  if (again.equals(data)) return packed;
  throw memoryFaulty('A chunk could not be unpacked right after it was packed');
}

/** @param what happened, without a full stop */
export function memoryFaulty(what: string): OxbowError {
  return new OxbowError('MEMORY_FAULTY', `${what}: this machine makes errors.`, {
    hint: 'Test the memory of this machine before you back up again. Nothing damaged was stored.',
  });
}
