import { isOxbowError } from '#base/errors.ts';
import { throwIfCancelled } from '#base/run-context.ts';
import { ChunkReader } from '../chunks/chunk-reader.ts';
import { listPacks, loadIndex } from '../chunks/load-index.ts';
import { packKeyPath } from '../chunks/pack-format.ts';
import { ledgerOrNull } from '../ledger/ledger.ts';
import { snapshotsPrefix } from '../snapshots/list-snapshots.ts';
import { listSpares, spareKey } from '../spares.ts';
import { type Maintenance, standingWriters } from './maintain-lease.ts';
import { NeededChunks } from './needed-chunks.ts';
import { type PruneMarks, writeMarks } from './prune-marks.ts';
import { cannotTell, type PruneReport, snapshotsToKeep, walkSnapshots } from './prune-plan.ts';
import { deleteUnlessLocked, rewriteIndex } from './rewrite-index.ts';

/** Packs removed between two looks at the own lease. */
const deletesPerConfirm = 32;

/**
 * Marks packs, then looks who is at work: whoever begins later sees the marks. Returns all marks with whom each still waits for. Marks of somebody
 * who was killed before that look wait for everybody who is at work now.
 */
export async function markPacks(
  maintenance: Maintenance,
  victims: string[],
  oldMarks: PruneMarks[],
  settle: number,
): Promise<PruneMarks[]> {
  const { vault, context } = maintenance;
  const since = context.now().toISOString();
  const already = new Set(oldMarks.flatMap((one) => one.packs));
  const packs = victims.filter((name) => !already.has(name));
  let marks = oldMarks;
  if (packs.length > 0) {
    // Backups that are at work are told at once that they are waited for.
    marks = [...oldMarks, await writeMarks(vault, { packs, waitsFor: await writerKeys(maintenance), since })];
  }
  if (settle > 0) await new Promise((resolve) => setTimeout(resolve, settle));
  const standing = await writerKeys(maintenance);
  const result: PruneMarks[] = [];
  for (const one of marks) {
    if (one.settled) {
      result.push({ ...one, waitsFor: one.waitsFor.filter((key) => standing.includes(key)) });
      continue;
    }
    // Kept for the next prune to know.
    result.push(await writeMarks(vault, { ...one, waitsFor: standing, settled: true }));
    await vault.store.delete(one.key);
  }
  return result;
}

async function writerKeys(maintenance: Maintenance): Promise<string[]> {
  return (await standingWriters(maintenance)).map((lease) => lease.key);
}

/** Removes marked packs that nobody can rely on any more, after making sure that no snapshot which appeared meanwhile needs them. */
export async function sweep(maintenance: Maintenance, marks: PruneMarks[], report: PruneReport): Promise<void> {
  if (marks.length === 0) return;
  const { vault, lease, context } = maintenance;
  const marked = new Set(marks.flatMap((one) => one.packs));
  const dropMarks = async () => {
    for (const one of marks) await vault.store.delete(one.key);
  };
  if (await isAnyNeeded(maintenance, marked)) {
    report.kept = marked.size;
    await dropMarks();
    return;
  }
  const sizes = new Map([...(await listPacks(vault.store))].filter(([name]) => marked.has(name)));
  // Whoever took this lease away may be at the same work: then the index is theirs.
  await lease.confirm();
  const busy = (await standingWriters(maintenance)).length > 0;
  const stillNamed = await rewriteIndex(vault, { without: marked, busy, now: context.now() });
  let deletes = 0;
  for (const [name, size] of sizes) {
    throwIfCancelled(context);
    if (deletes++ % deletesPerConfirm === 0) await lease.confirm();
    if (!stillNamed.has(name) && (await deleteUnlessLocked(vault, packKeyPath(name)))) {
      report.removed.packs++;
      report.removed.bytes += size;
    } else report.locked++;
    context.progress({ phase: 'removing packs', done: report.removed.packs, total: sizes.size, unit: 'steps' });
  }
  await dropMarks();
}

/** Spares of snapshots that are not there: forgetting, or a backup, was killed between the two. Whoever is at work may be about to write its snapshot. */
export async function removeLoneSpares(maintenance: Maintenance): Promise<void> {
  const { store, keys } = maintenance.vault;
  const spares = await listSpares(store, snapshotsPrefix);
  if ((await standingWriters(maintenance)).length > 0) return;
  const ledger = await ledgerOrNull(store, keys.object);
  for (const key of spares) {
    const isKnown = !ledger || ledger.snapshots[key.slice(snapshotsPrefix.length)] !== undefined;
    if (!isKnown && (await store.size(key)) === null) await deleteUnlessLocked({ store }, spareKey(key));
  }
}

async function isAnyNeeded({ vault, context }: Maintenance, marked: ReadonlySet<string>): Promise<boolean> {
  const { store, keys } = vault;
  const snapshots = await snapshotsToKeep(vault);
  // Where a chunk lies in a marked pack and in another one too, the other one counts.
  const { index, damaged } = await loadIndex(store, keys.object, { without: marked });
  if (damaged.length > 0) throw cannotTell(vault, `the index object ${damaged[0].key} is damaged`);
  const reader = new ChunkReader({ store, packKey: keys.pack, index });
  try {
    await walkSnapshots(snapshots, reader, new NeededChunks(index), context);
    return false;
  } catch (error) {
    if (!isOxbowError(error, 'VAULT_DAMAGED')) throw error;
    return true;
  }
}
