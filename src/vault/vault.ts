import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { isOxbowError, OxbowError } from '#base/errors.ts';
import { type KeySlot, unwrapMasterKey, wrapMasterKey } from './crypto/key-slot.ts';
import { deriveVaultKeys, keyBytes, type VaultKeys } from './crypto/vault-keys.ts';
import type { Holder } from './leases/lease.ts';
import { emptyLedger, updateLedger } from './ledger/ledger.ts';
import type { Store } from './store/store.ts';

/** The object `config`: the only one that is not encrypted. */
export interface VaultConfig {
  format: 'oxbow vault';
  version: 1;
  /** Random, hex. */
  id: string;
  /** ISO. */
  createdAt: string;
  /** Days during which nobody may delete what is written, where the store can see to that; 0: none. */
  lockDays: number;
}

const configKey = 'config';
export const keysPrefix = 'keys/';
export const vaultVersion = 1;

/** An opened vault: where it is and the keys to it. Everything that is done with a vault takes one. */
export interface Vault {
  store: Store;
  config: VaultConfig;
  keys: VaultKeys;
  /** Wraps for further passphrases; never leaves the process. */
  master: Buffer;
  /** The slot that the passphrase opened. */
  slot: KeySlot;
  holder: Holder;
}

/** Makes a vault in an empty store. The configuration is written last: before it there is no vault. Errors: VAULT_EXISTS. */
export async function initVault(
  store: Store,
  passphrase: string,
  options: { label: string; lockDays?: number; now: Date; holder: Holder },
): Promise<Vault> {
  assertPassphrase(passphrase);
  if ((await store.size(configKey)) !== null) throw exists(store);
  const master = randomBytes(keyBytes);
  const keys = deriveVaultKeys(master);
  const createdAt = options.now.toISOString();
  const config: VaultConfig = {
    format: 'oxbow vault',
    version: vaultVersion,
    id: randomBytes(16).toString('hex'),
    createdAt,
    lockDays: options.lockDays ?? 0,
  };
  const slot = await wrapMasterKey(master, passphrase, { vaultId: config.id, label: options.label, createdAt });
  await store.put(`${keysPrefix}${slot.id}`, slot.bytes);
  if (!(await store.putIfAbsent(configKey, encodeConfig(config, keys.config)))) {
    await store.delete(`${keysPrefix}${slot.id}`);
    throw exists(store);
  }
  const vault = { store, config, keys, master, slot: { id: slot.id, label: options.label, createdAt }, holder: options.holder };
  await updateLedger(store, keys.object, () => ({ ...emptyLedger(), keys: [slot.id] }));
  return vault;
}

/**
 * Opens a vault. Each key slot costs a fifth of a second. Errors: VAULT_NOT_FOUND, VAULT_VERSION_UNSUPPORTED, VAULT_PASSPHRASE_WRONG,
 * VAULT_DAMAGED.
 */
export async function openVault(store: Store, passphrase: string, holder: Holder): Promise<Vault> {
  const { config, mac } = decodeConfig(store, await readConfig(store));
  const damaged: string[] = [];
  let slots = 0;
  for await (const { key } of store.list(keysPrefix)) {
    slots++;
    const id = key.slice(keysPrefix.length);
    try {
      const opened = await unwrapMasterKey(id, await store.get(key), passphrase, config.id);
      if (!opened) continue;
      const keys = deriveVaultKeys(opened.master);
      if (!timingSafeEqual(configMac(config, keys.config), mac)) {
        throw new OxbowError('VAULT_DAMAGED', `The configuration of the vault ${store.location} was changed by somebody.`, {
          hint: 'Put the object "config" back from a copy of the vault.',
          details: { object: configKey },
        });
      }
      return { store, config, keys, master: opened.master, slot: opened.slot, holder };
    } catch (error) {
      if (isOxbowError(error, 'KEY_DAMAGED')) damaged.push(id);
      else if (!isOxbowError(error, 'OBJECT_NOT_FOUND')) throw error;
    }
  }
  if (slots === 0 || damaged.length === slots) {
    throw new OxbowError(
      'VAULT_DAMAGED',
      `The vault ${store.location} has no usable key: ${slots} found, ${damaged.length} damaged.`,
      {
        hint: 'Put the objects below "keys/" back from a copy of the vault. Without a key nothing in it can be read.',
        details: { object: keysPrefix },
      },
    );
  }
  throw new OxbowError('VAULT_PASSPHRASE_WRONG', `The passphrase does not open the vault ${store.location}.`, {
    hint: 'Check OXBOW_PASSPHRASE or the file of --passphrase-file.',
    details: damaged.length > 0 ? { damagedKeys: damaged } : {},
  });
}

/** Short passphrases would make the encryption a formality. Throws VAULT_PASSPHRASE_WEAK. */
export function assertPassphrase(passphrase: string): void {
  if ([...passphrase].length >= 8) return;
  throw new OxbowError('VAULT_PASSPHRASE_WEAK', 'A passphrase needs at least eight characters.', {
    hint: 'Four random words are easy to keep and hard to guess.',
  });
}

/** Until when an object written now is to be locked. */
export function lockUntil(vault: Pick<Vault, 'config'>, now: Date): { lockedUntil?: string } {
  const { lockDays } = vault.config;
  return lockDays > 0 ? { lockedUntil: new Date(now.getTime() + lockDays * 86_400_000).toISOString() } : {};
}

async function readConfig(store: Store): Promise<Buffer> {
  try {
    return await store.get(configKey);
  } catch (error) {
    if (!isOxbowError(error, 'OBJECT_NOT_FOUND')) throw error;
    throw new OxbowError('VAULT_NOT_FOUND', `There is no vault at ${store.location}.`, {
      hint: 'Check the location, or make a vault there with oxbow vault init.',
      cause: error,
    });
  }
}

function exists(store: Store): OxbowError {
  return new OxbowError('VAULT_EXISTS', `There is a vault at ${store.location} already.`, {
    hint: 'Use it, or choose another place for the new one.',
  });
}

function encodeConfig(config: VaultConfig, key: Buffer): Buffer {
  return Buffer.from(`${JSON.stringify({ ...config, mac: configMac(config, key).toString('base64') }, null, 1)}\n`);
}

function configMac(config: VaultConfig, key: Buffer): Buffer {
  const { format, version, id, createdAt, lockDays } = config;
  return createHmac('sha256', key)
    .update(JSON.stringify([format, version, id, createdAt, lockDays]))
    .digest();
}

function decodeConfig(store: Store, bytes: Buffer): { config: VaultConfig; mac: Buffer } {
  const damaged = new OxbowError('VAULT_DAMAGED', `The configuration of the vault ${store.location} is damaged.`, {
    hint: 'Put the object "config" back from a copy of the vault.',
    details: { object: configKey },
  });
  let file: VaultConfig & { mac: string };
  try {
    file = JSON.parse(bytes.toString('utf8')) as VaultConfig & { mac: string };
  } catch {
    throw damaged;
  }
  if (file?.format !== 'oxbow vault' || !Number.isInteger(file.version)) throw damaged;
  if (file.version > vaultVersion) {
    throw new OxbowError(
      'VAULT_VERSION_UNSUPPORTED',
      `The vault ${store.location} has format ${file.version}, this Oxbow knows ${vaultVersion}.`,
      {
        hint: 'Upgrade Oxbow, then try again.',
      },
    );
  }
  const { mac, ...config } = file;
  const bytesOfMac = Buffer.from(String(mac), 'base64');
  if (bytesOfMac.length !== 32 || typeof config.id !== 'string') throw damaged;
  return { config, mac: bytesOfMac };
}
