import { newTag, readTag, type XmlTag } from './xml-tag.ts';
import type { TextDamage } from './xml-text.ts';

/** A start tag with its bytes. */
interface KnownTag extends XmlTag {
  bytes: Uint8Array;
  slot: number;
}

const slots = 4096;
const longestKnown = 256;
/** A slot that stays empty. */
const nowhere = 0;
/** Pairs of tags for which two followers each are kept. */
const pairs = 16384;

/**
 * Reads start tags, and remembers them. A file of millions of tags has a few hundred different ones, and mostly the same one behind
 * the same two; so the tag at hand is first compared, byte by byte, with the two that last came behind the last two, and only
 * parsed when it is another. Bounded: a new tag takes the place of an old one.
 */
export class TagMemory {
  /** The tag read last. Not to be changed. */
  tag: XmlTag = newTag();
  readonly #known: (KnownTag | undefined)[] = new Array(slots).fill(undefined);
  /** Slots of the followers of each pair, the last one first. */
  readonly #followers = new Uint16Array(2 * pairs);
  readonly #damage: TextDamage;
  #last = nowhere;
  #beforeLast = nowhere;

  constructor(damage: TextDamage) {
    this.#damage = damage;
  }

  /** As readTag; the tag is in `tag`. */
  read(bytes: Buffer, at: number, end: number): number {
    const pair = 2 * ((Math.imul(this.#beforeLast, 41) + this.#last) & (pairs - 1));
    const first = this.#followers[pair]!;
    const likely = this.#known[first];
    if (likely !== undefined && startsWith(bytes, at, end, likely.bytes)) return this.#take(likely, at);
    const other = this.#known[this.#followers[pair + 1]!];
    if (other !== undefined && startsWith(bytes, at, end, other.bytes)) {
      this.#followers[pair] = other.slot;
      this.#followers[pair + 1] = first;
      return this.#take(other, at);
    }
    return this.#parse(bytes, at, end, pair);
  }

  #take(known: KnownTag, at: number): number {
    this.#beforeLast = this.#last;
    this.#last = known.slot;
    this.tag = known;
    return at + known.bytes.length;
  }

  #parse(bytes: Buffer, at: number, end: number, pair: number): number {
    const tag = newTag();
    this.tag = tag;
    const damage = this.#damage;
    const before = damage.controls + damage.entities + damage.invalid;
    const after = readTag(bytes, at, end, tag, damage);
    // Damage must be counted each time, so such a tag is parsed each time.
    if (after < 0 || after - at > longestKnown || damage.controls + damage.entities + damage.invalid !== before) return after;
    const slot = hash(bytes, at, after);
    let known = this.#known[slot];
    if (known === undefined || known.bytes.length !== after - at || !startsWith(bytes, at, end, known.bytes)) {
      known = { ...tag, bytes: Uint8Array.from(bytes.subarray(at, after)), slot };
      this.#known[slot] = known;
    }
    this.#followers[pair + 1] = this.#followers[pair]!;
    this.#followers[pair] = slot;
    return this.#take(known, at);
  }
}

function startsWith(bytes: Buffer, at: number, end: number, wanted: Uint8Array): boolean {
  const length = wanted.length;
  if (end - at < length) return false;
  for (let i = 0; i < length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

/** A slot other than `nowhere`. */
function hash(bytes: Buffer, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum = (Math.imul(sum, 31) + bytes[i]!) | 0;
  return ((sum ^ (sum >>> 15)) & (slots - 2)) + 1;
}
