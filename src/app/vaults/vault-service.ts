import { lockVault, unlockVault } from '#vault/leases/operator-lock.ts';
import { vaultStatus } from '#vault/maintenance/status.ts';
import { addKey, listKeys, removeKey } from '#vault/vault-keyring.ts';
import type { Application } from '../application.ts';
import { freeBytes } from '../work/disk-watch.ts';
import { findVault, storePassphrase, withRegisteredVault } from './registered-vaults.ts';

/** What a vault holds, with the room that is left where it lies (a folder). */
export async function statusOfVault(app: Application, name: string) {
  const { location } = await findVault(app, name);
  const status = await withRegisteredVault(app, name, vaultStatus);
  return { ...status, freeBytes: location.startsWith('s3://') ? null : await freeBytes(location) };
}

export async function keysOf(app: Application, name: string): Promise<{ id: string; isOwn: boolean }[]> {
  return await withRegisteredVault(app, name, async (vault) => {
    const { openedWith } = await vaultStatus(vault);
    return (await listKeys(vault)).map((id) => ({ id, isOwn: id === openedWith }));
  });
}

export async function addVaultKey(app: Application, name: string, key: { label: string; passphrase: string }): Promise<string> {
  return await withRegisteredVault(app, name, (vault) => addKey(vault, key.passphrase, key.label, app.now()));
}

export async function removeVaultKey(app: Application, name: string, id: string): Promise<void> {
  await withRegisteredVault(app, name, (vault) => removeKey(vault, id));
}

/**
 * A new passphrase in place of the one that this server uses; no data is encrypted again. The new one is added and kept before the old one goes, so that
 * the server can open the vault at every moment. Errors: VAULT_IN_FILE.
 */
export async function changeVaultKey(app: Application, name: string, passphrase: string): Promise<void> {
  await withRegisteredVault(app, name, async (vault) => {
    const { openedWith } = await vaultStatus(vault);
    await addKey(vault, passphrase, 'server', app.now());
    await storePassphrase(app, name, passphrase);
    await withRegisteredVault(app, name, (again) => removeKey(again, openedWith));
  });
}

export async function lockForOperator(app: Application, name: string, reason: string): Promise<void> {
  await withRegisteredVault(app, name, (vault) => lockVault(vault, reason, app.now));
}

/** Returns how many locks went. @param all the leases of work too: only for who knows that it is dead */
export async function unlockForOperator(app: Application, name: string, all: boolean): Promise<number> {
  return (await withRegisteredVault(app, name, (vault) => unlockVault(vault, all))).length;
}
