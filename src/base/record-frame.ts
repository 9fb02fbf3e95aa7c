/** Bytes of the two lengths before a record. */
export const headerBytes = 8;

/** Where the bytes of a value stand. */
export interface Frame {
  key: string;
  bytes: Buffer;
  from: number;
  to: number;
}

/** Values one behind the other; `ends[i]` is where that of `keys[i]` ends. */
export interface RawBatch {
  keys: string[];
  data: Buffer;
  ends: number[];
}

/** Writes length of key, length of value, key, value. Returns where it ends. */
export function writeFrame(target: Buffer, at: number, key: string, bytes: Buffer, from: number, to: number): number {
  const keyBytes = target.write(key, at + headerBytes);
  target.writeUInt32LE(keyBytes, at);
  target.writeUInt32LE(to - from, at + 4);
  const valueAt = at + headerBytes + keyBytes;
  bytes.copy(target, valueAt, from, to);
  return valueAt + to - from;
}
