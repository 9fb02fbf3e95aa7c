import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { OxbowError } from '#base/errors.ts';

const scryptAsync = promisify<string | Buffer, Buffer, number, object, Buffer>(scrypt as never);

interface Kdf {
  name: 'scrypt';
  N: number;
  r: number;
  p: number;
  /** base64 */
  salt: string;
}

/** What a slot object holds in the open. */
interface SlotFile {
  version: 1;
  kdf: Kdf;
  /** base64 of nonce (12), ciphertext, tag (16). */
  wrapped: string;
}

/** What a passphrase opens. */
export interface KeySlot {
  /** Of the object: keys/<id>. */
  id: string;
  /** For people ("night job"). */
  label: string;
  createdAt: string;
}

/** scrypt parameters: 64 MiB and about a fifth of a second. */
const cost = { N: 2 ** 16, r: 8, p: 1 };
/** Nobody may make us work for hours or allocate gigabytes by changing a slot. */
const limits = { N: 2 ** 20, r: 32, p: 16, memory: 1024 ** 3 };
const nonceBytes = 12;
const tagBytes = 16;

/** Wraps the master key under a passphrase, and the key of the boundaries where it is shared with another vault. Returns the object and its id. */
export async function wrapMasterKey(
  master: Buffer,
  passphrase: string,
  facts: { vaultId: string; label: string; createdAt: string; chunker?: Buffer },
): Promise<{ id: string; bytes: Buffer }> {
  const kdf: Kdf = { name: 'scrypt', ...cost, salt: randomBytes(32).toString('base64') };
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', await wrappingKey(passphrase, kdf), nonce);
  cipher.setAAD(slotData(facts.vaultId, kdf));
  const { label, createdAt, chunker } = facts;
  const plain = JSON.stringify({ master: master.toString('base64'), label, createdAt, chunker: chunker?.toString('base64') });
  const wrapped = Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
  const slot: SlotFile = { version: 1, kdf, wrapped };
  const bytes = Buffer.from(`${JSON.stringify(slot, null, 1)}\n`);
  return { id: slotId(bytes), bytes };
}

/** The name of a slot: the first half of the SHA-256 of its bytes, in hex. */
export function slotId(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}

/** Null when the passphrase does not open this slot. Throws KEY_DAMAGED when no passphrase could, VAULT_VERSION_UNSUPPORTED for a later kind of slot. */
export async function unwrapMasterKey(
  id: string,
  bytes: Buffer,
  passphrase: string,
  vaultId: string,
): Promise<{ master: Buffer; chunker?: Buffer; slot: KeySlot } | null> {
  const file = parseSlot(id, bytes);
  const wrapped = Buffer.from(file.wrapped, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', await wrappingKey(passphrase, file.kdf), wrapped.subarray(0, nonceBytes));
  decipher.setAAD(slotData(vaultId, file.kdf));
  decipher.setAuthTag(wrapped.subarray(wrapped.length - tagBytes));
  let plain: string;
  try {
    plain = decipher.update(wrapped.subarray(nonceBytes, wrapped.length - tagBytes), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    return null;
  }
  const { master, chunker, label, createdAt } = JSON.parse(plain) as Record<'master' | 'label' | 'createdAt', string> & {
    chunker?: string;
  };
  const shared = chunker === undefined ? {} : { chunker: Buffer.from(chunker, 'base64') };
  return { master: Buffer.from(master, 'base64'), ...shared, slot: { id, label, createdAt } };
}

function parseSlot(id: string, bytes: Buffer): SlotFile {
  const damaged = new OxbowError('KEY_DAMAGED', `The key keys/${id} is damaged: no passphrase can open it.`, {
    hint: 'Open the vault with another passphrase and remove this key.',
  });
  if (slotId(bytes) !== id) throw damaged;
  let file: SlotFile;
  try {
    file = JSON.parse(bytes.toString('utf8')) as SlotFile;
  } catch {
    throw damaged;
  }
  const { kdf, version } = file;
  if (Number.isInteger(version) && version > 1) {
    throw new OxbowError('VAULT_VERSION_UNSUPPORTED', `The key keys/${id} was made by a newer Oxbow.`, {
      hint: 'Upgrade Oxbow, then try again.',
    });
  }
  const fits =
    version === 1 &&
    kdf?.name === 'scrypt' &&
    [kdf.N, kdf.r, kdf.p].every(Number.isInteger) &&
    kdf.N > 1 &&
    kdf.N <= limits.N &&
    kdf.r > 0 &&
    kdf.r <= limits.r &&
    kdf.p > 0 &&
    kdf.p <= limits.p &&
    128 * kdf.N * kdf.r <= limits.memory &&
    Buffer.from(file.wrapped ?? '', 'base64').length > nonceBytes + tagBytes;
  if (!fits) throw damaged;
  return file;
}

/** The same passphrase is typed as different bytes on different systems: NFC makes them equal. */
function wrappingKey(passphrase: string, kdf: Kdf): Promise<Buffer> {
  const { N, r, p } = kdf;
  const options = { N, r, p, maxmem: 256 * N * r };
  return scryptAsync(passphrase.normalize('NFC'), Buffer.from(kdf.salt, 'base64'), 32, options);
}

function slotData(vaultId: string, kdf: Kdf): Buffer {
  return Buffer.from(`oxbow key 1\n${vaultId}\n${kdf.N} ${kdf.r} ${kdf.p} ${kdf.salt}`);
}
