import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { isOxbowError, OxbowError } from '#base/errors.ts';
import { deriveKey } from '../crypto/vault-keys.ts';
import { secretOf } from './chunk-id.ts';

// A pack: "OXBP", version, three zero bytes, salt of 32; then chunks, each ciphertext and tag; then the sealed list of its chunks; then
// the length of that list in four bytes (big endian) and "OXBP" again. All of it is named by its SHA-256: packs/<2>/<64 hex digits>.

/** Where a chunk lies in its pack. */
export interface PackEntry {
  /** 32 bytes. */
  digest: Buffer;
  kind: number;
  /** True: zstd. */
  packed: boolean;
  offset: number;
  /** Of the ciphertext with its tag, in bytes. */
  length: number;
  /** Of the plain chunk, in bytes. */
  rawLength: number;
}

const magic = Buffer.from('OXBP');
const version = 1;
export const packHeaderBytes = 40;
const footerBytes = 8;
export const tagBytes = 16;
export const entryBytes = 46;
/** Above this the pack is closed. */
export const packTarget = 16 * 1024 * 1024;
/** No chunk is larger: a pack with one more chunk still fits into memory easily. */
export const maxChunkBytes = 16 * 1024 * 1024;

/** Encrypts the chunks of one pack, under a key that only this pack has. The nonce of a chunk is its offset. */
export class PackBuilder {
  readonly salt: Buffer;
  readonly #key: Buffer;
  readonly entries: PackEntry[] = [];
  #bytes = Buffer.allocUnsafeSlow(64 * 1024);
  #size = 0;

