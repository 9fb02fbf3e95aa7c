import { createHash } from 'node:crypto';
import { OxbowError } from '#base/errors.ts';
import { seal, unseal } from '../crypto/sealed-object.ts';
import { decodeEntries, encodeEntries, entryBytes, type PackEntry } from './pack-format.ts';

/** The chunks of one pack, as an index object lists them. */
export interface IndexedPack {
  /** Hex. */
  name: string;
  /** From its header: with it a chunk is read without reading the header. */
  salt: Buffer;
  /** Of the pack, in bytes. */
  size: number;
  entries: PackEntry[];
}

const headBytes = 72;

/** Body: for each pack its name and salt (32 bytes each), size and number of chunks (four bytes each, big endian), then its chunks of 46 bytes. */
export function encodeIndex(packs: IndexedPack[]): Buffer {
  const parts: Buffer[] = [];
  for (const pack of packs) {
    const head = Buffer.alloc(headBytes);
    Buffer.from(pack.name, 'hex').copy(head);
    pack.salt.copy(head, 32);
    head.writeUInt32BE(pack.size, 64);
    head.writeUInt32BE(pack.entries.length, 68);
    parts.push(head, encodeEntries(pack.entries));
  }
  return Buffer.concat(parts);
}

/** Throws RangeError when the body is not one that encodeIndex wrote. */
export function decodeIndex(body: Buffer): IndexedPack[] {
  const packs: IndexedPack[] = [];
  let at = 0;
  while (at < body.length) {
    const size = body.readUInt32BE(at + 64);
    const count = body.readUInt32BE(at + 68);
    const end = at + headBytes + count * entryBytes;
    if (end > body.length) throw new RangeError('an index ends too early');
    const name = body.toString('hex', at, at + 32);
    const salt = Buffer.from(body.subarray(at + 32, at + 64));
    packs.push({ name, salt, size, entries: decodeEntries(body.subarray(at + headBytes, end)) });
    at = end;
  }
  return packs;
}

/** An index object and its key, index/<SHA-256 of it>. */
export function sealIndex(key: Buffer, packs: IndexedPack[]): { key: string; bytes: Buffer } {
  const bytes = seal(key, 'index', '', encodeIndex(packs));
  return { key: `index/${createHash('sha256').update(bytes).digest('hex')}`, bytes };
}

/** Throws OBJECT_DAMAGED. */
export function unsealIndex(key: Buffer, objectKey: string, bytes: Buffer): IndexedPack[] {
  const where = `The index object ${objectKey}`;
  const body = unseal(key, 'index', '', bytes, where);
  try {
    return decodeIndex(body);
  } catch (error) {
    throw new OxbowError('OBJECT_DAMAGED', `${where} is damaged.`, {
      hint: 'Run oxbow repair: it makes a new index from the packs.',
      cause: error,
    });
  }
}
