import { isUtf8 } from 'node:buffer';

/** What was found and mended in the texts of one object. */
export interface TextDamage {
  /** Characters that XML does not allow, removed. */
  controls: number;
  /** References to entities that XML does not know, kept as they stand. */
  entities: number;
  firstEntity: string;
  /** Values with bytes that are not UTF-8. */
  invalid: number;
}

// Bounded repetition: a long run of letters after `&` must not make the expression engine remember each of them.
const reference = /&(?:#x([0-9a-fA-F]{1,32});|#([0-9]{1,32});|([A-Za-z_:][\w:.-]{0,63});)?/g;
const illegal = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;
const everyIllegal = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;
const predefined: Record<string, string | undefined> = Object.assign(Object.create(null), {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
});

/** UTF-8 to text; what is not UTF-8 becomes U+FFFD and is counted. */
export function decodeUtf8(bytes: Buffer, from: number, to: number, damage: TextDamage): string {
  if (!isUtf8(bytes.subarray(from, to))) damage.invalid++;
  return bytes.toString('utf8', from, to);
}

/**
 * A replacement notes every place before it builds the result: in a value of 100 MB that can take gigabytes, so it goes by slices.
 * Within them, join() and a replacing function make flat strings; replace() with a string makes a tree with a node for every place.
 */
const sliceLength = 1024 * 1024;

/** Changes a text slice by slice. `edge` moves a cut to where it divides nothing that must be seen as one. */
function bySlices(text: string, edge: (text: string, cut: number) => number, change: (slice: string) => string): string {
  if (text.length <= sliceLength) return change(text);
  let result = '';
  for (let from = 0; from < text.length; ) {
    const cut = from + sliceLength;
    const to = cut >= text.length ? text.length : edge(text, cut);
    result += change(text.slice(from, to));
    from = to;
  }
  return result;
}

const anywhere = (_: string, cut: number) => cut;
const notWithinLineEnd = (text: string, cut: number) => (text[cut - 1] === '\r' && text[cut] === '\n' ? cut + 1 : cut);
/** A reference is shorter than 80 characters. */
const notWithinReference = (text: string, cut: number) => {
  const start = text.lastIndexOf('&', cut - 1);
  return cut - start < 80 ? start : cut;
};
const notBehindBracket = (text: string, cut: number) => {
  let to = cut;
  while (text[to - 1] === ']' && to < text.length) to++;
  return to;
};

/** CRLF and CR to LF, as XML requires everywhere, in CDATA too (XML 1.0, 2.11). */
export function normalizeLineEnds(text: string): string {
  if (!text.includes('\r')) return text;
  return bySlices(text, notWithinLineEnd, (slice) => {
    const withoutPairs = slice.split('\r\n').join('\n');
    return withoutPairs.includes('\r') ? withoutPairs.split('\r').join('\n') : withoutPairs;
  });
}

/**
 * Resolves the five predefined entities and numeric references. Any other `&` stays as it stands and is counted.
 * A reference to a character that XML does not allow becomes U+0001, for removeIllegal to remove and count.
 */
export function resolveReferences(text: string, damage: TextDamage): string {
  const resolve = (whole: string, hex?: string, decimal?: string, name?: string) => {
    if (hex !== undefined) return character(Number.parseInt(hex, 16));
    if (decimal !== undefined) return character(Number.parseInt(decimal, 10));
    const known = name === undefined ? undefined : predefined[name];
    if (known !== undefined) return known;
    if (damage.entities++ === 0) damage.firstEntity = whole;
    return whole;
  };
  return bySlices(text, notWithinReference, (slice) => slice.replace(reference, resolve));
}

function character(code: number): string {
  const allowed =
    code === 9 ||
    code === 10 ||
    code === 13 ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff);
  return allowed ? String.fromCodePoint(code) : '\x01';
}

/** Removes and counts what XML 1.0 does not allow (2.2). Exports hold such characters in CDATA: 0x02, 0x08, 0x1C, U+FFFF were seen. */
export function removeIllegal(text: string, damage: TextDamage): string {
  if (!illegal.test(text)) return text;
  const clean = bySlices(text, anywhere, (slice) => slice.replace(everyIllegal, () => ''));
  damage.controls += text.length - clean.length;
  return clean;
}

/** Confluence writes every `]]` as `]] ` in CDATA; this is the inverse, left to right. */
export function unescapeBrackets(text: string): string {
  return bySlices(text, notBehindBracket, (slice) => slice.split(']] ').join(']]'));
}
