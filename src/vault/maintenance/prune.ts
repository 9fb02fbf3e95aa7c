import { OxbowError } from '#base/errors.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import { type ChunkId, type ChunkKind, idOf, kindOf } from '../chunks/chunk-id.ts';
import type { ChunkIndex } from '../chunks/chunk-index.ts';
import { ChunkReader } from '../chunks/chunk-reader.ts';
import { ChunkWriter } from '../chunks/chunk-writer.ts';
import { adoptPacks, loadIndex, packsPrefix } from '../chunks/load-index.ts';
import { packKeyPath } from '../chunks/pack-format.ts';
import { assertNotHeld, clearDeadLeases, type LeaseContext, type LeaseFacts, takeLease } from '../leases/lease.ts';
import { updateLedger } from '../ledger/ledger.ts';
import { listSnapshots } from '../snapshots/list-snapshots.ts';
import { lockUntil, type Vault } from '../vault.ts';
import { NeededChunks } from './needed-chunks.ts';
import { type PruneMarks, readMarks, writeMarks } from './prune-marks.ts';
import { deleteUnlessLocked, rewriteIndex } from './rewrite-index.ts';

export interface PruneOptions {
  dryRun?: boolean;
  /** A pack is written anew when more than this share of it is not needed. Default 0.25. */
  unusedShare?: number;
  /** Milliseconds between marking and removing, for stores whose lists are late. Default 0. */
  settle?: number;
  /** Watches leases of other hosts for three heartbeats, to tell which are dead. Default false. */
  watch?: boolean;
}

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
  /** Packs that the store keeps locked. */
  locked: number;
}

interface PackUse {
  size: number;
  needed: number;
}

/**
 * Removes what no snapshot needs: marks, waits for work that may rely on it, makes sure again, takes it out of the index, deletes. Safe beside
 * backups and after a crash at any point. Errors: VAULT_BUSY (another prune), VAULT_DAMAGED (it cannot be told what is needed), VAULT_LOCKED.
 */
export async function prune(vault: Vault, options: PruneOptions, context: RunContext): Promise<PruneReport> {
  const leases: LeaseContext = { store: vault.store, objectKey: vault.keys.object, holder: vault.holder, now: context.now };
  const lease = await takeLease(leases, 'maintain', 'prune');
  try {
    const standing = await clearDeadLeases(leases, { watch: options.watch === true });
    assertNotHeld(standing, vault.store.location);
    const other = standing.find((one) => one.kind === 'maintain' && one.key !== lease.key);
    if (other) throw busy(vault, other);
    return await pruneUnderLease(vault, leases, options, context);
  } finally {
    await lease.release();
  }
}

async function pruneUnderLease(
  vault: Vault,
  leases: LeaseContext,
  options: PruneOptions,
  context: RunContext,
): Promise<PruneReport> {
  const { store, keys } = vault;
  const oldMarks = await readMarks(vault);
  const writersBefore = (await clearDeadLeases(leases, { watch: false })).filter((lease) => lease.kind === 'write');
  const { index, damaged } = await loadIndex(store, keys.object);
  if (damaged.length > 0) throw cannotTell(vault, `the index object ${damaged[0].key} is damaged`);
  // Packs that no index names belong to work that goes on, or to work that was killed.
  const orphans = await adoptPacks(store, keys.pack, index, new Set());
  const reader = new ChunkReader({ store, packKey: keys.pack, index });
  const needed = new NeededChunks(index);
  await walkSnapshots(vault, reader, needed, context);
  const uses = packUses(index, needed);
  const isYoung = writersBefore.length > 0 ? new Set(orphans.map((pack) => pack.name)) : new Set<string>();
  const plan = planPacks(uses, isYoung, options.unusedShare ?? 0.25);
  const report: PruneReport = {
    dryRun: options.dryRun === true,
    packs: uses.size,
    bytes: sum([...uses.values()].map((use) => use.size)),
    unused: { packs: plan.unused.length, bytes: sum(plan.unused.map((name) => uses.get(name)!.size)) },
    repacked: {
      packs: plan.repack.length,
      bytes: sum(plan.repack.map((name) => uses.get(name)!.size)),
      neededBytes: sum(plan.repack.map((name) => uses.get(name)!.needed)),
    },
    removed: { packs: 0, bytes: 0 },
    waiting: { packs: 0, for: [] },
    locked: 0,
  };
  if (options.dryRun) return report;
  if (plan.repack.length > 0) await repack(vault, reader, index, needed, new Set([...plan.repack, ...plan.unused]), context);
  const victims = [...plan.unused, ...plan.repack];
  const marks = await mark(vault, leases, victims, oldMarks, options, context);
  const ready = marks.filter((mark) => mark.waitsFor.length === 0);
  for (const mark of marks.filter((one) => one.waitsFor.length > 0)) {
    report.waiting.packs += mark.packs.length;
    report.waiting.for.push(...mark.waitsFor.filter((key) => !report.waiting.for.includes(key)));
  }
  await sweep(vault, ready, report, context);
  return report;
}

