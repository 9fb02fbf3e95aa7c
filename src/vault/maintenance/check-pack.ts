import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import { isOxbowError } from '#base/errors.ts';
import { type ChunkId, chunkDigest, idOf, kindOf } from '../chunks/chunk-id.ts';
import type { ChunkIndex } from '../chunks/chunk-index.ts';
import {
  openChunk,
  type PackEntry,
  packHeaderBytes,
  packKeyOf,
  packKeyPath,
  packName,
  readPackEntries,
  readPackSalt,
} from '../chunks/pack-format.ts';
import type { Vault } from '../vault.ts';

const unpack = promisify(zstdDecompress);

export interface PackCheck {
  /** What is wrong; null when all is well. */
  problem: string | null;
  /** Chunks that cannot be read out of this pack. */
  bad: ChunkId[];
  /** Those that can, with their plain bytes; only when asked for. */
  good: { entry: PackEntry; data: Buffer }[];
}

/**
 * Reads one pack and verifies everything: its name, its list of chunks, that the index says the same, and each chunk down to its plain bytes.
 * @param keep gives the good chunks too
 */
export async function checkPack(vault: Vault, name: string, index: ChunkIndex, keep = false): Promise<PackCheck> {
  let bytes: Buffer;
  try {
    bytes = await vault.store.get(packKeyPath(name));
  } catch (error) {
    if (!isOxbowError(error, 'OBJECT_NOT_FOUND')) throw error;
    return { problem: 'a pack is missing', bad: indexed(index, name).map((entry) => idOf(entry.digest)), good: [] };
  }
  const isWhole = packName(bytes) === name;
  const found = await entriesOf(vault, name, bytes, index);
  const result: PackCheck = { problem: isWhole ? null : 'a pack is not what was written', bad: [], good: [] };
  if (found.problem) result.problem ??= found.problem;
  const chunks = found.entries.map(async (entry) => {
    const data = found.key ? await readChunk(vault, found.key, entry, bytes, name) : null;
    if (!data) {
      // Another pack may have it too, and be the one that is read.
      if ((index.locate(entry.digest)?.pack ?? name) === name) result.bad.push(idOf(entry.digest));
      result.problem ??= 'a chunk of a pack is damaged';
    } else if (keep) result.good.push({ entry, data });
  });
  await Promise.all(chunks);
  result.good.sort((a, b) => a.entry.offset - b.entry.offset);
  return result;
}

async function entriesOf(
  vault: Vault,
  name: string,
  bytes: Buffer,
  index: ChunkIndex,
): Promise<{ key: Buffer | null; entries: PackEntry[]; problem: string | null }> {
  try {
    const read = async (offset: number, length: number) => bytes.subarray(offset, offset + length);
    const { salt, entries } = await readPackEntries(vault.keys.pack, name, bytes.length, read);
    return { key: packKeyOf(vault.keys.pack, salt), entries, problem: null };
  } catch (error) {
    if (!isOxbowError(error, 'OBJECT_DAMAGED')) throw error;
  }
  // Its own list is lost: the index has the same, and the salt too.
  const pack = index.packs.find((one) => one.name === name);
  const salt = pack?.salt ?? saltOf(bytes, name);
  return {
    key: salt && packKeyOf(vault.keys.pack, salt),
    entries: indexed(index, name),
    problem: 'the list of chunks of a pack is damaged',
  };
}

function saltOf(bytes: Buffer, name: string): Buffer | null {
  try {
    return readPackSalt(bytes.subarray(0, packHeaderBytes), name);
  } catch {
    return null;
  }
}

function indexed(index: ChunkIndex, name: string): PackEntry[] {
  const entries: PackEntry[] = [];
  for (const { entry } of index.entries()) if (entry.pack === name) entries.push(entry);
  return entries;
}

async function readChunk(vault: Vault, key: Buffer, entry: PackEntry, bytes: Buffer, name: string): Promise<Buffer | null> {
  try {
    const body = openChunk(key, entry, bytes.subarray(entry.offset, entry.offset + entry.length), name);
    const data = entry.packed ? await unpack(body, { maxOutputLength: Math.max(entry.rawLength, 1) }) : body;
    const kind = kindOf(entry.kind);
    return kind && chunkDigest(vault.keys.chunkId, kind, data).equals(entry.digest) ? data : null;
  } catch {
    return null;
  }
}
