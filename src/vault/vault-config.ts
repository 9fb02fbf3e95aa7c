import { createHmac, timingSafeEqual } from 'node:crypto';
import { isOxbowError, OxbowError } from '#base/errors.ts';
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

/** A configuration as it lies in the store: what it says counts once its code fits the key. */
export interface StoredConfig {
  config: VaultConfig;
  mac: Buffer;
}

export const configKey = 'config';
export const vaultVersion = 1;

export function encodeConfig(config: VaultConfig, key: Buffer): Buffer {
  return Buffer.from(`${JSON.stringify({ ...config, mac: configMac(config, key).toString('base64') }, null, 1)}\n`);
}

export function isAuthentic({ config, mac }: StoredConfig, key: Buffer): boolean {
  return timingSafeEqual(configMac(config, key), mac);
}

/** Errors: VAULT_VERSION_UNSUPPORTED, VAULT_DAMAGED. */
export function decodeConfig(location: string, bytes: Buffer): StoredConfig {
  let file: VaultConfig & { mac: string };
  try {
    file = JSON.parse(bytes.toString('utf8')) as VaultConfig & { mac: string };
  } catch {
    throw configDamaged(location);
  }
  if (file?.format !== 'oxbow vault' || !Number.isInteger(file.version) || file.version < 1) throw configDamaged(location);
  if (file.version > vaultVersion) {
    throw new OxbowError(
      'VAULT_VERSION_UNSUPPORTED',
      `The vault ${location} has format ${file.version}, this Oxbow knows ${vaultVersion}.`,
      {
        hint: 'Upgrade Oxbow, then try again.',
      },
    );
  }
  const { mac, ...config } = file;
  const bytesOfMac = Buffer.from(String(mac), 'base64');
  if (bytesOfMac.length !== 32 || typeof config.id !== 'string') throw configDamaged(location);
  return { config, mac: bytesOfMac };
}

/** The configuration and its spare; those that can be read. Errors: VAULT_NOT_FOUND when there is neither, else that of the configuration. */
export async function readConfigs(store: Store, spareKey: string): Promise<StoredConfig[]> {
  const found: StoredConfig[] = [];
  let failure: unknown = null;
  for (const key of [configKey, spareKey]) {
    try {
      found.push(decodeConfig(store.location, await store.get(key)));
    } catch (error) {
      const isTold = isOxbowError(error, 'OBJECT_NOT_FOUND') || isOxbowError(error, 'VAULT_DAMAGED');
      if (!isTold && !isOxbowError(error, 'VAULT_VERSION_UNSUPPORTED')) throw error;
      if (failure === null || isOxbowError(failure, 'OBJECT_NOT_FOUND')) failure = error;
    }
  }
  if (found.length > 0) return found;
  if (!isOxbowError(failure, 'OBJECT_NOT_FOUND')) throw failure;
  throw new OxbowError('VAULT_NOT_FOUND', `There is no vault at ${store.location}.`, {
    hint: 'Check the location, or make a vault there with oxbow vault init.',
    cause: failure,
  });
}

export function configDamaged(location: string, what = 'is damaged'): OxbowError {
  return new OxbowError('VAULT_DAMAGED', `The configuration of the vault ${location} ${what}.`, {
    hint: 'Put the object "config" back from a copy of the vault.',
    details: { object: configKey },
  });
}

function configMac(config: VaultConfig, key: Buffer): Buffer {
  const { format, version, id, createdAt, lockDays } = config;
  return createHmac('sha256', key)
    .update(JSON.stringify([format, version, id, createdAt, lockDays]))
    .digest();
}
