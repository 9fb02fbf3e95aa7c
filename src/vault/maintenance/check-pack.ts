import { isOxbowError } from '#base/errors.ts';
import { chunkDigest, kindOf } from '../chunks/chunk-id.ts';
import { unpackChunkNow } from '../chunks/compression.ts';
import { openChunk, type PackEntry, packKeyOf, packName, readPackEntries } from '../chunks/pack-format.ts';
import type { VaultKeys } from '../crypto/vault-keys.ts';

/** Stands for bytes that were verified and let go. */
const verified = Buffer.alloc(0);

/** A pack as it was read, and what the index says of it. */
export interface ReadPack {
  name: string;
  bytes: Buffer;
  /** Null: the index does not know this pack. */
  salt: Buffer | null;
  /** The chunks that the index finds in it. */
  indexed: PackEntry[];
}

/** The keys that a check of a pack needs. */
export type PackKeys = Pick<VaultKeys, 'pack' | 'chunkId'>;

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

export interface PackVerdict {
  /** As in PackCheck. */
  problem: string | null;
  /** Which of the chunks that the index finds in it cannot be read: places in that list. */
  unreadable: number[];
}

/**
 * Verifies the bytes of one pack: its name, its list of chunks, that the index says the same, and each chunk down to its plain bytes. Memory: one
 * chunk besides the pack, unless they are kept. Error: VAULT_VERSION_UNSUPPORTED.
 * @param keep the plain bytes of all of it stay in memory, some 80 MB
 */
export async function checkPack(keys: PackKeys, pack: ReadPack, keep: boolean): Promise<PackCheck> {
  const { name, bytes, salt, indexed } = pack;
  const isWhole = packName(bytes) === name;
  const own = await ownList(keys, pack, isWhole);
  const result: PackCheck = {
    problem: isWhole ? null : 'a pack is not what was written',
    indexed: salt ? readChunks(keys, salt, indexed, { bytes, name, keep }) : [],
    listed: [],
  };
  if (!own) result.problem ??= 'the list of chunks of a pack is damaged';
  else {
    // What both say alike is read once.
    const places = new Map(result.indexed.map((chunk) => [placeOf(chunk.entry), chunk]));
    const sameKey = salt?.equals(own.salt) === true;
    const others = own.entries.filter((entry) => !sameKey || !places.has(placeOf(entry)));
    const read = readChunks(keys, own.salt, others, { bytes, name, keep });
    const fresh = new Map(read.map((chunk) => [chunk.entry, chunk]));
    result.listed = own.entries.map((entry) => fresh.get(entry) ?? places.get(placeOf(entry))!);
    const listed = new Set(own.entries.map(placeOf));
    if (salt && (!sameKey || indexed.some((entry) => !listed.has(placeOf(entry)))))
      result.problem ??= 'the index does not say of a pack what the pack says of itself';
  }
  if ([...result.indexed, ...result.listed].some((chunk) => !chunk.data)) result.problem ??= 'a chunk of a pack is damaged';
  return result;
}

/** The same in short. */
export async function judgePack(keys: PackKeys, pack: ReadPack): Promise<PackVerdict> {
  const { problem, indexed } = await checkPack(keys, pack, false);
  // Without a salt none of them can be read.
  return { problem, unreadable: [...pack.indexed.keys()].filter((i) => !indexed[i]?.data) };
}

/** Null when it cannot be read. A pack of a later version that is what its name says is not damaged: VAULT_VERSION_UNSUPPORTED. */
async function ownList(
  keys: PackKeys,
  { name, bytes }: ReadPack,
  isWhole: boolean,
): Promise<{ salt: Buffer; entries: PackEntry[] } | null> {
  try {
    return await readPackEntries(keys.pack, name, bytes.length, async (at, length) => bytes.subarray(at, at + length));
  } catch (error) {
    if (isOxbowError(error, 'OBJECT_DAMAGED')) return null;
    if (isOxbowError(error, 'VAULT_VERSION_UNSUPPORTED') && !isWhole) return null;
    throw error;
  }
}

function placeOf({ digest, kind, packed, offset, length, rawLength }: PackEntry): string {
  return `${digest.toString('latin1')} ${kind} ${packed} ${offset} ${length} ${rawLength}`;
}

function readChunks(
  keys: PackKeys,
  salt: Buffer,
  entries: PackEntry[],
  { bytes, name, keep }: { bytes: Buffer; name: string; keep: boolean },
): CheckedChunk[] {
  const key = packKeyOf(keys.pack, salt);
  return entries.map((entry) => {
    const data = readChunk(keys, key, entry, bytes, name);
    return { entry, data: data && !keep ? verified : data };
  });
}

function readChunk(keys: PackKeys, key: Buffer, entry: PackEntry, bytes: Buffer, name: string): Buffer | null {
  try {
    const body = openChunk(key, entry, bytes.subarray(entry.offset, entry.offset + entry.length), name);
    const data = entry.packed ? unpackChunkNow(body, entry.rawLength) : body;
    const kind = kindOf(entry.kind);
    return kind && chunkDigest(keys.chunkId, kind, data).equals(entry.digest) ? data : null;
  } catch {
    return null;
  }
}
