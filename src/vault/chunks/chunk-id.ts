import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** What a chunk holds: rows of a table, a node of a tree, a part of a file, a list of parts, a document (JSON). */
export const chunkKinds = { rows: 1, node: 2, file: 3, list: 4, document: 5 } as const;
export type ChunkKind = keyof typeof chunkKinds;

/** Base64url of the 32 bytes, 43 characters. */
export type ChunkId = string;

const kindBytes = new Map(Object.entries(chunkKinds).map(([kind, code]) => [kind, Buffer.from([code])]));

const secrets = new WeakMap<Buffer, KeyObject>();

/** The same key in the form that OpenSSL takes without making it ready each time: that halves the time of small chunks. */
export function secretOf(key: Buffer): KeyObject {
  let secret = secrets.get(key);
  if (!secret) {
    secret = createSecretKey(key);
    secrets.set(key, secret);
  }
  return secret;
}

/** HMAC-SHA-256 of kind and plain bytes under a key of the vault: equal content has one id, and the id tells nothing without the key. */
export function chunkDigest(key: Buffer, kind: ChunkKind, data: Buffer): Buffer {
  return createHmac('sha256', secretOf(key)).update(kindBytes.get(kind)!).update(data).digest();
}

export function digestOf(id: ChunkId): Buffer {
  return Buffer.from(id, 'base64url');
}

export function idOf(digest: Buffer): ChunkId {
  return digest.toString('base64url');
}

export function kindOf(code: number): ChunkKind | undefined {
  return (Object.keys(chunkKinds) as ChunkKind[]).find((kind) => chunkKinds[kind] === code);
}
