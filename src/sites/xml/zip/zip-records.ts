/** The records of a zip, as in PKWARE's APPNOTE 6.3.10, sections 4.3.7, 4.3.9, 4.3.12, 4.3.14 to 4.3.16 and 4.5.3. */

/** Where 32 and 16 bits end: a value from here on goes into the ZIP64 form. Lower only to try that form with little data. */
export interface Zip64Bounds {
  bytes: number;
  entries: number;
}

export const zip64Bounds: Zip64Bounds = { bytes: 0xffffffff, entries: 0xffff };

/** Sizes follow the data (bit 3), names are UTF-8 (bit 11); as Java writes, and so Confluence. */
const FLAGS = 0x0808;
const DEFLATE = 8;
const VERSION = 20;
const VERSION_ZIP64 = 45;
/** Made on Unix, a plain file that its owner may write and everybody may read. */
const MADE_BY_UNIX = 3 << 8;
const UNIX_FILE = 0o100644;

export interface WrittenEntry {
  name: Buffer;
  crc: number;
  size: number;
  compressedSize: number;
  /** Of the local header. */
  offset: number;
}

/** Date (high half) and time (low half) of MS-DOS, in UTC and clamped to 1980..2107, two seconds exact. */
export function dosTime(date: Date): number {
  const clamped = new Date(Math.min(Math.max(date.getTime(), Date.UTC(1980, 0, 1)), Date.UTC(2107, 11, 31, 23, 59, 58)));
  const day = ((clamped.getUTCFullYear() - 1980) << 9) | ((clamped.getUTCMonth() + 1) << 5) | clamped.getUTCDate();
  const time = (clamped.getUTCHours() << 11) | (clamped.getUTCMinutes() << 5) | (clamped.getUTCSeconds() >> 1);
  return ((day << 16) | time) >>> 0;
}

export function localHeader(name: Buffer, time: number): Buffer {
  const record = Buffer.alloc(30 + name.length);
  record.writeUInt32LE(0x04034b50, 0);
  record.writeUInt16LE(VERSION, 4);
  record.writeUInt16LE(FLAGS, 6);
  record.writeUInt16LE(DEFLATE, 8);
  record.writeUInt32LE(time, 10);
  record.writeUInt16LE(name.length, 26);
  name.copy(record, 30);
  return record;
}

/**
 * Sizes of 8 bytes only where 4 do not suffice, without a ZIP64 field in the local header (it was written before the size was known):
 * java.util.zip writes so, and its ZipInputStream before Java 23 reads nothing else.
 */
export function dataDescriptor(entry: WrittenEntry, bounds: Zip64Bounds): Buffer {
  const isLarge = entry.size >= bounds.bytes || entry.compressedSize >= bounds.bytes;
  const record = Buffer.alloc(isLarge ? 24 : 16);
  record.writeUInt32LE(0x08074b50, 0);
  record.writeUInt32LE(entry.crc, 4);
  if (isLarge) {
    record.writeBigUInt64LE(BigInt(entry.compressedSize), 8);
    record.writeBigUInt64LE(BigInt(entry.size), 16);
  } else {
    record.writeUInt32LE(entry.compressedSize, 8);
    record.writeUInt32LE(entry.size, 12);
  }
  return record;
}

export function centralHeader(entry: WrittenEntry, time: number, bounds: Zip64Bounds): Buffer {
  const large = [entry.size, entry.compressedSize, entry.offset].filter((value) => value >= bounds.bytes);
  const extraLength = large.length > 0 ? 4 + 8 * large.length : 0;
  const version = large.length > 0 ? VERSION_ZIP64 : VERSION;
  const small = (value: number) => (value >= bounds.bytes ? 0xffffffff : value);
  const record = Buffer.alloc(46 + entry.name.length + extraLength);
  record.writeUInt32LE(0x02014b50, 0);
  record.writeUInt16LE(MADE_BY_UNIX | version, 4);
  record.writeUInt16LE(version, 6);
  record.writeUInt16LE(FLAGS, 8);
  record.writeUInt16LE(DEFLATE, 10);
  record.writeUInt32LE(time, 12);
  record.writeUInt32LE(entry.crc, 16);
  record.writeUInt32LE(small(entry.compressedSize), 20);
  record.writeUInt32LE(small(entry.size), 24);
  record.writeUInt16LE(entry.name.length, 28);
  record.writeUInt16LE(extraLength, 30);
  record.writeUInt32LE(UNIX_FILE * 0x10000, 38);
  record.writeUInt32LE(small(entry.offset), 42);
  entry.name.copy(record, 46);
  if (extraLength > 0) {
    let at = 46 + entry.name.length;
    at = record.writeUInt16LE(0x0001, at);
    at = record.writeUInt16LE(8 * large.length, at);
    for (const value of large) at = record.writeBigUInt64LE(BigInt(value), at);
  }
  return record;
}

/** The end of a zip whose central directory of `bytes` bytes starts at `offset`. */
export function endOfZip(entries: number, offset: number, bytes: number, bounds: Zip64Bounds): Buffer {
  const isLarge = entries >= bounds.entries || offset >= bounds.bytes || bytes >= bounds.bytes;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(isLarge ? 0xffff : entries, 8);
  end.writeUInt16LE(isLarge ? 0xffff : entries, 10);
  end.writeUInt32LE(isLarge ? 0xffffffff : bytes, 12);
  end.writeUInt32LE(isLarge ? 0xffffffff : offset, 16);
  if (!isLarge) return end;

  const large = Buffer.alloc(56 + 20);
  large.writeUInt32LE(0x06064b50, 0);
  large.writeBigUInt64LE(44n, 4);
  large.writeUInt16LE(MADE_BY_UNIX | VERSION_ZIP64, 12);
  large.writeUInt16LE(VERSION_ZIP64, 14);
  large.writeBigUInt64LE(BigInt(entries), 24);
  large.writeBigUInt64LE(BigInt(entries), 32);
  large.writeBigUInt64LE(BigInt(bytes), 40);
  large.writeBigUInt64LE(BigInt(offset), 48);
  large.writeUInt32LE(0x07064b50, 56);
  large.writeBigUInt64LE(BigInt(offset + bytes), 64);
  large.writeUInt32LE(1, 72);
  return Buffer.concat([large, end]);
}
