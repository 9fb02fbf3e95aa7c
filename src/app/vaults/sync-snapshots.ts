import { replaceKnownSnapshots } from '#control/sites/known-snapshots.ts';
import { type ListedSnapshot, listSnapshots } from '#vault/snapshots/list-snapshots.ts';
import type { Vault } from '#vault/vault.ts';
import type { Application } from '../application.ts';
import { withRegisteredVault } from './registered-vaults.ts';

/** What the control database knows of a snapshot: its header, tags and protection. Enough for every list. */
export type SnapshotFacts = Omit<ListedSnapshot, 'contents'>;

/** Looks into the vault and notes its snapshots. */
export async function syncSnapshots(app: Application, name: string, opened?: Vault): Promise<number> {
  if (!opened) return await withRegisteredVault(app, name, (vault) => syncSnapshots(app, name, vault));
  const { snapshots } = await listSnapshots(opened);
  const known = snapshots.map(({ contents: _, ...facts }) => ({
    id: facts.id,
    site: String(facts.summary.site ?? ''),
    time: facts.time,
    facts,
  }));
  await replaceKnownSnapshots(app.control, name, known, app.now());
  return known.length;
}
