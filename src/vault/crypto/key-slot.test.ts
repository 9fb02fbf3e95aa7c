import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { slotId, unwrapMasterKey, wrapMasterKey } from './key-slot.ts';

const facts = { vaultId: 'abc', label: 'night job', createdAt: '2026-01-01T00:00:00.000Z' };
const master = randomBytes(32);
const changed = (bytes: Buffer, change: (file: Record<string, unknown> & { kdf: Record<string, unknown> }) => void) => {
  const file = JSON.parse(bytes.toString('utf8'));
  change(file);
  const again = Buffer.from(JSON.stringify(file));
  return { id: slotId(again), bytes: again };
};

describe('a key slot', () => {
  it('gives the master key, label and shared boundaries to its passphrase, however that is composed', async () => {
    const chunker = randomBytes(32);
    const slot = await wrapMasterKey(master, 'pässword x', { ...facts, chunker });
    const opened = await unwrapMasterKey(slot.id, slot.bytes, 'pa\u0308ssword x', 'abc');
    expect(opened).toEqual({ master, chunker, slot: { id: slot.id, label: facts.label, createdAt: facts.createdAt } });
  });

  it('is opened by no other passphrase and in no other vault', async () => {
    const slot = await wrapMasterKey(master, 'password one', facts);
    expect(await unwrapMasterKey(slot.id, slot.bytes, 'password two', 'abc')).toBeNull();
    expect(await unwrapMasterKey(slot.id, slot.bytes, 'password one', 'abd')).toBeNull();
  });

  it('tells nothing but its parameters', async () => {
    const { bytes } = await wrapMasterKey(master, 'password one', facts);
    expect(Object.keys(JSON.parse(bytes.toString('utf8')))).toEqual(['version', 'kdf', 'wrapped']);
    expect(bytes.toString('utf8')).not.toContain('night job');
  });

  it('is damaged when a byte of it differs', async () => {
    const slot = await wrapMasterKey(master, 'password one', facts);
    for (let at = 0; at < slot.bytes.length; at++) {
      const harmed = Buffer.from(slot.bytes);
      harmed[at] ^= 1;
      await expect(unwrapMasterKey(slot.id, harmed, 'password one', 'abc')).rejects.toMatchObject({ code: 'KEY_DAMAGED' });
    }
  });

  it('of a hostile kind is refused before it costs time or memory', async () => {
    const { bytes } = await wrapMasterKey(master, 'password one', facts);
    for (const kdf of [{ N: 2 ** 30 }, { r: 1000 }, { p: 1e6 }, { N: 2 ** 20, r: 32 }, { N: 0 }, { name: 'none' }, { N: 1.5 }]) {
      const hostile = changed(bytes, (file) => Object.assign(file.kdf, kdf));
      await expect(unwrapMasterKey(hostile.id, hostile.bytes, 'password one', 'abc')).rejects.toMatchObject({
        code: 'KEY_DAMAGED',
      });
    }
  });

  it('of a later version is not taken for a damaged one', async () => {
    const { bytes } = await wrapMasterKey(master, 'password one', facts);
    const later = changed(bytes, (file) => Object.assign(file, { version: 2 }));
    const opening = unwrapMasterKey(later.id, later.bytes, 'password one', 'abc');
    await expect(opening).rejects.toMatchObject({ code: 'VAULT_VERSION_UNSUPPORTED' });
  });
});
