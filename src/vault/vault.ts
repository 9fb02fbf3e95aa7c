import { randomBytes } from 'node:crypto';
import { isOxbowError, OxbowError } from '#base/errors.ts';
import { type KeySlot, slotId, unwrapMasterKey, wrapMasterKey } from './crypto/key-slot.ts';
import { deriveVaultKeys, keyBytes, type VaultKeys } from './crypto/vault-keys.ts';
import type { Holder } from './leases/lease.ts';
import { ledgerOrNull, readLedger, updateLedger } from './ledger/ledger.ts';
import { emptyLedger, type LedgerState } from './ledger/ledger-state.ts';
import { putIfAbsentSurely } from './put-if-absent-surely.ts';
import { getOrNull, listSpares, spareKey } from './spares.ts';
import type { Store } from './store/store.ts';
import {
  configDamaged,
  configKey,
  encodeConfig,
  isAuthentic,
  readConfigs,
  type StoredConfig,
  type VaultConfig,
  vaultVersion,
} from './vault-config.ts';

export const keysPrefix = 'keys/';

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

export interface InitOptions {
  /** Of the passphrase, for people. */
  label: string;
  lockDays?: number;
  now: Date;
  holder: Holder;
  /** A vault to share the boundaries of chunks with: copies between the two need not be cut anew. */
  like?: Vault;
}

/**
 * Makes a vault in an empty store. The configuration decides: before it there is no vault. Errors: VAULT_EXISTS; VAULT_DAMAGED where a vault lies that
 * lost its configuration.
 */
export async function initVault(store: Store, passphrase: string, options: InitOptions): Promise<Vault> {
  assertPassphrase(passphrase);
  await assertEmpty(store);
  const master = randomBytes(keyBytes);
  const chunker = options.like?.keys.chunker;
  const keys = deriveVaultKeys(master, chunker);
  const createdAt = options.now.toISOString();
  const config: VaultConfig = {
    format: 'oxbow vault',
    version: vaultVersion,
    id: randomBytes(16).toString('hex'),
    createdAt,
    lockDays: options.lockDays ?? 0,
  };
  const slot = await wrapMasterKey(master, passphrase, { vaultId: config.id, label: options.label, createdAt, chunker });
  const slotKey = `${keysPrefix}${slot.id}`;
  const bytes = encodeConfig(config, keys.config);
  await store.put(slotKey, slot.bytes);
  if (!(await putIfAbsentSurely(store, configKey, bytes))) {
    await store.delete(slotKey);
    throw exists(store);
  }
  const vault = { store, config, keys, master, slot: { id: slot.id, label: options.label, createdAt }, holder: options.holder };
  await completeVault(vault);
  return vault;
}

/** Makes the spares and the ledger of a new vault. One whose making was interrupted is completed when it is first written to. */
export async function completeVault(vault: Vault): Promise<void> {
  const { store, keys, config } = vault;
  if ((await readLedger(store, keys.object)).sequence > 0) return;
  const slotKey = `${keysPrefix}${vault.slot.id}`;
  await store.put(spareKey(slotKey), await store.get(slotKey));
  await store.put(spareKey(configKey), encodeConfig(config, keys.config));
  await updateLedger(store, keys.object, (state) => state, firstLedger(vault));
}

/** The seed of the boundaries of rows. */
export function boundarySeed(vault: Pick<Vault, 'keys'>): number {
  return vault.keys.chunker.readUInt32LE(0);
}

/** What the ledger begins with. */
export function firstLedger(vault: Pick<Vault, 'slot'>): LedgerState {
  return { ...emptyLedger(), keys: [vault.slot.id] };
}

/**
 * Opens a vault. Each key slot costs a fifth of a second. Errors: VAULT_NOT_FOUND, VAULT_VERSION_UNSUPPORTED, VAULT_PASSPHRASE_WRONG,
 * VAULT_DAMAGED.
 */
