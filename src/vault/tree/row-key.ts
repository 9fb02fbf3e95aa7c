// The key of a row is its first fields, as they stand in the line: the bytes before the tab after the last of them.

/** How a field of a key compares: numerically (integers), or by the bytes of its text. Null (\N) comes last. */
export type KeyKind = 'number' | 'text';

const tab = 9;
const newline = 10;
const backslash = 92;
const minus = 45;
const zero = 48;

/**
 * Where the key of a line ends.
 * @param start of the line in `data`, @param end after its line feed
 * @param fields of the key; 0: the whole line is the key
 */
export function keyEnd(data: Buffer, start: number, end: number, fields: number): number {
  if (fields === 0) return end - 1;
  let at = start;
  for (let i = 0; i < fields; i++) {
    const next = data.indexOf(tab, at);
    if (next < 0 || next >= end) return end - 1;
    if (i === fields - 1) return next;
    at = next + 1;
  }
  return end - 1;
}

/** After the line feed of the line that begins at `start`; -1 when it has none. */
export function lineEnd(data: Buffer, start: number): number {
  return data.indexOf(newline, start) + 1 || -1;
}

/** Negative, zero or positive, as for sort(). `kinds` empty: whole lines, by their bytes. */
export function compareRowKeys(kinds: KeyKind[], a: Buffer, b: Buffer): number {
  if (kinds.length === 0) return a.compare(b);
  if (kinds.length === 1) return compareField(kinds[0], a, b);
  let fromA = 0;
  let fromB = 0;
  for (let i = 0; i < kinds.length; i++) {
    const toA = fieldEnd(a, fromA);
    const toB = fieldEnd(b, fromB);
    const order = compareField(kinds[i], a.subarray(fromA, toA), b.subarray(fromB, toB));
    if (order !== 0) return order;
    fromA = toA + 1;
    fromB = toB + 1;
  }
  return 0;
}

/** As compareRowKeys() of data[start, end) and `other`, without cutting the key out: for keys of every row of a table. */
export function compareKeyIn(kinds: KeyKind[], data: Buffer, start: number, end: number, other: Buffer): number {
  let at = start;
  let from = 0;
  for (const kind of kinds) {
    if (kind !== 'number' || data[at] < zero || other[from] < zero || data[at] === backslash || other[from] === backslash)
      return compareRowKeys(kinds, data.subarray(start, end), other);
    let difference = 0;
    let i = 0;
    // As long as both have digits; a longer number is a larger one.
    for (; at + i < end && data[at + i] !== tab && from + i < other.length && other[from + i] !== tab; i++)
      if (difference === 0) difference = data[at + i] - other[from + i];
    const isLonger = at + i < end && data[at + i] !== tab;
    const isShorter = from + i < other.length && other[from + i] !== tab;
    if (isLonger || isShorter) return isLonger ? 1 : -1;
    if (difference !== 0) return difference;
    at += i + 1;
    from += i + 1;
  }
  return kinds.length === 0 ? compareRowKeys(kinds, data.subarray(start, end), other) : 0;
}

function fieldEnd(key: Buffer, from: number): number {
  const at = key.indexOf(tab, from);
  return at < 0 ? key.length : at;
}

function compareField(kind: KeyKind, a: Buffer, b: Buffer): number {
  const nullA = isNull(a);
  const nullB = isNull(b);
  if (nullA || nullB) return Number(nullA) - Number(nullB);
  if (kind === 'text') return hasEscape(a) || hasEscape(b) ? unescapeField(a).compare(unescapeField(b)) : a.compare(b);
  const negativeA = a[0] === minus;
  const negativeB = b[0] === minus;
  if (negativeA !== negativeB) return negativeA ? -1 : 1;
  const order = a.length === b.length ? a.compare(b) : a.length - b.length;
  return negativeA ? -order : order;
}

function isNull(field: Buffer): boolean {
  return field.length === 2 && field[0] === backslash && field[1] === 78;
}

function hasEscape(field: Buffer): boolean {
  return field.includes(backslash);
}

const escapes = new Map(
  [...'bfnrtv'].map((letter) => [letter.charCodeAt(0), '\b\f\n\r\t\v'['bfnrtv'.indexOf(letter)].charCodeAt(0)]),
);

/** The bytes that a field of COPY's text format stands for (PostgreSQL's documentation of COPY, "Text Format"). */
export function unescapeField(field: Buffer): Buffer {
  if (!hasEscape(field)) return field;
  const out = Buffer.alloc(field.length);
  let length = 0;
  for (let i = 0; i < field.length; i++) {
    const byte = field[i] === backslash && i + 1 < field.length ? (escapes.get(field[++i]) ?? field[i]) : field[i];
    out[length++] = byte;
  }
  return out.subarray(0, length);
}

/** The field that COPY's text format writes for these bytes. */
export function escapeField(text: string): string {
  return text.replace(/[\\\b\f\n\r\t\v]/g, (character) => {
    const at = '\b\f\n\r\t\v'.indexOf(character);
    return at < 0 ? '\\\\' : `\\${'bfnrtv'[at]}`;
  });
}

/** A 32-bit hash of bytes (MurmurHash3's mixing), for boundaries of chunks: it need not resist anybody, but is seeded per vault. */
export function boundaryHash(data: Buffer, start: number, end: number, seed: number): number {
  let hash = seed | 0;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    let k = data[i] | (data[i + 1] << 8) | (data[i + 2] << 16) | (data[i + 3] << 24);
    k = Math.imul(k, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    hash ^= Math.imul(k, 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  for (; i < end; i++) {
    hash ^= Math.imul(data[i], 0xcc9e2d51);
    hash = (hash << 11) | (hash >>> 21);
    hash = Math.imul(hash, 0x1b873593);
  }
  hash ^= end - start;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
