import { isOxbowError } from '#base/errors.ts';
import { chunkDigest, kindOf } from '../chunks/chunk-id.ts';
import type { ChunkIndex } from '../chunks/chunk-index.ts';
import { unpackChunk } from '../chunks/compression.ts';
import { openChunk, type PackEntry, packKeyOf, packName, readPackEntries } from '../chunks/pack-format.ts';
import type { Vault } from '../vault.ts';

/** Stands for bytes that were verified and let go. */
const verified = Buffer.alloc(0);

/** One chunk that should be in a pack, and its plain bytes (empty unless they are kept); null when they cannot be read. */
export interface CheckedChunk {
  entry: PackEntry;
  data: Buffer | null;
}

export interface PackCheck {
  /** What is wrong; null when all is well. */
  problem: string | null;
  /** The chunks that the index finds in this pack. */
  indexed: CheckedChunk[];
  /** Those that the pack itself lists. */
  listed: CheckedChunk[];
}

/**
 * Verifies the bytes of one pack: its name, its list of chunks, that the index says the same, and each chunk down to its plain bytes.
 * @param slots of the chunks that the index finds in it
 * @param keep the plain bytes of all of it stay in memory, some 80 MB
 */
export async function checkPack(
  vault: Vault,
  name: string,
  bytes: Buffer,
  index: ChunkIndex,
  slots: Uint32Array,
  keep: boolean,
): Promise<PackCheck> {
  const isWhole = packName(bytes) === name;
  const own = await ownList(vault, name, bytes, isWhole);
  const known = index.pack(name);
  const indexed = Array.from(slots, (slot) => index.at(slot));
  const result: PackCheck = {
    problem: isWhole ? null : 'a pack is not what was written',
    indexed: await readChunks(vault, known?.salt, indexed, { bytes, name, keep }),
    listed: [],
  };
  if (!own) result.problem ??= 'the list of chunks of a pack is damaged';
  else {
    // What both say alike is read once.
    const places = new Map(result.indexed.map((chunk) => [placeOf(chunk.entry), chunk]));
    const sameKey = known?.salt.equals(own.salt) === true;
    const others = own.entries.filter((entry) => !sameKey || !places.has(placeOf(entry)));
    const read = await readChunks(vault, own.salt, others, { bytes, name, keep });
    const fresh = new Map(read.map((chunk) => [chunk.entry, chunk]));
    result.listed = own.entries.map((entry) => fresh.get(entry) ?? places.get(placeOf(entry))!);
    const listed = new Set(own.entries.map(placeOf));
    if (known && (!sameKey || indexed.some((entry) => !listed.has(placeOf(entry)))))
      result.problem ??= 'the index does not say of a pack what the pack says of itself';
  }
  if ([...result.indexed, ...result.listed].some((chunk) => !chunk.data)) result.problem ??= 'a chunk of a pack is damaged';
  return result;
}

/** Null when it cannot be read. A pack of a later version that is what its name says is not damaged: VAULT_VERSION_UNSUPPORTED. */
async function ownList(
  vault: Vault,
  name: string,
  bytes: Buffer,
  isWhole: boolean,
): Promise<{ salt: Buffer; entries: PackEntry[] } | null> {
  try {
    return await readPackEntries(vault.keys.pack, name, bytes.length, async (at, length) => bytes.subarray(at, at + length));
  } catch (error) {
    if (isOxbowError(error, 'OBJECT_DAMAGED')) return null;
    if (isOxbowError(error, 'VAULT_VERSION_UNSUPPORTED') && !isWhole) return null;
    throw error;
  }
}

function placeOf({ digest, kind, packed, offset, length, rawLength }: PackEntry): string {
  return `${digest.toString('latin1')} ${kind} ${packed} ${offset} ${length} ${rawLength}`;
}

async function readChunks(
  vault: Vault,
  salt: Buffer | undefined,
  entries: PackEntry[],
  pack: { bytes: Buffer; name: string; keep: boolean },
): Promise<CheckedChunk[]> {
  if (!salt) return [];
  const key = packKeyOf(vault.keys.pack, salt);
  const read = async (entry: PackEntry) => {
    const data = await readChunk(vault, key, entry, pack.bytes, pack.name);
    return { entry, data: data && !pack.keep ? verified : data };
  };
  return await Promise.all(entries.map(read));
}

async function readChunk(vault: Vault, key: Buffer, entry: PackEntry, bytes: Buffer, name: string): Promise<Buffer | null> {
  try {
    const body = openChunk(key, entry, bytes.subarray(entry.offset, entry.offset + entry.length), name);
    const data = entry.packed ? await unpackChunk(body, entry.rawLength) : body;
    const kind = kindOf(entry.kind);
    return kind && chunkDigest(vault.keys.chunkId, kind, data).equals(entry.digest) ? data : null;
  } catch {
    return null;
  }
}