/** Marks the victims, then looks who is at work: whoever begins later sees the marks. Returns all marks with whom each still waits for. */
async function mark(
  vault: Vault,
  leases: LeaseContext,
  victims: string[],
  oldMarks: PruneMarks[],
  options: PruneOptions,
  context: RunContext,
): Promise<PruneMarks[]> {
  const since = context.now().toISOString();
  const already = new Set(oldMarks.flatMap((one) => one.packs));
  const fresh = victims.filter((name) => !already.has(name));
  let marks = oldMarks;
  if (fresh.length > 0) marks = [...oldMarks, await writeMarks(vault, { packs: fresh, waitsFor: [], since })];
  if (options.settle) await new Promise((resolve) => setTimeout(resolve, options.settle));
  const standing = (await clearDeadLeases(leases, { watch: false }))
    .filter((lease) => lease.kind === 'write')
    .map((lease) => lease.key);
  const result: PruneMarks[] = [];
  for (const one of marks) {
    const isNew = !oldMarks.includes(one);
    const waitsFor = isNew ? standing : one.waitsFor.filter((key) => standing.includes(key));
    if (isNew && waitsFor.length > 0) {
      // Kept for the next prune to know.
      const again = await writeMarks(vault, { packs: one.packs, waitsFor, since });
      await vault.store.delete(one.key);
      result.push(again);
    } else result.push({ ...one, waitsFor });
  }
  return result;
}

/** Removes marked packs that nobody can rely on any more, after making sure that no snapshot which appeared meanwhile needs them. */
async function sweep(vault: Vault, marks: PruneMarks[], report: PruneReport, context: RunContext): Promise<void> {
  if (marks.length === 0) return;
  const { store, keys } = vault;
  const marked = new Set(marks.flatMap((one) => one.packs));
  // Where a chunk lies in a marked pack and in another one too, the other one counts.
  const { index, damaged } = await loadIndex(store, keys.object, marked);
  if (damaged.length > 0) throw cannotTell(vault, `the index object ${damaged[0].key} is damaged`);
  const reader = new ChunkReader({ store, packKey: keys.pack, index });
  const needed = new NeededChunks(index);
  try {
    await walkSnapshots(vault, reader, needed, context);
  } catch (error) {
    if ((error as { code?: string }).code !== 'VAULT_DAMAGED') throw error;
    // Something of a marked pack is needed after all: the marks go, the packs stay.
    for (const one of marks) await store.delete(one.key);
    return;
  }
  const sizes = new Map<string, number>();
  for await (const { key, size } of store.list(packsPrefix)) {
    const name = key.slice(key.lastIndexOf('/') + 1);
    if (marked.has(name)) sizes.set(name, size);
  }
  await rewriteIndex(vault, marked, context.now());
  for (const [name, size] of sizes) {
    throwIfCancelled(context);
    if (await deleteUnlessLocked(vault, packKeyPath(name))) {
      report.removed.packs++;
      report.removed.bytes += size;
    } else report.locked++;
    context.progress({ phase: 'removing packs', done: report.removed.packs, total: sizes.size, unit: 'steps' });
  }
  for (const one of marks) await store.delete(one.key);
}

