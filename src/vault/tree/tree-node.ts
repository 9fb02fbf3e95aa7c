import { type ChunkId, digestOf, idOf } from '../chunks/chunk-id.ts';

/** One child of a node: a leaf (a chunk of rows) or a node of the level below. */
export interface TreeEntry {
  id: ChunkId;
  /** 0: a leaf. */
  level: number;
  /** Rows below. */
  rows: number;
  /** Bytes of rows below. */
  bytes: number;
  /** Key of the last row below. */
  last: Buffer;
}

/** A whole sorted list of rows. It is plain data and can be kept as JSON. */
export interface TreeRoot {
  /** Null: no rows. */
  id: ChunkId | null;
  level: number;
  rows: number;
  bytes: number;
}

export const emptyTree: TreeRoot = { id: null, level: 0, rows: 0, bytes: 0 };

/**
 * A node: one byte, the level of its entries; then each entry: id (32 bytes), rows and bytes (six bytes each), length of the key (four
 * bytes), key. Big endian.
 */
export function encodeNode(entries: TreeEntry[]): Buffer {
  const parts: Buffer[] = [Buffer.from([entries[0].level])];
  for (const entry of entries) {
    const head = Buffer.alloc(48);
    digestOf(entry.id).copy(head);
    head.writeUIntBE(entry.rows, 32, 6);
    head.writeUIntBE(entry.bytes, 38, 6);
    head.writeUInt32BE(entry.last.length, 44);
    parts.push(head, entry.last);
  }
  return Buffer.concat(parts);
}

/** Throws RangeError when the bytes are not a node. */
export function decodeNode(bytes: Buffer): TreeEntry[] {
  const level = bytes[0];
  const entries: TreeEntry[] = [];
  let at = 1;
  while (at < bytes.length) {
    const keyLength = bytes.readUInt32BE(at + 44);
    const end = at + 48 + keyLength;
    if (end > bytes.length) throw new RangeError('a node of a tree ends too early');
    entries.push({
      id: idOf(bytes.subarray(at, at + 32)),
      level,
      rows: bytes.readUIntBE(at + 32, 6),
      bytes: bytes.readUIntBE(at + 38, 6),
      last: bytes.subarray(at + 48, end),
    });
    at = end;
  }
  return entries;
}