  constructor(packKey: Buffer) {
    this.salt = randomBytes(32);
    this.#key = deriveKey(packKey, this.salt, 'pack');
    this.#append(magic, Buffer.from([version, 0, 0, 0]), this.salt);
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a chunk, then decrypts what it wrote and compares: memory that flips a bit must not reach the vault. */
  add(chunk: Omit<PackEntry, 'offset' | 'length'>, body: Buffer): void {
    const entry: PackEntry = { ...chunk, offset: this.#size, length: body.length + tagBytes };
    const cipher = createCipheriv('aes-256-gcm', secretOf(this.#key), nonceAt(entry.offset));
    cipher.setAAD(chunkData(entry));
    this.#append(cipher.update(body), cipher.final(), cipher.getAuthTag());
    if (!decrypt(this.#key, entry, this.#bytes.subarray(entry.offset, this.#size)).equals(body)) {
      throw new OxbowError(
        'MEMORY_FAULTY',
        'A chunk could not be read back right after it was encrypted: this machine makes errors.',
        {
          hint: 'Test the memory of this machine before you back up again. Nothing damaged was stored.',
        },
      );
    }
    this.entries.push(entry);
  }

  /** The whole pack, in a memory of its own, and its name (hex). The builder is of no more use. */
  finish(): { name: string; bytes: Buffer } {
    const cipher = createCipheriv('aes-256-gcm', this.#key, trailerNonce);
    cipher.setAAD(trailerData);
    const list = encodeEntries(this.entries);
    const start = this.#size;
    this.#append(cipher.update(list), cipher.final(), cipher.getAuthTag());
    const length = Buffer.alloc(4);
    length.writeUInt32BE(this.#size - start, 0);
    this.#append(length, magic);
    const bytes = this.#bytes.subarray(0, this.#size);
    return { name: packName(bytes), bytes };
  }

  #append(...parts: Buffer[]): void {
    for (const part of parts) {
      if (this.#size + part.length > this.#bytes.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#size + part.length));
        this.#bytes.copy(larger, 0, 0, this.#size);
        this.#bytes = larger;
      }
      part.copy(this.#bytes, this.#size);
      this.#size += part.length;
    }
  }
}

export function packName(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function packKeyPath(name: string): string {
  return `packs/${name.slice(0, 2)}/${name}`;
}

/** The key of a pack, from the salt that stands in its header and in the index. */
export function packKeyOf(packKey: Buffer, salt: Buffer): Buffer {
  return deriveKey(packKey, salt, 'pack');
}

/** The salt of a pack, from its first 40 bytes. Throws OBJECT_DAMAGED. */
export function readPackSalt(header: Buffer, name: string): Buffer {
  if (header.length < packHeaderBytes || !header.subarray(0, 4).equals(magic))
    throw damaged(name, 'its beginning is not that of a pack');
  return Buffer.from(header.subarray(8, packHeaderBytes));
}

/** Decrypts one chunk; what comes out may still be compressed. Throws OBJECT_DAMAGED. */
export function openChunk(key: Buffer, entry: PackEntry, bytes: Buffer, name: string): Buffer {
  if (bytes.length !== entry.length) throw damaged(name, 'it ends too early');
  try {
    return decrypt(key, entry, bytes);
  } catch (error) {
    throw damaged(name, 'a chunk of it is not what was written', error);
  }
}

/**
 * The list of chunks at the end of a pack, read through `read`. Throws OBJECT_DAMAGED; VAULT_VERSION_UNSUPPORTED for a pack of a later version,
 * which is told from a flipped bit by not opening as one of this version.
 * @param size of the pack in bytes
 */
export async function readPackEntries(
  packKey: Buffer,
  name: string,
  size: number,
  read: (offset: number, length: number) => Promise<Buffer>,
): Promise<{ salt: Buffer; entries: PackEntry[] }> {
  if (size < packHeaderBytes + tagBytes + footerBytes) throw damaged(name, 'it is too short');
  const header = await read(0, packHeaderBytes);
  const salt = readPackSalt(header, name);
  const isLater = header[4] > version;
  let entries: PackEntry[];
  try {
    entries = await readTrailer(packKeyOf(packKey, salt), name, size, read);
  } catch (error) {
    if (!isLater || !isOxbowError(error, 'OBJECT_DAMAGED')) throw error;
    throw new OxbowError('VAULT_VERSION_UNSUPPORTED', `Pack ${name} was written by a newer Oxbow.`, {
      hint: 'Upgrade Oxbow, then try again.',
    });
  }
  if (isLater) throw damaged(name, 'its version is not the one that was written');
  return { salt, entries };
}

async function readTrailer(
  key: Buffer,
  name: string,
  size: number,
  read: (offset: number, length: number) => Promise<Buffer>,
): Promise<PackEntry[]> {
  const guess = Math.min(size - packHeaderBytes, 64 * 1024);
  let tail = await read(size - guess, guess);
  if (tail.length !== guess || !tail.subarray(guess - 4).equals(magic)) throw damaged(name, 'its end is missing');
  const length = tail.readUInt32BE(guess - footerBytes);
  if (length < tagBytes || length > size - packHeaderBytes - footerBytes)
    throw damaged(name, 'its list of chunks has an impossible length');
  if (length + footerBytes > guess) tail = await read(size - length - footerBytes, length + footerBytes);
  const trailer = tail.subarray(tail.length - footerBytes - length, tail.length - footerBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, trailerNonce);
  decipher.setAAD(trailerData);
  decipher.setAuthTag(trailer.subarray(trailer.length - tagBytes));
  try {
    const list = Buffer.concat([decipher.update(trailer.subarray(0, trailer.length - tagBytes)), decipher.final()]);
    return decodeEntries(list);
  } catch (error) {
    throw damaged(name, 'its list of chunks is not what was written', error);
  }
}

/** 46 bytes a chunk: digest, kind, packed, offset, length, raw length (big endian). */
export function encodeEntries(entries: PackEntry[]): Buffer {
  const bytes = Buffer.alloc(entries.length * entryBytes);
  entries.forEach((entry, i) => {
    const at = i * entryBytes;
    entry.digest.copy(bytes, at);
    bytes[at + 32] = entry.kind;
    bytes[at + 33] = entry.packed ? 1 : 0;
    bytes.writeUInt32BE(entry.offset, at + 34);
    bytes.writeUInt32BE(entry.length, at + 38);
    bytes.writeUInt32BE(entry.rawLength, at + 42);
  });
  return bytes;
}

export function decodeEntries(bytes: Buffer): PackEntry[] {
  if (bytes.length % entryBytes !== 0) throw new RangeError('a list of chunks has a length that no list has');
  return Array.from({ length: bytes.length / entryBytes }, (_, i) => {
    const at = i * entryBytes;
    return {
      digest: Buffer.from(bytes.subarray(at, at + 32)),
      kind: bytes[at + 32],
      packed: bytes[at + 33] === 1,
      offset: bytes.readUInt32BE(at + 34),
      length: bytes.readUInt32BE(at + 38),
      rawLength: bytes.readUInt32BE(at + 42),
    };
  });
}

const trailerNonce = Buffer.alloc(12, 0xff);
const trailerData = Buffer.from('oxbow pack 1 trailer');

function nonceAt(offset: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(offset, 8);
  return nonce;
}

function chunkData(entry: Pick<PackEntry, 'digest' | 'kind' | 'packed' | 'rawLength'>): Buffer {
  const data = Buffer.alloc(38);
  entry.digest.copy(data);
  data[32] = entry.kind;
  data[33] = entry.packed ? 1 : 0;
  data.writeUInt32BE(entry.rawLength, 34);
  return data;
}

function decrypt(key: Buffer, entry: PackEntry, bytes: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', secretOf(key), nonceAt(entry.offset));
  decipher.setAAD(chunkData(entry));
  decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
  const plain = decipher.update(bytes.subarray(0, bytes.length - tagBytes));
  decipher.final();
  return plain;
}

function damaged(name: string, what: string, cause?: unknown): OxbowError {
  return new OxbowError('OBJECT_DAMAGED', `Pack ${name} is damaged: ${what}.`, {
    hint: 'Run oxbow check --data, then oxbow repair.',
    details: { object: packKeyPath(name) },
    cause,
  });
}
