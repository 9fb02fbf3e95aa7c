import { readLedger, updateLedger } from './ledger/ledger.ts';
import type { KeptConfiguration } from './ledger/ledger-state.ts';
import { firstLedger, type Vault } from './vault.ts';

/** Few kilobytes: it is part of every version of the ledger. */
const mostBytes = 4 * 1024 * 1024;

/**
 * Keeps a small document in the ledger, so encrypted, checked and spared as that is. There is one; the newest counts.
 * @param value anything that JSON holds, at most 4 MiB of it
 */
export async function writeConfiguration(vault: Vault, value: unknown, now: Date): Promise<void> {
  if (JSON.stringify(value).length > mostBytes) throw new Error('the configuration is larger than 4 MiB');
  const configuration = { written: now.toISOString(), value };
  await updateLedger(vault.store, vault.keys.object, (state) => ({ ...state, configuration }), firstLedger(vault));
}

/** What was kept last, or null. Errors: OBJECT_DAMAGED when the ledger cannot be read. */
export async function readConfiguration(vault: Vault): Promise<KeptConfiguration | null> {
  return (await readLedger(vault.store, vault.keys.object)).state.configuration ?? null;
}
