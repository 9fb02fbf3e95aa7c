import type { RunContext } from '#base/run-context.ts';
import { ChunkReader } from '../chunks/chunk-reader.ts';
import { adoptPacks, loadIndex } from '../chunks/load-index.ts';
import type { Vault } from '../vault.ts';
import { type Maintenance, standingWriters, underMaintainLease } from './maintain-lease.ts';
import { NeededChunks } from './needed-chunks.ts';
import { type PruneMarks, readMarks } from './prune-marks.ts';
import { cannotTell, type PruneReport, packUses, planPacks, snapshotsToKeep, walkSnapshots } from './prune-plan.ts';
import { markPacks, removeLoneSpares, sweep } from './prune-sweep.ts';
import { renewLocks } from './renew-locks.ts';
import { repack } from './repack.ts';

export type { PruneReport } from './prune-plan.ts';

export interface PruneOptions {
  dryRun?: boolean;
  /** A pack is written anew when more than this share of it is not needed. Default 0.25. */
  unusedShare?: number;
  /** Milliseconds between marking and removing, for stores whose lists are late. Default 0. */
  settle?: number;
  /** Watches leases of other hosts for three heartbeats, to tell which are dead. Default false. */
  watch?: boolean;
}

/**
 * Removes what no snapshot needs: marks, waits for work that may rely on it, makes sure again, takes it out of the index, deletes. Safe beside
 * backups and after a crash at any point. Errors: VAULT_BUSY (another prune), VAULT_DAMAGED (it cannot be told what is needed), VAULT_LOCKED,
 * LEASE_LOST.
 */
export async function prune(vault: Vault, options: PruneOptions, context: RunContext): Promise<PruneReport> {
  return await underMaintainLease(vault, 'prune', options.watch === true, context, (maintenance) =>
    pruneNow(maintenance, options),
  );
}

async function pruneNow(maintenance: Maintenance, options: PruneOptions): Promise<PruneReport> {
  const { vault, lease, context } = maintenance;
  const { store, keys } = vault;
  const oldMarks = await readMarks(vault);
  const writersBefore = await standingWriters(maintenance);
  const snapshots = await snapshotsToKeep(vault);
  const { index, orphans } = await usableIndex(vault, oldMarks);
  const reader = new ChunkReader({ store, packKey: keys.pack, index });
  const needed = new NeededChunks(index);
  await walkSnapshots(snapshots, reader, needed, context);
  const uses = packUses(index, needed);
  // Packs that no index names belong to work that goes on, or to work that was killed.
  const plan = planPacks(uses, writersBefore.length > 0 ? orphans : new Set(), options.unusedShare ?? 0.25);
  const bytesOf = (names: string[]) => sum(names.map((name) => uses.get(name)!.size));
  const report: PruneReport = {
    dryRun: options.dryRun === true,
    packs: uses.size,
    bytes: sum([...uses.values()].map((use) => use.size)),
    unused: { packs: plan.unused.length, bytes: bytesOf(plan.unused) },
    repacked: {
      packs: plan.repack.length,
      bytes: bytesOf(plan.repack),
      neededBytes: sum(plan.repack.map((name) => uses.get(name)!.needed)),
    },
    removed: { packs: 0, bytes: 0 },
    waiting: { packs: 0, for: [] },
    kept: 0,
    locked: 0,
    renewed: 0,
  };
  if (options.dryRun) return report;
  const victims = [...plan.unused, ...plan.repack];
  if (plan.repack.length > 0) await repack(maintenance, reader, index, needed, new Set(victims));
  await lease.confirm();
  const marks = await markPacks(maintenance, victims, oldMarks, options.settle ?? 0);
  for (const { packs, waitsFor } of marks.filter((one) => one.waitsFor.length > 0)) {
    report.waiting.packs += packs.length;
    report.waiting.for.push(...waitsFor.filter((key) => !report.waiting.for.includes(key)));
  }
  const ready = marks.filter((mark) => mark.waitsFor.length === 0);
  await sweep(maintenance, ready, report);
  await removeLoneSpares(maintenance);
  const leaving = new Set(victims);
  const stay = [...uses].filter(([name, use]) => use.needed > 0 && !leaving.has(name)).map(([name]) => name);
  report.renewed = await renewLocks(vault, stay, context);
  return report;
}

/** The index, in which a chunk is found in a pack that will stay rather than in one that is marked, missing or cut short. */
async function usableIndex(vault: Vault, marks: PruneMarks[]) {
  const { store, keys } = vault;
  const last = new Set(marks.flatMap((one) => one.packs));
  for (;;) {
    const { index, damaged } = await loadIndex(store, keys.object, { last });
    if (damaged.length > 0) throw cannotTell(vault, `the index object ${damaged[0].key} is damaged`);
    const { adopted, unusable } = await adoptPacks(store, keys.pack, index);
    const fresh = [...unusable].filter((name) => !last.has(name));
    if (fresh.length === 0) return { index, orphans: adopted };
    for (const name of fresh) last.add(name);
  }
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
