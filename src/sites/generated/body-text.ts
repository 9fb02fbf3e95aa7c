import { encodeField } from '#model/copy-text.ts';
import type { LineWriter } from './line-writer.ts';
import type { Prng } from './prng.ts';
import { type Vocabulary, zipf } from './vocabulary.ts';

/** Text that is always the same, escaped for COPY once. */
export interface Fragment {
  bytes: Uint8Array;
}

export function fragment(text: string): Fragment {
  return { bytes: new Uint8Array(Buffer.from(encodeField(text))) };
}

export function put(writer: LineWriter, { bytes }: Fragment): void {
  writer.copy(bytes, 0, bytes.length);
}

const space = fragment(' ');
const comma = fragment(', ');
const fullStop = fragment('. ');
const lastStop = fragment('.');
const marks = [
  [fragment('<strong>'), fragment('</strong>')],
  [fragment('<em>'), fragment('</em>')],
  [fragment('<code>'), fragment('</code>')],
  [fragment('<u>'), fragment('</u>')],
  [fragment('<span style="color: rgb(255,0,0);">'), fragment('</span>')],
  [fragment('<sup>'), fragment('</sup>')],
] as const;

/** One word, without a space behind it. */
function word(writer: LineWriter, vocabulary: Vocabulary, index: number, capital: boolean): void {
  if (capital) {
    const { capitalBytes, capitalOffsets } = vocabulary;
    writer.copy(capitalBytes, capitalOffsets[index]!, capitalOffsets[index + 1]! - vocabulary.gap);
  } else {
    writer.copy(vocabulary.bytes, vocabulary.offsets[index]!, vocabulary.offsets[index + 1]! - vocabulary.gap);
  }
}

/** `count` words, the first one capital; none marked up. */
export function words(writer: LineWriter, random: Prng, vocabulary: Vocabulary, count: number): void {
  const { bytes, offsets, gap } = vocabulary;
  for (let i = 0; i < count; i++) {
    const index = zipf[random.next() >>> 16]!;
    if (i === 0 || i === count - 1) {
      word(writer, vocabulary, index, i === 0);
      if (i < count - 1 && gap > 0) put(writer, space);
    } else writer.copy(bytes, offsets[index]!, offsets[index + 1]!);
  }
}

/** Sentences with some words marked up, the last without a space behind it. */
export function sentences(writer: LineWriter, random: Prng, vocabulary: Vocabulary, count: number): void {
  for (let sentence = 0; sentence < count; sentence++) {
    const length = 5 + random.below(14);
    const comfort = random.next();
    const comma1 = 3 + (comfort & 7);
    const marked = (comfort & 0x700) === 0 ? 1 + ((comfort >>> 12) & 7) : -1;
    for (let i = 0; i < length; i++) {
      const bits = random.next();
      const index = zipf[bits >>> 16]!;
      const atEnd = i === length - 1;
      if (i === marked && !atEnd) {
        const [open, close] = marks[bits % marks.length]!;
        put(writer, open);
        word(writer, vocabulary, index, false);
        put(writer, close);
        put(writer, space);
      } else if (i === 0 || atEnd || i === comma1) {
        word(writer, vocabulary, index, i === 0);
        if (!atEnd) put(writer, i === comma1 ? comma : space);
      } else writer.copy(vocabulary.bytes, vocabulary.offsets[index]!, vocabulary.offsets[index + 1]!);
    }
    put(writer, sentence === count - 1 ? lastStop : fullStop);
  }
}
