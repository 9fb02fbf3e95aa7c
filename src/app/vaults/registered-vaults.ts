import { OxbowError } from '#base/errors.ts';
import { addRegistration, changeRegistration, listRegistrations, removeRegistration } from '#control/sites/registrations.ts';
import type { Vault } from '#vault/vault.ts';
import type { Application } from '../application.ts';
import { isRegisteredName, readSecret } from '../config/read-server-config.ts';
import type { ConfiguredVault } from '../config/server-config.ts';
import { makeVault, openChosenVault, type VaultChoice, type VaultSurroundings } from '../open-vault.ts';

/** A vault that the server knows, without any secret. */
export interface RegisteredVault extends Omit<ConfiguredVault, 'passphrase'> {
  origin: 'file' | 'database';
  /** The passphrase is kept by the server, sealed. */
  hasStoredPassphrase: boolean;
}

/** How a new vault is made. */
export interface NewVaultChoice {
  /** Nobody can delete what is written for so many days, where the bucket can lock. */
  lockDays?: number | undefined;
  /** A vault that the server knows, to cut rows and files like: copies between the two need not be cut anew then. */
  like?: string | undefined;
}

const secretOf = (name: string) => `the vault ${name}`;

export async function listVaults(app: Application): Promise<RegisteredVault[]> {
  const added = await listRegistrations<ConfiguredVault>(app.control, 'vaults');
  const inFile = new Set(app.config.vaults.map(({ name }) => name));
  return [
    ...app.config.vaults.map(({ passphrase: _, ...vault }) => ({
      ...vault,
      origin: 'file' as const,
      hasStoredPassphrase: false,
    })),
    ...added
      .filter(({ name }) => !inFile.has(name))
      .map(({ name, settings, secret }) => ({
        ...settings,
        name,
        origin: 'database' as const,
        hasStoredPassphrase: secret !== null,
      })),
  ];
}

/** Errors: VAULT_UNKNOWN. */
export async function findVault(app: Application, name: string): Promise<RegisteredVault> {
  const vault = (await listVaults(app)).find((one) => one.name === name);
  if (vault) return vault;
  throw new OxbowError('VAULT_UNKNOWN', `The server knows no vault "${name}".`, {
    hint: 'Add it in the configuration or through the API.',
  });
}

/**
 * Adds a vault after it was opened, or with `create` made, with its passphrase, which is kept sealed. Errors: VAULT_NAME_INVALID, VAULT_NAME_TAKEN,
 * and those of openVault and initVault.
 */
export async function addVault(
  app: Application,
  vault: ConfiguredVault,
  create: boolean | NewVaultChoice = false,
): Promise<RegisteredVault> {
  if (!isRegisteredName(vault.name)) {
    throw new OxbowError('VAULT_NAME_INVALID', `"${vault.name}" cannot be the name of a vault.`, {
      hint: 'A name has small letters, digits and hyphens, at most 40.',
    });
  }
  const taken = () =>
    new OxbowError('VAULT_NAME_TAKEN', `There is a vault "${vault.name}" already.`, {
      hint: 'Choose another name, or remove that one first.',
    });
  if ((await listVaults(app)).some(({ name }) => name === vault.name)) throw taken();
  const opened = create ? await makeNamedVault(app, vault, create === true ? {} : create) : await openNamedVault(app, vault);
  await opened.store.close();
  const { passphrase, ...settings } = vault;
  const secret = passphrase ? app.secrets.seal(passphrase, secretOf(vault.name)) : null;
  if (!(await addRegistration(app.control, 'vaults', { name: vault.name, settings, secret, created: app.now() }))) throw taken();
  return await findVault(app, vault.name);
}

async function makeNamedVault(app: Application, vault: ConfiguredVault, { lockDays, like }: NewVaultChoice): Promise<Vault> {
  const make = async (other?: Vault) => {
    const options = { label: vault.name, ...(lockDays ? { lockDays } : {}), ...(other ? { like: other } : {}) };
    return await makeVault(choiceOf(vault), options, await around(app, vault));
  };
  return like ? await withRegisteredVault(app, like, make) : await make();
}

/** Opens a vault that the server need not know. Errors: those of openVault. */
export async function openNamedVault(app: Application, vault: Omit<ConfiguredVault, 'name'>): Promise<Vault> {
  return await openChosenVault(choiceOf(vault), await around(app, vault));
}

/** The server forgets the vault; nothing in it is touched. Errors: VAULT_UNKNOWN, VAULT_IN_FILE. */
export async function removeVault(app: Application, name: string): Promise<void> {
  await mustBeAdded(app, name);
  await removeRegistration(app.control, 'vaults', name);
}

/** Keeps another passphrase of the vault from now on, sealed, once it was seen to open it. */
export async function storePassphrase(app: Application, name: string, passphrase: string): Promise<void> {
  const { origin: _, hasStoredPassphrase: __, ...settings } = await mustBeAdded(app, name);
  const opened = await openNamedVault(app, { ...settings, passphrase });
  await opened.store.close();
  await changeRegistration(app.control, 'vaults', { name, settings, secret: app.secrets.seal(passphrase, secretOf(name)) });
}

/** Opens a vault that the server knows; its store is to be closed afterwards. Errors: VAULT_UNKNOWN, and those of openVault. */
export async function openRegisteredVault(app: Application, name: string): Promise<Vault> {
  const vault = await findVault(app, name);
  const stored = vault.origin === 'database' ? ((await sealedPassphrase(app, name)) ?? undefined) : undefined;
  const inFile = app.config.vaults.find((one) => one.name === name)?.passphrase;
  return await openNamedVault(app, { ...vault, passphrase: stored ?? inFile });
}

/** The passphrase that the server keeps of a vault that was added; null when it keeps none. Errors: SERVER_KEY_WRONG. */
export async function sealedPassphrase(app: Application, name: string): Promise<string | null> {
  const found = (await listRegistrations<ConfiguredVault>(app.control, 'vaults')).find((one) => one.name === name);
  return found?.secret ? app.secrets.open(found.secret, secretOf(name)) : null;
}

/** Opens it, does the work, closes its store. */
export async function withRegisteredVault<T>(app: Application, name: string, work: (vault: Vault) => Promise<T>): Promise<T> {
  const vault = await openRegisteredVault(app, name);
  try {
    return await work(vault);
  } finally {
    await vault.store.close();
  }
}

async function mustBeAdded(app: Application, name: string): Promise<RegisteredVault> {
  const vault = await findVault(app, name);
  if (vault.origin === 'database') return vault;
  throw new OxbowError('VAULT_IN_FILE', `The vault "${name}" stands in the configuration file, which alone changes it.`, {
    hint: 'Edit the file and start the server again.',
  });
}

function choiceOf(vault: Omit<ConfiguredVault, 'name'>): VaultChoice {
  return {
    vault: vault.location,
    s3Endpoint: vault.s3Endpoint,
    s3Region: vault.s3Region,
    s3PathStyle: vault.s3PathStyle,
    limitRate: vault.limitRate,
  };
}

/** In the memory of this process the passphrase goes the way that it does for the CLI. */
async function around(app: Application, vault: Omit<ConfiguredVault, 'name'>): Promise<VaultSurroundings> {
  const passphrase =
    vault.passphrase ?? (await readSecret({ variable: vault.passphraseVariable, file: vault.passphraseFile }, app.env));
  const env = { ...app.env, OXBOW_PASSPHRASE: passphrase ?? undefined, OXBOW_PASSPHRASE_FILE: undefined };
  return { env, now: app.now, prompt: null };
}
