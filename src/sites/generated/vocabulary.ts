import { Prng } from './prng.ts';
import type { ScriptWords } from './script-words.ts';

/** Words of a script as UTF-8 bytes, ready to be copied, and how often each is used. */
export interface Vocabulary {
  words: string[];
  /** Each word with a space behind it, where the script parts its words. */
  bytes: Uint8Array;
  /** Where word i begins; the one behind the last word is the end. */
  offsets: Uint32Array;
  /** The same with a capital letter. */
  capitalBytes: Uint8Array;
  capitalOffsets: Uint32Array;
  /** Bytes between two words: 1, in Chinese 0. */
  gap: number;
  rightToLeft: boolean;
}

export const vocabularySize = 4096;
/** Word numbers by 16 random bits, distributed after Zipf: the n-th word is used 1/n times as often as the first. */
export const zipf = zipfTable(vocabularySize);

function zipfTable(size: number): Uint16Array {
  let whole = 0;
  for (let i = 1; i <= size; i++) whole += 1 / i;
  const table = new Uint16Array(65536);
  let at = 0;
  let sum = 0;
  for (let i = 0; i < size; i++) {
    sum += 1 / (i + 1);
    const end = i === size - 1 ? 65536 : Math.round((sum / whole) * 65536);
    while (at < end) table[at++] = i;
  }
  return table;
}

const made = new Map<string, Vocabulary>();

/** The vocabulary of a script; about 150 kB each, made once a process. */
export function vocabularyOf(script: ScriptWords): Vocabulary {
  let vocabulary = made.get(script.script);
  if (!vocabulary) {
    const words = makeWords(script);
    const gap = script.script === 'Han' ? '' : ' ';
    const plain = packed(words, gap);
    const capital = packed(words.map(capitalized), gap);
    vocabulary = {
      words,
      ...plain,
      capitalBytes: capital.bytes,
      capitalOffsets: capital.offsets,
      gap: gap.length,
      rightToLeft: script.rightToLeft ?? false,
    };
    made.set(script.script, vocabulary);
  }
  return vocabulary;
}

/** The word with a capital letter, where the script has them. */
export function capitalized(word: string): string {
  const first = String.fromCodePoint(word.codePointAt(0)!);
  return first.toUpperCase() + word.slice(first.length);
}

function makeWords(script: ScriptWords): string[] {
  const words = new Set([...script.frequent, ...script.kinds, ...script.subjects, ...(script.rare ?? [])]);
  const random = new Prng(script.script.length * 7919 + script.script.charCodeAt(0));
  const { first, next, last } = script.syllables;
  const pick = (parts: string[]) => parts[random.below(parts.length)]!;
  while (words.size < vocabularySize) {
    let word = pick(first);
    for (let i = random.below(3); i > 0; i--) word += pick(next);
    words.add(word + pick(last));
  }
  return [...words];
}

function packed(words: string[], gap: string): { bytes: Uint8Array; offsets: Uint32Array } {
  const offsets = new Uint32Array(words.length + 1);
  const parts = words.map((word) => Buffer.from(word + gap));
  for (let i = 0; i < parts.length; i++) offsets[i + 1] = offsets[i]! + parts[i]!.length;
  return { bytes: new Uint8Array(Buffer.concat(parts)), offsets };
}
