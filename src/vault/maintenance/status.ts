import { packsPrefix } from '../chunks/load-index.ts';
import { type LeaseFacts, listLeases } from '../leases/lease.ts';
import { listSnapshots } from '../snapshots/list-snapshots.ts';
import type { Vault } from '../vault.ts';
import { listKeys } from '../vault-keyring.ts';

export interface VaultStatus {
  location: string;
  id: string;
  version: number;
  /** ISO. */
  createdAt: string;
  /** Days during which nobody may delete what is written; 0: none. */
  lockDays: number;
  keys: string[];
  /** The key that the passphrase opened. */
  openedWith: string;
  snapshots: number;
  /** ISO, null when there is none. */
  newest: string | null;
  packs: number;
  /** Bytes of packs. */
  storedBytes: number;
  /** Plain bytes of all snapshots together, as if nothing were shared. */
  snapshotBytes: number;
  /** Snapshots whose objects cannot be read. */
  damagedSnapshots: number;
  /** Who works on it, and an operator's lock. */
  leases: LeaseFacts[];
}

/** What a vault is and how it fares, without reading any data. */
export async function vaultStatus(vault: Vault): Promise<VaultStatus> {
  const { store, config, keys } = vault;
  const { snapshots, damaged } = await listSnapshots(vault);
  let packs = 0;
  let storedBytes = 0;
  for await (const { size } of store.list(packsPrefix)) {
    packs++;
    storedBytes += size;
  }
  return {
    location: store.location,
    id: config.id,
    version: config.version,
    createdAt: config.createdAt,
    lockDays: config.lockDays,
    keys: await listKeys(vault),
    openedWith: vault.slot.id,
    snapshots: snapshots.length,
    newest: snapshots.at(-1)?.time ?? null,
    packs,
    storedBytes,
    snapshotBytes: snapshots.reduce((sum, { statistics }) => sum + statistics.rowBytes + statistics.fileBytes, 0),
    damagedSnapshots: damaged.length,
    leases: await listLeases({ store, objectKey: keys.object }),
  };
}
