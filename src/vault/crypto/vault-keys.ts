import { hkdfSync } from 'node:crypto';

/** The keys that a vault works with, all derived from its master key. Each has one purpose. */
export interface VaultKeys {
  /** HMAC key of chunk ids. */
  chunkId: Buffer;
  /** Base of the keys of packs. */
  pack: Buffer;
  /** Base of the keys of sealed objects: index, snapshots, ledger, leases, marks. */
  object: Buffer;
  /** Seeds the boundaries of chunks, so that their lengths tell nothing about known files. */
  chunker: Buffer;
  /** HMAC key of the public part of the configuration. */
  config: Buffer;
}

export const keyBytes = 32;

/** HKDF-SHA-256 (RFC 5869) of `base` for one purpose. */
export function deriveKey(base: Buffer, salt: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', base, salt, `oxbow vault 1: ${purpose}`, keyBytes));
}

/** @param chunker shared with another vault; its own unless given */
export function deriveVaultKeys(master: Buffer, chunker?: Buffer): VaultKeys {
  const none = Buffer.alloc(0);
  const key = (purpose: string) => deriveKey(master, none, purpose);
  return {
    chunkId: key('chunk id'),
    pack: key('pack'),
    object: key('object'),
    chunker: chunker ?? key('chunker'),
    config: key('config'),
  };
}
