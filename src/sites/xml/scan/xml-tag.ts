import { decodeUtf8, removeIllegal, resolveReferences, type TextDamage } from './xml-text.ts';

/** Element names of the format; anything else is `other`. Numbers, because the scanner compares them for every tag. */
export const tagKind = {
  other: 0,
  object: 1,
  id: 2,
  compositeId: 3,
  property: 4,
  component: 5,
  collection: 6,
  element: 7,
  root: 8,
} as const;

/** One start tag. */
export interface XmlTag {
  kind: number;
  selfClosing: boolean;
  name: string | null;
  className: string | null;
  packageName: string | null;
  enumClass: string | null;
  datetime: string | null;
  /** Bytes of the element's name. */
  nameLength: number;
}

/** The tag is not complete in the bytes at hand. */
export const incomplete = -1;
/** The bytes are not a tag. */
export const malformed = -2;

/** A tag of Confluence has some hundred bytes; a longer one is damage, and must not be read again and again while it grows. */
const longestTag = 1024 * 1024;

const codes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const kindNames: [Uint8Array, number][] = [
  [codes('object'), tagKind.object],
  [codes('id'), tagKind.id],
  [codes('composite-id'), tagKind.compositeId],
  [codes('property'), tagKind.property],
  [codes('component'), tagKind.component],
  [codes('collection'), tagKind.collection],
  [codes('element'), tagKind.element],
  [codes('hibernate-generic'), tagKind.root],
];
const kindByLength: ([Uint8Array, number] | undefined)[] = [];
for (const entry of kindNames) kindByLength[entry[0].length] = entry;

type Attribute = 'name' | 'className' | 'packageName' | 'enumClass' | 'datetime';
const attributeByLength: ([Uint8Array, Attribute] | undefined)[] = [];
attributeByLength[4] = [codes('name'), 'name'];
attributeByLength[5] = [codes('class'), 'className'];
attributeByLength[7] = [codes('package'), 'packageName'];
attributeByLength[10] = [codes('enum-class'), 'enumClass'];
attributeByLength[8] = [codes('datetime'), 'datetime'];

function equals(bytes: Buffer, from: number, to: number, wanted: Uint8Array): boolean {
  if (to - from !== wanted.length) return false;
  for (let i = 0; i < wanted.length; i++) if (bytes[from + i] !== wanted[i]) return false;
  return true;
}

function kindOf(bytes: Buffer, from: number, to: number): number {
  const candidate = kindByLength[to - from];
  return candidate !== undefined && equals(bytes, from, to, candidate[0]) ? candidate[1] : tagKind.other;
}

export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isNameStart(byte: number): boolean {
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || byte === 0x5f || byte === 0x3a || byte >= 0x80;
}

/** A tag without attributes. */
export function newTag(): XmlTag {
  return {
    kind: tagKind.other,
    selfClosing: false,
    name: null,
    className: null,
    packageName: null,
    enumClass: null,
    datetime: null,
    nameLength: 0,
  };
}

/**
 * Reads the start tag at `at` (where `<` stands) into `tag`, a new one. Returns the index behind its `>`, or `incomplete`, or
 * `malformed`. Damage is only counted for a complete tag: one that is read again with more bytes must not count twice.
 */
export function readTag(bytes: Buffer, at: number, end: number, tag: XmlTag, damage: TextDamage): number {
  let i = at + 1;
  if (i >= end) return incomplete;
  if (!isNameStart(bytes[i]!)) return malformed;
  i = nameEnd(bytes, i, end);
  if (i >= end) return tooShort(at, end);
  tag.kind = kindOf(bytes, at + 1, i);
  tag.nameLength = i - at - 1;
  const spans: [Attribute, number, number][] = [];
  for (;;) {
    const spaced = isSpace(bytes[i]!);
    while (i < end && isSpace(bytes[i]!)) i++;
    if (i >= end) return tooShort(at, end);
    const byte = bytes[i]!;
    if (byte === 0x3e) {
      decodeAttributes(tag, bytes, spans, damage);
      return i + 1;
    }
    if (byte === 0x2f) {
      if (i + 1 >= end) return incomplete;
      if (bytes[i + 1] !== 0x3e) return malformed;
      tag.selfClosing = true;
      decodeAttributes(tag, bytes, spans, damage);
      return i + 2;
    }
    if (!spaced || !isNameStart(byte)) return malformed;
    const nameFrom = i;
    i = nameEnd(bytes, i, end);
    const nameTo = i;
    while (i < end && isSpace(bytes[i]!)) i++;
    if (i >= end) return tooShort(at, end);
    if (bytes[i] !== 0x3d) return malformed;
    i++;
    while (i < end && isSpace(bytes[i]!)) i++;
    if (i >= end) return tooShort(at, end);
    const quote = bytes[i]!;
    if (quote !== 0x22 && quote !== 0x27) return malformed;
    const valueFrom = ++i;
    while (i < end && bytes[i] !== quote) {
      if (bytes[i] === 0x3c) return malformed;
      i++;
    }
    if (i >= end) return tooShort(at, end);
    const known = attributeByLength[nameTo - nameFrom];
    if (known !== undefined && equals(bytes, nameFrom, nameTo, known[0])) spans.push([known[1], valueFrom, i]);
    i++;
    if (i >= end) return tooShort(at, end);
  }
}

/** Reads the end tag at `at` (where `</` stands), its kind into `tag`. Returns as readTag does. */
export function readEndTag(bytes: Buffer, at: number, end: number, tag: { kind: number }): number {
  let i = nameEnd(bytes, at + 2, end);
  const nameTo = i;
  while (i < end && isSpace(bytes[i]!)) i++;
  if (i >= end) return tooShort(at, end);
  if (bytes[i] !== 0x3e || nameTo === at + 2) return malformed;
  tag.kind = kindOf(bytes, at + 2, nameTo);
  return i + 1;
}

function tooShort(at: number, end: number): number {
  return end - at > longestTag ? malformed : incomplete;
}

function nameEnd(bytes: Buffer, from: number, end: number): number {
  let i = from;
  for (; i < end; i++) {
    const byte = bytes[i]!;
    // Letters first: nearly every byte of a name is one.
    if (byte >= 0x61 && byte <= 0x7a) continue;
    if (byte <= 0x20 || byte === 0x3e || byte === 0x2f || byte === 0x3d || byte === 0x3c || byte === 0x22 || byte === 0x27) break;
  }
  return i;
}

function decodeAttributes(tag: XmlTag, bytes: Buffer, spans: [Attribute, number, number][], damage: TextDamage): void {
  for (const [attribute, from, to] of spans) tag[attribute] = attributeText(bytes, from, to, damage);
}

/** Decodes an attribute value: white space to blanks (XML 1.0, 3.3.3), references resolved, illegal characters removed. */
function attributeText(bytes: Buffer, from: number, to: number, damage: TextDamage): string {
  const text = decodeUtf8(bytes, from, to, damage);
  if (!/[&\x00-\x1f\ufffe\uffff]/.test(text)) return text;
  return removeIllegal(resolveReferences(text.replace(/\r\n|[\r\n\t]/g, ' '), damage), damage);
}
