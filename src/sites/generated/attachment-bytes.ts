import { Readable } from 'node:stream';
import type { FileFamily } from './attachment-facts.ts';
import { Prng } from './prng.ts';
import { latin } from './script-words.ts';
import { vocabularyOf, zipf } from './vocabulary.ts';

const chunkBytes = 64 * 1024;

/** How files of a family begin; what follows is noise, as in anything compressed. No program can open them. */
const headers: Record<Exclude<FileFamily, 'csv' | 'text'>, Buffer> = {
  png: Buffer.from('89504e470d0a1a0a0000000d49484452000003200000025808060000009a76827000', 'hex'),
  jpeg: Buffer.from('ffd8ffe000104a46494600010100000100010000ffdb004300', 'hex'),
  pdf: Buffer.from(
    '%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n4 0 obj\n<< /Filter /FlateDecode >>\nstream\n',
    'latin1',
  ),
  zip: Buffer.from('504b03041400000008000000210000000000000000000000000013000000', 'hex'),
};

/**
 * The bytes of a file, in chunks of about 64 KiB: the same for the same (family, size, seed). A longer text begins as a shorter one of the same
 * seed does, so that versions of a text share their beginning.
 */
export function fileStream(family: FileFamily, size: number, seed: number): Readable {
  const chunks =
    family === 'csv' || family === 'text' ? textChunks(family, size, seed) : noiseChunks(headers[family], size, seed);
  return Readable.from(chunks, { objectMode: false });
}

function* noiseChunks(header: Buffer, size: number, seed: number): Generator<Buffer> {
  const random = new Prng(seed);
  let left = size;
  for (let first = true; left > 0; first = false) {
    const chunk = Buffer.allocUnsafeSlow(Math.min(chunkBytes, left));
    const words = new Uint32Array(chunk.buffer, 0, chunk.length >> 2);
    for (let i = 0; i < words.length; i++) words[i] = random.next();
    for (let i = words.length * 4; i < chunk.length; i++) chunk[i] = random.next();
    if (first) header.copy(chunk);
    left -= chunk.length;
    yield chunk;
  }
}

function* textChunks(family: 'csv' | 'text', size: number, seed: number): Generator<Buffer> {
  const random = new Prng(seed);
  const { words } = vocabularyOf(latin);
  const word = () => words[zipf[random.next() >>> 16]!]!;
  let left = size;
  let row = 0;
  let rest = '';
  while (left > 0) {
    let text = rest || (family === 'csv' ? 'id;name;team;amount;comment\r\n' : '\ufeff');
    while (text.length < chunkBytes) {
      if (family === 'csv')
        text += `${++row};${word()};${word()};${random.below(100_000) / 100};"${word()} ""${word()}"" ${word()}"\r\n`;
      else text += `${word()} ${word()} ${word()} ${word()} ${word()} ${word()}\n`;
    }
    const chunk = Buffer.from(text).subarray(0, left);
    left -= chunk.length;
    rest = ' ';
    yield chunk;
  }
}