export async function openVault(store: Store, passphrase: string, holder: Holder): Promise<Vault> {
  const configs = await readConfigs(store, spareKey(configKey));
  const slots = await readSlots(store);
  const damaged: string[] = [];
  let later: unknown = null;
  for (const { id, bytes, isSpare } of slots) {
    try {
      const vault = await openWith(store, configs, id, bytes, passphrase, holder);
      // The spare of a passphrase that was taken away opens nothing.
      if (vault && !(isSpare && (await wasRemoved(vault, id)))) return vault;
    } catch (error) {
      if (isOxbowError(error, 'KEY_DAMAGED')) damaged.push(id);
      else if (isOxbowError(error, 'VAULT_VERSION_UNSUPPORTED')) later = error;
      else throw error;
    }
  }
  if (later) throw later;
  if (damaged.length >= slots.length) {
    throw new OxbowError(
      'VAULT_DAMAGED',
      `The vault ${store.location} has no usable key: ${slots.length} found, ${damaged.length} damaged.`,
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

interface FoundSlot {
  id: string;
  bytes: Buffer;
  isSpare: boolean;
}

/** Every key slot; for one that is damaged or missing its spare. */
async function readSlots(store: Store): Promise<FoundSlot[]> {
  const slots = new Map<string, FoundSlot>();
  for await (const { key } of store.list(keysPrefix)) {
    const id = key.slice(keysPrefix.length);
    const bytes = await getOrNull(store, key);
    if (bytes) slots.set(id, { id, bytes, isSpare: false });
  }
  for (const key of await listSpares(store, keysPrefix)) {
    const id = key.slice(keysPrefix.length);
    const there = slots.get(id);
    if (there && slotId(there.bytes) === id) continue;
    const bytes = await getOrNull(store, spareKey(key));
    if (bytes && slotId(bytes) === id) slots.set(id, { id, bytes, isSpare: !there });
  }
  return [...slots.values()];
}

async function openWith(
  store: Store,
  configs: StoredConfig[],
  id: string,
  bytes: Buffer,
  passphrase: string,
  holder: Holder,
): Promise<Vault | null> {
  for (const stored of distinct(configs)) {
    const opened = await unwrapMasterKey(id, bytes, passphrase, stored.config.id);
    if (!opened) continue;
    const keys = deriveVaultKeys(opened.master, opened.chunker);
    const authentic = configs.find((one) => isAuthentic(one, keys.config));
    if (!authentic) throw configDamaged(store.location, 'was changed by somebody');
    return { store, config: authentic.config, keys, master: opened.master, slot: opened.slot, holder };
  }
  return null;
}

/** A slot is bound to the id alone: a configuration and its spare with one id are tried once. */
function distinct(configs: StoredConfig[]): StoredConfig[] {
  return configs.filter((one, i) => configs.findIndex((other) => other.config.id === one.config.id) === i);
}

async function wasRemoved(vault: Vault, id: string): Promise<boolean> {
  const ledger = await ledgerOrNull(vault.store, vault.keys.object);
  return ledger !== null && !ledger.keys.includes(id);
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

/** What a killed init leaves (key slots) does no harm; a vault that lost its configuration must not be buried under a new one. */
async function assertEmpty(store: Store): Promise<void> {
  if ((await store.size(configKey)) !== null) throw exists(store);
  for (const prefix of ['packs/', 'index/', 'snapshots/', spareKey(configKey)]) {
    for await (const { key } of store.list(prefix)) {
      throw new OxbowError('VAULT_DAMAGED', `There is no configuration at ${store.location}, but ${key} of a vault.`, {
        hint: 'Put the object "config" back from a copy of the vault (its spare is spare/config), or choose another place for a new one.',
        details: { object: configKey },
      });
    }
  }
}

function exists(store: Store): OxbowError {
  return new OxbowError('VAULT_EXISTS', `There is a vault at ${store.location} already.`, {
    hint: 'Use it, or choose another place for the new one.',
  });
}
