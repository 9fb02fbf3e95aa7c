import { isSpace } from './xml-tag.ts';

/** Answers of matches and matchesName. */
export const no = 0;
export const yes = 1;
export const perhaps = -1;

/** Whether `pattern` stands at `at`; perhaps, when the bytes end before that is clear. */
export function matches(bytes: Buffer, at: number, end: number, pattern: Buffer): number {
  const length = Math.min(pattern.length, end - at);
  for (let i = 0; i < length; i++) if (bytes[at + i] !== pattern[i]) return no;
  return length === pattern.length ? yes : perhaps;
}

/** As matches, for a pattern that ends with an element name. */
export function matchesName(bytes: Buffer, at: number, end: number, pattern: Buffer): number {
  const found = matches(bytes, at, end, pattern);
  if (found !== yes) return found;
  const behind = at + pattern.length;
  if (behind >= end) return perhaps;
  return isSpace(bytes[behind]!) || bytes[behind] === 0x3e || bytes[behind] === 0x2f ? yes : no;
}

/** Next byte of that value in from..end, -1 if none. Short distances are cheaper without a native call. */
export function find(bytes: Buffer, byte: number, from: number, end: number): number {
  const near = Math.min(end, from + 40);
  for (let i = from; i < near; i++) if (bytes[i] === byte) return i;
  if (near === end) return -1;
  const found = bytes.indexOf(byte, near);
  return found < end ? found : -1;
}

/** Where the next `]]>` begins in from..end, -1 if nowhere. */
export function findCdataEnd(bytes: Buffer, from: number, end: number): number {
  let at = find(bytes, 0x5d, from, end);
  while (at >= 0) {
    let behind = at + 1;
    while (behind < end && bytes[behind] === 0x5d) behind++;
    if (behind >= end) return -1;
    if (behind - at >= 2 && bytes[behind] === 0x3e) return behind - 2;
    at = find(bytes, 0x5d, behind + 1, end);
  }
  return -1;
}
