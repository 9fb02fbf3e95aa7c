export type CompareKeys = (a: string, b: string) => number;

/** Order of ids: decimal numbers of any length by value, before all other strings, which go by code unit. 0 only for equal strings. */
export function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  const aIsNumber = isDecimal(a);
  if (aIsNumber !== isDecimal(b)) return aIsNumber ? -1 : 1;
  if (aIsNumber) {
    const order = compareDecimals(a, b);
    if (order !== 0) return order;
  }
  return a < b ? -1 : 1;
}

export function isDecimal(text: string): boolean {
  let at = text.charCodeAt(0) === 0x2d ? 1 : 0;
  if (at === text.length) return false;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

function compareDecimals(a: string, b: string): number {
  // Ids in the wild: no sign, no leading zeros. Then the longer is the larger, and digits compare as text.
  const first = a.charCodeAt(0);
  const second = b.charCodeAt(0);
  if (first > 0x30 && second > 0x30) return a.length !== b.length ? a.length - b.length : a < b ? -1 : 1;
  const difference = BigInt(a) - BigInt(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