async function walkSnapshots(vault: Vault, reader: ChunkReader, needed: NeededChunks, context: RunContext): Promise<void> {
  const { snapshots, damaged } = await listSnapshots(vault);
  if (damaged.length > 0) throw cannotTell(vault, `the object ${damaged[0].key} is damaged`);
  for (const [done, snapshot] of snapshots.entries()) {
    throwIfCancelled(context);
    context.progress({ phase: 'finding what is needed', done, total: snapshots.length, unit: 'steps' });
    await needed.add(reader, snapshot);
  }
}

function packUses(index: ChunkIndex, needed: NeededChunks): Map<string, PackUse> {
  const uses = new Map<string, PackUse>(index.packs.map((pack) => [pack.name, { size: pack.size, needed: 0 }]));
  for (const { slot, entry } of index.entries()) if (needed.isNeeded(slot)) uses.get(entry.pack)!.needed += entry.length;
  return uses;
}

function planPacks(uses: Map<string, PackUse>, leave: Set<string>, unusedShare: number): { unused: string[]; repack: string[] } {
  const unused: string[] = [];
  const repack: string[] = [];
  for (const [name, use] of uses) {
    if (leave.has(name)) continue;
    if (use.needed === 0) unused.push(name);
    else if (1 - use.needed / use.size > unusedShare) repack.push(name);
  }
  return { unused, repack };
}

/** Writes what is needed of these packs into new ones. */
async function repack(
  vault: Vault,
  reader: ChunkReader,
  index: ChunkIndex,
  needed: NeededChunks,
  victims: ReadonlySet<string>,
  context: RunContext,
): Promise<void> {
  const { store, keys } = vault;
  // Collected first: the index grows while new packs come.
  const wanted: { id: ChunkId; kind: ChunkKind; pack: string; offset: number }[] = [];
  for (const { slot, entry } of index.entries()) {
    if (!needed.isNeeded(slot) || !victims.has(entry.pack)) continue;
    const kind = kindOf(entry.kind);
    if (kind) wanted.push({ id: idOf(entry.digest), kind, pack: entry.pack, offset: entry.offset });
  }
  wanted.sort((a, b) => (a.pack === b.pack ? a.offset - b.offset : a.pack < b.pack ? -1 : 1));
  const writer = new ChunkWriter({ store, keys, index, avoid: victims, put: lockUntil(vault, context.now()) });
  let done = 0;
  try {
    for await (const data of reader.readMany(wanted.map((one) => one.id))) {
      throwIfCancelled(context);
      writer.put(wanted[done].kind, data);
      done++;
      await writer.ready();
      context.progress({ phase: 'writing packs anew', done, total: wanted.length, unit: 'steps' });
    }
    await writer.flush();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  await updateLedger(store, keys.object, (state) => ({ ...state, indexes: [...new Set([...state.indexes, ...writer.indexes])] }));
}

function busy(vault: Vault, other: LeaseFacts): OxbowError {
  return new OxbowError(
    'VAULT_BUSY',
    `Another ${other.purpose} works on ${vault.store.location} (process ${other.pid} of ${other.host}).`,
    {
      hint: 'Wait until it has ended. If its host is gone for good, run oxbow vault unlock.',
    },
  );
}

function cannotTell(vault: Vault, what: string): OxbowError {
  return new OxbowError('VAULT_DAMAGED', `It cannot be told what the vault ${vault.store.location} needs: ${what}.`, {
    hint: 'Run oxbow check, then oxbow repair. Nothing is removed before that.',
  });
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
