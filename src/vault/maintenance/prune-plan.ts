import { OxbowError } from '#base/errors.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import type { ChunkIndex } from '../chunks/chunk-index.ts';
import type { ChunkReader } from '../chunks/chunk-reader.ts';
import { listSnapshots, snapshotsPrefix } from '../snapshots/list-snapshots.ts';
import type { Snapshot } from '../snapshots/snapshot.ts';
import type { Vault } from '../vault.ts';
import type { NeededChunks } from './needed-chunks.ts';

export interface PruneReport {
  dryRun: boolean;
  packs: number;
  bytes: number;
  /** Packs in which nothing is needed, and their bytes. */
  unused: { packs: number; bytes: number };
  /** Packs that were (or would be) written anew without what is not needed. */
  repacked: { packs: number; bytes: number; neededBytes: number };
  removed: { packs: number; bytes: number };
  /** Packs that wait until work that began before has ended. */
  waiting: { packs: number; for: string[] };
  /** Marked packs that a snapshot turned out to need: they stay. */
  kept: number;
  /** Packs that the store keeps locked. */
  locked: number;
  /** Objects whose locks were moved on, in a vault that locks what it writes. */
  renewed: number;
}

export interface PackUse {
  size: number;
  needed: number;
}

/**
 * The snapshots whose chunks must stay. To be asked for before the index is loaded: what a snapshot needs was in the index before it. Throws
 * VAULT_DAMAGED when that cannot be told for sure.
 */
export async function snapshotsToKeep(vault: Vault): Promise<Snapshot[]> {
  const { snapshots, damaged, missing } = await listSnapshots(vault);
  if (damaged.length > 0) throw cannotTell(vault, `the object ${damaged[0].key} is damaged`);
  if (missing.length > 0) throw cannotTell(vault, `the object ${snapshotsPrefix}${missing[0]} is missing`);
  return snapshots;
}

/** Adds what snapshots need. Throws VAULT_DAMAGED when one is not complete. */
export async function walkSnapshots(
  snapshots: Snapshot[],
  reader: ChunkReader,
  needed: NeededChunks,
  context: RunContext,
): Promise<void> {
  for (const [done, snapshot] of snapshots.entries()) {
    throwIfCancelled(context);
    context.progress({ phase: 'finding what is needed', done, total: snapshots.length, unit: 'steps' });
    await needed.add(reader, snapshot);
  }
}

export function packUses(index: ChunkIndex, needed: NeededChunks): Map<string, PackUse> {
  const uses = new Map<string, PackUse>(index.packs.map((pack) => [pack.name, { size: pack.size, needed: 0 }]));
  for (const { slot, entry } of index.entries()) if (needed.isNeeded(slot)) uses.get(entry.pack)!.needed += entry.length;
  return uses;
}

/** @param leave packs of work that goes on */
export function planPacks(
  uses: Map<string, PackUse>,
  leave: ReadonlySet<string>,
  unusedShare: number,
): { unused: string[]; repack: string[] } {
  const unused: string[] = [];
  const repack: string[] = [];
  for (const [name, use] of uses) {
    if (leave.has(name)) continue;
    if (use.needed === 0) unused.push(name);
    else if (1 - use.needed / use.size > unusedShare) repack.push(name);
  }
  return { unused, repack };
}

export function cannotTell(vault: Vault, what: string): OxbowError {
  return new OxbowError('VAULT_DAMAGED', `It cannot be told what the vault ${vault.store.location} needs: ${what}.`, {
    hint: 'Run oxbow check, then oxbow repair. Nothing is removed before that.',
  });
}
