import { isOxbowError, OxbowError } from '#base/errors.ts';
import { wrapMasterKey } from './crypto/key-slot.ts';
import { deriveVaultKeys } from './crypto/vault-keys.ts';
import { readLedger, updateLedger } from './ledger/ledger.ts';
import type { LedgerState } from './ledger/ledger-state.ts';
import { spareKey } from './spares.ts';
import { assertPassphrase, completeVault, firstLedger, keysPrefix, type Vault } from './vault.ts';

/** Ids of the key slots that the vault has. What a slot is called is known only to who can open it. */
export async function listKeys(vault: Vault): Promise<string[]> {
  const ids: string[] = [];
  for await (const { key } of vault.store.list(keysPrefix)) ids.push(key.slice(keysPrefix.length));
  return ids;
}

/** A further passphrase for the vault. No data is encrypted again. Returns the id of the slot. */
export async function addKey(vault: Vault, passphrase: string, label: string, now: Date): Promise<string> {
  assertPassphrase(passphrase);
  await completeVault(vault);
  const facts = { vaultId: vault.config.id, label, createdAt: now.toISOString(), chunker: sharedChunker(vault) };
  const slot = await wrapMasterKey(vault.master, passphrase, facts);
  const key = `${keysPrefix}${slot.id}`;
  await vault.store.put(key, slot.bytes);
  await vault.store.put(spareKey(key), slot.bytes);
  await changeKeys(vault, (keys) => [...new Set([...keys, slot.id])]);
  return slot.id;
}

/** Takes a passphrase its power. Errors: KEY_NOT_FOUND, KEY_LAST. */
export async function removeKey(vault: Vault, id: string): Promise<string> {
  const all = await listKeys(vault);
  const found = all.filter((key) => key.startsWith(id.toLowerCase()));
  if (id === '' || found.length !== 1) {
    throw new OxbowError('KEY_NOT_FOUND', `The vault has ${found.length > 1 ? 'several keys' : 'no key'} ${id}.`, {
      hint: `Its keys: ${all.join(', ')}.`,
    });
  }
  if (all.length === 1) {
    throw new OxbowError('KEY_LAST', 'This is the only key of the vault: without it nobody could open it.', {
      hint: 'Add another passphrase first.',
    });
  }
  // The ledger first: a key that stands in it and is gone would count as lost.
  await changeKeys(vault, (keys) => keys.filter((key) => key !== found[0]));
  try {
    await vault.store.delete(`${keysPrefix}${found[0]}`);
    await vault.store.delete(spareKey(`${keysPrefix}${found[0]}`));
  } catch (error) {
    // While the store keeps it locked, it still opens the vault.
    if (isOxbowError(error, 'STORE_OBJECT_LOCKED')) await changeKeys(vault, (keys) => [...keys, found[0]]);
    throw error;
  }
  return found[0];
}

async function changeKeys(vault: Vault, change: (keys: string[]) => string[]): Promise<void> {
  const update = (state: LedgerState) => ({ ...state, keys: change(state.keys) });
  await updateLedger(vault.store, vault.keys.object, update, firstLedger(vault));
}

function sharedChunker(vault: Vault): Buffer | undefined {
  const { chunker } = vault.keys;
  return chunker.equals(deriveVaultKeys(vault.master).chunker) ? undefined : chunker;
}

/** Another passphrase in the place of the one that opened the vault. When it is interrupted, both open it. */
export async function changeKey(vault: Vault, passphrase: string, now: Date): Promise<string> {
  const id = await addKey(vault, passphrase, vault.slot.label, now);
  if (id !== vault.slot.id) await removeKey(vault, vault.slot.id);
  return id;
}

/** Keys that the ledger names and the store does not have; null when the ledger cannot be read. */
export async function missingKeys(vault: Vault): Promise<string[] | null> {
  try {
    const { state } = await readLedger(vault.store, vault.keys.object);
    const all = await listKeys(vault);
    return state.keys.filter((key) => !all.includes(key));
  } catch (error) {
    if (isOxbowError(error, 'OBJECT_DAMAGED')) return null;
    throw error;
  }
}
