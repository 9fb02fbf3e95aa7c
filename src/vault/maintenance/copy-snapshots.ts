import { isOxbowError } from '#base/errors.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import type { ChunkReader } from '../chunks/chunk-reader.ts';
import { copyContents } from '../copy/copy-contents.ts';
import type { Copy } from '../copy/copy-target.ts';
import { openReader } from '../read-session.ts';
import { type ListedSnapshot, listSnapshots, readContents } from '../snapshots/list-snapshots.ts';
import { type Snapshot, shortId } from '../snapshots/snapshot.ts';
import type { Vault } from '../vault.ts';
import { openWriteSession, type WriteSession } from '../write-session.ts';

export interface CopyReport {
  /** Ids of the snapshots and of their copies. */
  copied: { from: string; to: string; newBytes: number; storedBytes: number }[];
  /** Those that the second vault had already. */
  skipped: { from: string; to: string }[];
  /** Those that the first vault cannot read. */
  failed: { from: string; code: string; message: string }[];
}

/**
 * Copies snapshots to a second vault, which has keys of its own: what it has already is not stored again, what an earlier copy shows to be unchanged
 * is not even read. Where the two vaults cut rows and files at different places (see `like` of initVault), they are cut anew, so that later
 * backups into the second vault share chunks with the copies. Tags, protection and drills go along; a copy names its origin. All that is read is
 * verified. One snapshot at a time: what was copied before an error stays. Memory: that of a backup.
 */
export async function copySnapshots(
  from: Vault,
  to: Vault,
  snapshots: ListedSnapshot[],
  context: RunContext,
): Promise<CopyReport> {
  const report: CopyReport = { copied: [], skipped: [], failed: [] };
  const known = { ours: (await listSnapshots(from)).snapshots, theirs: (await listSnapshots(to)).snapshots as Snapshot[] };
  // Oldest first: each is the base of the next.
  for (const snapshot of snapshots.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))) {
    throwIfCancelled(context);
    const there = known.theirs.find((one) => isSameOrigin(originOf(to, one), originOf(from, snapshot)));
    if (there) {
      report.skipped.push({ from: snapshot.id, to: there.id });
      continue;
    }
    try {
      const made = await copyOne({ from, to, ...known }, snapshot, context);
      known.theirs.push(made);
      const { newBytes, storedBytes } = made.statistics;
      report.copied.push({ from: snapshot.id, to: made.id, newBytes, storedBytes });
    } catch (error) {
      if (!isOxbowError(error, 'OBJECT_DAMAGED') && !isOxbowError(error, 'CHUNK_MISSING')) throw error;
      report.failed.push({ from: snapshot.id, code: error.code, message: error.message });
    }
  }
  return report;
}

/** The snapshot that was made by a backup, whatever vault it lies in now. */
export function originOf(vault: Pick<Vault, 'config'>, snapshot: Snapshot): { vault: string; snapshot: string } {
  return snapshot.copyOf ?? { vault: vault.config.id, snapshot: snapshot.id };
}

export function isSameOrigin(a: { vault: string; snapshot: string }, b: { vault: string; snapshot: string }): boolean {
  return a.snapshot === b.snapshot && a.vault === b.vault;
}

interface Vaults {
  from: Vault;
  to: Vault;
  /** Snapshots of `from`, oldest first. */
  ours: Snapshot[];
  /** Snapshots of `to`. */
  theirs: Snapshot[];
}

async function copyOne(vaults: Vaults, snapshot: ListedSnapshot, context: RunContext): Promise<Snapshot> {
  const { from, to } = vaults;
  const started = context.now();
  const session = await openWriteSession(to, `copy of ${shortId(snapshot.id)}`, context);
  try {
    const source = await openReader(from);
    const sameCut = from.keys.chunker.equals(to.keys.chunker);
    const base = await findBase(vaults, session, source, snapshot);
    const { writer, seed, gear } = session;
    const copy: Copy = { source, writer, seed, gear, sameCut, base, context };
    const contents = await copyContents(copy, await readContents(source, snapshot));
    const { time, summary, repaired, tags, drills } = snapshot;
    const copyOf = originOf(from, snapshot);
    const header = { time, summary, tags, parent: base?.id ?? null, copyOf, ...(repaired ? { repaired } : {}) };
    return await session.commit(contents, header, started, { tags, protected: snapshot.protected, drills });
  } catch (error) {
    await session.abandon();
    throw error;
  }
}

/** The newest older snapshot of the same site, as its maker names it, that both vaults have and can read. */
async function findBase({ from, to, ours, theirs }: Vaults, session: WriteSession, source: ChunkReader, snapshot: Snapshot) {
  const isOlder = (one: Snapshot) => one.time <= snapshot.time && one.id !== snapshot.id;
  for (const older of ours.filter(isOlder).toReversed()) {
    if (older.summary.site !== snapshot.summary.site) continue;
    const twin = theirs.find((one) => isSameOrigin(originOf(to, one), originOf(from, older)));
    if (!twin) continue;
    try {
      const pair = { from: await readContents(source, older), to: await readContents(session.reader, twin) };
      return { ...pair, target: session.reader, id: twin.id };
    } catch (error) {
      // Without a base all is read: slower, and no less right.
      if (!isOxbowError(error, 'OBJECT_DAMAGED') && !isOxbowError(error, 'CHUNK_MISSING')) throw error;
    }
  }
  return null;
}
