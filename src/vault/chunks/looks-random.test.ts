import { createHash, randomBytes } from 'node:crypto';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { looksRandom } from './looks-random.ts';

/** The same bytes in every run. */
function hashed(length: number, seed: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) => createHash('sha256').update(`${seed} ${i}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
}

const text = Buffer.from(Array.from({ length: 30_000 }, (_, i) => `word${(i * 7919) % 1009}`).join(' '));

describe('looksRandom', () => {
  it('knows random and packed bytes', () => {
    expect(looksRandom(randomBytes(100_000))).toBe(true);
    for (let seed = 0; seed < 200; seed++) expect(looksRandom(hashed(5000, seed))).toBe(true);
    expect(looksRandom(gzipSync(hashed(60_000, 1)))).toBe(true);
  });

  it('takes nothing for random that compression would make smaller', () => {
    const inputs = [
      text,
      Buffer.from(hashed(30_000, 2).toString('base64')),
      Buffer.from(hashed(30_000, 3).toString('hex')),
      Buffer.alloc(10_000),
      Buffer.concat([hashed(20_000, 4), text.subarray(0, 20_000)]),
      Buffer.from(hashed(30_000, 5).map((byte) => byte & 0x7f)),
    ];
    for (const data of inputs) {
      const bytes = Buffer.from(data);
      const packed = zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
      expect(packed.length).toBeLessThan(bytes.length * 0.95);
      expect(looksRandom(bytes)).toBe(false);
    }
  });

  it('leaves short chunks to compression', () => {
    expect(looksRandom(randomBytes(4095))).toBe(false);
  });
});
