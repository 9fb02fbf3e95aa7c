import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { OxbowError } from '#base/errors.ts';
import { deriveKey } from './vault-keys.ts';

/** What a sealed object is; part of what is authenticated, so that none can stand in for one of another kind. */
export const objectKinds = { index: 1, snapshot: 2, ledger: 3, lease: 4, marks: 5 } as const;
export type ObjectKind = keyof typeof objectKinds;

const magic = Buffer.from('OXBO');
const version = 1;
const saltBytes = 32;
const tagBytes = 16;
const headerBytes = magic.length + 2 + saltBytes;
const nonce = Buffer.alloc(12);
/** Bound of a sealed object when unpacked: the index of a million chunks is 46 MB. */
const maxBytes = 1024 ** 3;

/**
 * Compresses, encrypts and authenticates one small object. Layout: "OXBO", version, kind, salt of 32 bytes, ciphertext, tag of 16.
 * The key is derived from the salt and used once, so the nonce is zero. `name` is authenticated too: '' where the name is the hash.
 */
export function seal(key: Buffer, kind: ObjectKind, name: string, plain: Buffer): Buffer {
  const salt = randomBytes(saltBytes);
  const header = Buffer.concat([magic, Buffer.from([version, objectKinds[kind]]), salt]);
  const cipher = createCipheriv('aes-256-gcm', deriveKey(key, salt, 'sealed'), nonce);
  cipher.setAAD(Buffer.concat([header, Buffer.from(name)]));
  const packed = zstdCompressSync(plain, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  return Buffer.concat([header, cipher.update(packed), cipher.final(), cipher.getAuthTag()]);
}

/** Throws OBJECT_DAMAGED, naming `where`, unless the bytes are exactly what was sealed under this key, kind and name. */
export function unseal(key: Buffer, kind: ObjectKind, name: string, bytes: Buffer, where: string): Buffer {
  if (bytes.length < headerBytes + tagBytes || !bytes.subarray(0, magic.length).equals(magic)) throw damaged(where);
  if (bytes[4] > version) {
    // One flipped bit makes this version look like a later one: what opens as this version is damaged, and nothing else is.
    const asThisVersion = Buffer.from(bytes);
    asThisVersion[4] = version;
    if (opens(key, kind, name, asThisVersion)) throw damaged(where);
    throw new OxbowError('VAULT_VERSION_UNSUPPORTED', `${where} was written by a newer Oxbow.`, {
      hint: 'Upgrade Oxbow, then try again.',
    });
  }
  if (bytes[5] !== objectKinds[kind]) throw damaged(where);
  try {
    return zstdDecompressSync(decrypt(key, name, bytes), { maxOutputLength: maxBytes });
  } catch (error) {
    throw damaged(where, error);
  }
}

function opens(key: Buffer, kind: ObjectKind, name: string, bytes: Buffer): boolean {
  try {
    return bytes[5] === objectKinds[kind] && decrypt(key, name, bytes).length > 0;
  } catch {
    return false;
  }
}

function decrypt(key: Buffer, name: string, bytes: Buffer): Buffer {
  const header = bytes.subarray(0, headerBytes);
  const decipher = createDecipheriv('aes-256-gcm', deriveKey(key, bytes.subarray(6, headerBytes), 'sealed'), nonce);
  decipher.setAAD(Buffer.concat([header, Buffer.from(name)]));
  decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
  return Buffer.concat([decipher.update(bytes.subarray(headerBytes, bytes.length - tagBytes)), decipher.final()]);
}

function damaged(where: string, cause?: unknown): OxbowError {
  return new OxbowError('OBJECT_DAMAGED', `${where} is damaged: it is not what was written.`, {
    hint: 'Run oxbow check, then oxbow repair.',
    cause,
  });
}
