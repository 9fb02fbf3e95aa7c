import type { Vault } from '../vault.ts';
import { type LeaseFacts, listLeases, takeLease } from './lease.ts';

/** Locks a vault until unlockVault: nothing is added or removed meanwhile, reading goes on. */
export async function lockVault(vault: Vault, purpose: string, now: () => Date): Promise<void> {
  const { store, keys, holder } = vault;
  await (await takeLease({ store, objectKey: keys.object, holder, now }, 'hold', purpose)).leave();
}

/**
 * Removes the locks of operators; with `all` also the leases of work, which only somebody may ask for who knows that it is dead: a backup whose
 * lease is gone does not become visible. Returns what was removed.
 */
export async function unlockVault(vault: Vault, all: boolean): Promise<LeaseFacts[]> {
  const { store, keys } = vault;
  const gone = (await listLeases({ store, objectKey: keys.object })).filter((lease) => all || lease.kind === 'hold');
  for (const lease of gone) await store.delete(lease.key);
  return gone;
}
