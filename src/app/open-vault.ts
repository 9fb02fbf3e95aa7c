import { hostname } from 'node:os';
import { OxbowError } from '#base/errors.ts';
import { isAlive } from '#base/is-alive.ts';
import type { Holder } from '#vault/leases/lease.ts';
import { renewLocks } from '#vault/maintenance/renew-locks.ts';
import { openStore } from '#vault/store/open-store.ts';
import type { Store } from '#vault/store/store.ts';
import { initVault, openVault, type Vault } from '#vault/vault.ts';
import { type PassphraseSource, readPassphrase } from './passphrase.ts';

type Environment = Record<string, string | undefined>;

/** Which vault, and how to reach it. */
export interface VaultChoice {
  /** A folder or s3://bucket/prefix; default OXBOW_VAULT. */
  vault?: string | undefined;
  passphraseFile?: string | undefined;
  s3Endpoint?: string | undefined;
  s3Region?: string | undefined;
  s3PathStyle?: boolean | undefined;
  /** Bytes a second to and from the store. */
  limitRate?: number | undefined;
}

export interface VaultSurroundings {
  env: Environment;
  now: () => Date;
  prompt: PassphraseSource['prompt'];
}

/** Opens the store of a vault. Errors: VAULT_NOT_NAMED, and those of openStore. */
export async function openVaultStore(choice: VaultChoice, around: VaultSurroundings, create = false): Promise<Store> {
  const location = choice.vault ?? around.env.OXBOW_VAULT;
  if (!location) {
    throw new OxbowError('VAULT_NOT_NAMED', 'No vault is named.', {
      hint: 'Add --vault FOLDER or --vault s3://bucket/prefix, or set OXBOW_VAULT.',
    });
  }
  const options = {
    create,
    now: around.now,
    endpoint: choice.s3Endpoint,
    region: choice.s3Region,
    pathStyle: choice.s3PathStyle,
    limitRate: choice.limitRate,
  };
  return await openStore(location, options, around.env);
}

/** Opens the vault that the options name; its store is to be closed afterwards. */
export async function openChosenVault(choice: VaultChoice, around: VaultSurroundings): Promise<Vault> {
  const store = await openVaultStore(choice, around);
  try {
    return await openVault(store, await passphraseOf(choice, around), thisProcess());
  } catch (error) {
    await store.close();
    throw error;
  }
}

export async function makeVault(
  choice: VaultChoice,
  options: { label: string; lockDays?: number; like?: Vault },
  around: VaultSurroundings,
) {
  const store = await openVaultStore(choice, around, true);
  try {
    if (options.lockDays && !store.extendLock) {
      throw new OxbowError('LOCK_UNSUPPORTED', `${store.location} cannot lock objects: --lock-days would protect nothing.`, {
        hint: 'Use an S3 bucket that was made with object lock, or leave --lock-days away.',
      });
    }
    const passphrase = await passphraseOf(choice, around);
    const vault = await initVault(store, passphrase, { ...options, now: around.now(), holder: thisProcess() });
    await renewLocks(vault, [], { now: around.now, signal: new AbortController().signal, progress: () => {} });
    return vault;
  } catch (error) {
    await store.close();
    throw error;
  }
}

export function passphraseOf(choice: VaultChoice, { env, prompt }: VaultSurroundings): Promise<string> {
  return readPassphrase(
    { file: choice.passphraseFile, variable: 'OXBOW_PASSPHRASE', prompt, question: 'Passphrase of the vault' },
    env,
  );
}

/** A passphrase that is to open the vault from now on. */
export function newPassphrase(file: string | undefined, { env, prompt }: VaultSurroundings): Promise<string> {
  return readPassphrase({ file, variable: 'OXBOW_NEW_PASSPHRASE', prompt, question: 'New passphrase' }, env);
}

/** How the leases of this process are signed. */
function thisProcess(): Holder {
  return {
    host: hostname(),
    pid: process.pid,
    isAlive,
  };
}
