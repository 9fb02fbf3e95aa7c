import { OxbowError } from '#base/errors.ts';
import { readLedger, updateLedger } from './ledger/ledger.ts';
import type { KeptConfiguration } from './ledger/ledger-state.ts';
import { firstLedger, type Vault } from './vault.ts';

/** It is part of every version of the ledger. Most are a few kilobytes. */
const mostCharacters = 1024 * 1024;
/** Servers whose configuration is kept: those that wrote last. */
const mostServers = 8;

export interface ConfigurationOf extends KeptConfiguration {
  server: string;
}

/**
 * Keeps a small document for a server in the ledger, in place of its last one: encrypted, checked, spared and carried on by prune and repair as the ledger is.
 * @param value anything that JSON holds, at most a million characters of it. Errors: CONFIGURATION_TOO_LARGE.
 */
export async function writeConfiguration(vault: Vault, server: string, value: unknown, now: Date): Promise<void> {
  const size = JSON.stringify(value).length;
  if (size > mostCharacters) {
    throw new OxbowError(
      'CONFIGURATION_TOO_LARGE',
      `The configuration (${size} characters) is too large to be kept in a vault.`,
      {
        hint: 'At most a million characters of it are kept.',
      },
    );
  }
  await updateLedger(
    vault.store,
    vault.keys.object,
    (state) => {
      const others = newestFirst(state.configurations).filter((one) => one.server !== server);
      const kept = [{ server, written: now.toISOString(), value }, ...others.slice(0, mostServers - 1)];
      return { ...state, configurations: Object.fromEntries(kept.map(({ server: of, ...rest }) => [of, rest])) };
    },
    firstLedger(vault),
  );
}

/** What servers keep in the vault, the newest first. Errors: OBJECT_DAMAGED when the ledger cannot be read. */
export async function readConfigurations(vault: Vault): Promise<ConfigurationOf[]> {
  return newestFirst((await readLedger(vault.store, vault.keys.object)).state.configurations);
}

function newestFirst(kept: Record<string, KeptConfiguration> = {}): ConfigurationOf[] {
  return Object.entries(kept)
    .map(([server, one]) => ({ server, ...one }))
    .sort((a, b) => (a.written < b.written ? 1 : -1));
}
