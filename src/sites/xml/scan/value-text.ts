import { isAscii, isUtf8 } from 'node:buffer';
import { type ByteWindow, hasControlByte } from './byte-window.ts';
import { normalizeLineEnds, removeIllegal, resolveReferences, type TextDamage, unescapeBrackets } from './xml-text.ts';

const nonCharacter = Buffer.from([0xef, 0xbf]);
const bracketGap = Buffer.from(']] ');

/**
 * The text of one value, put together from its pieces of plain text and CDATA. What can be known about a whole slice of the file
 * at native speed (is it UTF-8, has it control characters, has it `]] `) is asked once a slice, so that a value in a clean slice,
 * nearly every one, costs one decoding and nothing else.
 */
export class ValueText {
  /** Bytes of the pieces so far. */
  bytes = 0;
  cdata = false;
  #text = '';
  #pieces = 0;
  #suspect = false;
  #looked = false;
  #control = false;
  #invalid = false;
  #nonCharacter = false;
  #gap = false;
  readonly #window: ByteWindow;
  readonly #damage: TextDamage;

  constructor(window: ByteWindow, damage: TextDamage) {
    this.#window = window;
    this.#damage = damage;
  }

  /** To be called after the window has got more bytes. */
  windowChanged(): void {
    this.#looked = false;
  }

  begin(): void {
    this.bytes = 0;
    this.cdata = false;
    this.#text = '';
    this.#pieces = 0;
    this.#suspect = false;
  }

  /** Adds the bytes from..to of the window. */
  add(from: number, to: number, cdata: boolean): void {
    if (cdata) this.cdata = true;
    if (from === to) return;
    if (!this.#looked) this.#look(from);
    const bytes = this.#window.bytes;
    let piece = bytes.toString('utf8', from, to);
    if (this.#control) piece = normalizeLineEnds(piece);
    if (this.#invalid && !isUtf8(bytes.subarray(from, to))) this.#damage.invalid++;
    if (this.#control || this.#nonCharacter) this.#suspect = true;
    if (!cdata && piece.includes('&')) {
      piece = resolveReferences(piece, this.#damage);
      this.#suspect = true;
    }
    this.bytes += to - from;
    this.#text = this.#pieces++ === 0 ? piece : this.#text + piece;
  }

  finish(): string {
    let text = this.#text;
    // Confluence escaped before anything was damaged, so unescape before removing: `]]`, U+0001, blank was never escaped.
    if (this.cdata && (this.#gap || this.#pieces > 1) && text.includes(']] ')) text = unescapeBrackets(text);
    if (this.#suspect) text = removeIllegal(text, this.#damage);
    this.#text = '';
    return text;
  }

  /** All later pieces lie behind `from`, until the window changes. */
  #look(from: number): void {
    const { bytes, end } = this.#window;
    this.#looked = true;
    this.#control = hasControlByte(bytes, from, end);
    const slice = bytes.subarray(from, end);
    this.#gap = slice.includes(bracketGap);
    const ascii = isAscii(slice);
    this.#invalid = !ascii && !isUtf8(bytes.subarray(from, wholeCharacters(bytes, from, end)));
    this.#nonCharacter = !ascii && hasNonCharacter(slice);
  }
}

/** Where the last whole UTF-8 sequence ends: the slice may be cut within a character. */
function wholeCharacters(bytes: Buffer, from: number, end: number): number {
  for (let back = 1; back <= 3 && end - back >= from; back++) {
    const byte = bytes[end - back]!;
    if (byte < 0x80) return end;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? end - back : end;
    }
  }
  return end;
}

/** U+FFFE and U+FFFF are EF BF BE and EF BF BF. U+FFFD, which is allowed and common after a bad conversion, is EF BF BD. */
function hasNonCharacter(slice: Buffer): boolean {
  for (let at = slice.indexOf(nonCharacter); at >= 0; at = slice.indexOf(nonCharacter, at + 2)) {
    const last = slice[at + 2];
    if (last === 0xbe || last === 0xbf) return true;
  }
  return false;
}
