import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyEntry } from './arbitrary-pack.ts';
import { chunkDigest } from './chunk-id.ts';
import { decodeEntries, encodeEntries, openChunk, PackBuilder, packKeyOf, packName, readPackEntries } from './pack-format.ts';

const packKey = randomBytes(32);

function build(chunks: Uint8Array[]) {
  const builder = new PackBuilder(packKey);
  for (const chunk of chunks) {
    const data = Buffer.from(chunk);
    builder.add({ digest: chunkDigest(packKey, 'file', data), kind: 3, packed: false, rawLength: data.length }, data);
  }
  return builder.finish();
}
const list = (name: string, bytes: Buffer) =>
  readPackEntries(packKey, name, bytes.length, async (offset, length) => bytes.subarray(offset, offset + length));

describe('a pack', () => {
  it('lists its chunks, and gives each of them back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), async (chunks) => {
        const { name, bytes } = build(chunks);
        expect(packName(bytes)).toBe(name);
        const { salt, entries } = await list(name, bytes);
        const key = packKeyOf(packKey, salt);
        const read = entries.map((entry) =>
          openChunk(key, entry, bytes.subarray(entry.offset, entry.offset + entry.length), name),
        );
        expect(read.map((data) => data.toString('hex'))).toEqual(chunks.map((chunk) => Buffer.from(chunk).toString('hex')));
      }),
    );
  });

  it('has a list of chunks that is longer than one read', async () => {
    const chunks = Array.from({ length: 3000 }, (_, i) => Buffer.from(`chunk ${i}`));
    const { name, bytes } = build(chunks);
    expect((await list(name, bytes)).entries.length).toBe(3000);
  });

  it('with one flipped bit never gives a chunk that was not written', async () => {
    const { name, bytes } = build([Buffer.from('one chunk'), Buffer.from('another chunk')]);
    const good = await list(name, bytes);
    const key = packKeyOf(packKey, good.salt);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const harmed = Buffer.from(bytes);
      harmed[bit >> 3] ^= 1 << (bit & 7);
      // Reserved bytes say nothing; the name of the pack tells that they changed.
      expect(packName(harmed)).not.toBe(name);
      const found = await list(name, harmed).catch((error) => {
        expect(error).toMatchObject({ code: 'OBJECT_DAMAGED' });
        return null;
      });
      if (found) expect(found).toEqual(good);
      for (const entry of good.entries) {
        const part = harmed.subarray(entry.offset, entry.offset + entry.length);
        if (part.equals(bytes.subarray(entry.offset, entry.offset + entry.length))) continue;
        expect(() => openChunk(key, entry, part, name)).toThrow(expect.objectContaining({ code: 'OBJECT_DAMAGED' }));
      }
    }
  });

  it('cut anywhere is damaged', async () => {
    const { name, bytes } = build([Buffer.from('one chunk')]);
    for (let length = 0; length < bytes.length; length++)
      await expect(list(name, bytes.subarray(0, length))).rejects.toMatchObject({ code: 'OBJECT_DAMAGED' });
  });

  it('of a later version is not taken for a damaged one', async () => {
    const { name, bytes } = build([Buffer.from('one chunk')]);
    bytes[4] = 2;
    bytes.fill(0, bytes.length - 60);
    await expect(list(name, bytes)).rejects.toMatchObject({ code: 'VAULT_VERSION_UNSUPPORTED' });
  });
});

describe('a list of chunks', () => {
  it('is decoded to what was encoded', () => {
    fc.assert(
      fc.property(fc.array(anyEntry), (entries) => {
        expect(decodeEntries(encodeEntries(entries))).toEqual(entries);
      }),
    );
  });
});
