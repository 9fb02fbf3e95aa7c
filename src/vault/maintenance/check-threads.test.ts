import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { chunkDigest, chunkKinds } from '../chunks/chunk-id.ts';
import { packChunkNow } from '../chunks/compression.ts';
import { PackBuilder, packName } from '../chunks/pack-format.ts';
import { deriveVaultKeys } from '../crypto/vault-keys.ts';
import { judgePack, type ReadPack } from './check-pack.ts';
import { CheckThreads } from './check-threads.ts';

const keys = deriveVaultKeys(Buffer.alloc(32, 7));

function pack(chunks: number): ReadPack {
  const builder = new PackBuilder(keys.pack);
  for (let i = 0; i < chunks; i++) {
    const data = Buffer.from(`${i} of some text\n`.repeat(1 + i * 20));
    const digest = chunkDigest(keys.chunkId, 'rows', data);
    builder.add({ digest, kind: chunkKinds.rows, packed: true, rawLength: data.length }, packChunkNow(data));
  }
  return { ...builder.finish(), salt: builder.salt, indexed: builder.entries };
}

function changed(whole: ReadPack, at: number): ReadPack {
  const bytes = Buffer.from(whole.bytes);
  bytes[at] ^= 1;
  return { ...whole, bytes };
}

describe('verifying packs in threads', () => {
  it('finds what is found without them', async () => {
    const whole = pack(30);
    const packs = [
      whole,
      changed(whole, whole.indexed[3].offset),
      changed(whole, whole.bytes.length - 20),
      { ...whole, bytes: whole.bytes.subarray(0, 1000) },
      { ...whole, bytes: Buffer.alloc(0) },
      { ...whole, salt: randomBytes(32) },
      { ...whole, salt: null, indexed: [] },
      { ...whole, indexed: [{ ...whole.indexed[5], rawLength: 1 }] },
      pack(1),
    ];
    const expected = [];
    for (const one of packs) expected.push(await judgePack(keys, one));
    expect(expected.map(({ problem }) => problem === null)).toEqual([true, ...Array(5).fill(false), true, false, true]);
    expect(expected[1].unreadable).toEqual([3]);
    const threads = new CheckThreads(keys, 2);
    try {
      const given = packs.map((one) => ({ ...one, bytes: Buffer.from(one.bytes) }));
      expect(await Promise.all(given.map((one) => threads.judge(one)))).toEqual(expected);
    } finally {
      await threads.close();
    }
  });

  it('passes errors on, goes on after one, and fails once closed', async () => {
    const whole = pack(2);
    const later = changed(whole, whole.bytes.length - 20);
    later.bytes[4] = 2;
    later.name = packName(later.bytes);
    const threads = new CheckThreads(keys, 1);
    const failed = expect(threads.judge(later)).rejects.toMatchObject({ code: 'VAULT_VERSION_UNSUPPORTED' });
    expect(await threads.judge(whole)).toEqual({ problem: null, unreadable: [] });
    await failed;
    await threads.close();
    await expect(threads.judge(pack(1))).rejects.toThrow('has ended');
  });
});
