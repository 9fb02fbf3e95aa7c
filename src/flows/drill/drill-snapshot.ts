import type { RunContext } from '#base/run-context.ts';
import { collectWarnings } from '#base/warnings.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { LiveSiteReader } from '#sites/live/reader/live-site-reader.ts';
import { SnapshotSiteReader } from '#sites/snapshot/snapshot-site-reader.ts';
import { markSnapshot } from '#vault/maintenance/forget.ts';
import { openReader } from '#vault/read-session.ts';
import { openScratchSession } from '#vault/scratch-session.ts';
import { type ListedSnapshot, readContents } from '#vault/snapshots/list-snapshots.ts';
import { shortId } from '#vault/snapshots/snapshot.ts';
import type { Vault } from '#vault/vault.ts';
import { storeSite } from '../backup/store-site.ts';
import { compareContents } from '../inspect/compare-contents.ts';
import { restoreFrom } from '../restore/restore-backup.ts';
import { isWholeSite, restoreWhole } from '../restore/restore-whole.ts';
import { openSnapshotSource } from '../restore/snapshot-source.ts';
import type { DrillReport } from './drill-report.ts';
import { siteTotals, totalsDiffer } from './site-totals.ts';

/** Of the Confluence that a snapshot is of; null where it does not say. */
export interface DrilledVersion {
  version: string | null;
  buildNumber: number | null;
}

/** A sandbox that is thrown away after use. */
export interface DrillSandbox {
  site: LiveSite;
  drop(): Promise<void>;
}

/** Drills that are remembered of one snapshot. */
const remembered = 10;

/**
 * Proves that a snapshot restores: restores it into a throw-away sandbox, compares every table and every file of the sandbox with the snapshot, times it,
 * and writes the result beside the snapshot. The sandbox is dropped whatever happens. A snapshot that does not restore is a result, not an error;
 * only trouble with the sandbox itself, with the store, or a cancel is thrown.
 */
export async function drillSnapshot(
  vault: Vault,
  snapshot: ListedSnapshot,
  /** Of the same version: nothing restores into an older Confluence. */
  makeSandbox: (of: DrilledVersion) => Promise<DrillSandbox>,
  words: { duration: (seconds: number) => string },
  context: RunContext,
): Promise<DrillReport> {
  const started = context.now();
  const { context: inner, warnings } = collectWarnings(context);
  const { productVersion, buildNumber } = snapshot.summary as { productVersion?: string | null; buildNumber?: number | null };
  const sandbox = await makeSandbox({ version: productVersion ?? null, buildNumber: buildNumber ?? null });
  let drill: Trial;
  try {
    drill = isWholeSite(snapshot)
      ? await drillWhole(vault, snapshot, sandbox.site, inner)
      : await drillReader(vault, snapshot, sandbox.site, inner);
  } catch (error) {
    const code = (error as { code?: string }).code;
    // What keeps a restore from being tried says nothing about the snapshot.
    if (code === undefined || /^(CANCELLED|DISK_FULL|DATABASE_|STORE_|SANDBOX_|SPOOL_)/.test(code)) throw error;
    drill = { restoreSeconds: 0, differences: null, trouble: (error as Error).message };
  } finally {
    await sandbox.drop();
  }
  const now = context.now();
  const ok = drill.trouble === null;
  const result = ok
    ? `this backup restores; it takes ${words.duration(drill.restoreSeconds)}`
    : `THIS BACKUP DOES NOT RESTORE: ${drill.trouble}`;
  const record = { time: now.toISOString(), ok, seconds: drill.restoreSeconds, result };
  await markSnapshot(vault, snapshot, (marks) => ({ ...marks, drills: [...marks.drills, record].slice(-remembered) }));
  const { rows, files, fileBytes } = snapshot.statistics;
  return {
    snapshot: snapshot.id,
    ok,
    time: record.time,
    restoreSeconds: drill.restoreSeconds,
    seconds: (now.getTime() - started.getTime()) / 1000,
    tables: (await readContents(await openReader(vault), snapshot).catch(() => null))?.tables.length ?? 0,
    rows,
    files,
    fileBytes,
    result,
    differences: drill.differences,
    warnings: warnings.groups(),
  };
}

interface Trial {
  restoreSeconds: number;
  differences: DrillReport['differences'];
  /** Null: it restores. */
  trouble: string | null;
}

/** Reads the restored site as a backup does; equal trees are equal rows, equal parts are equal bytes. */
async function drillWhole(vault: Vault, snapshot: ListedSnapshot, site: LiveSite, context: RunContext): Promise<Trial> {
  const source = await openReader(vault);
  const restored = await restoreWhole(source, snapshot, site, { acceptVersion: true }, context);
  const session = await openScratchSession(vault, context.workFolder);
  try {
    const quiet = { ...context, warn: () => {} };
    const stored = await storeSite(session, site, null, { full: true, installFiles: 'all' }, quiet);
    await session.writer.flush();
    const contents = await readContents(source, snapshot);
    const before = { name: `snapshot ${shortId(snapshot.id)}`, source: session.reader, contents };
    // Only the home is restored into a sandbox: an install directory is none of a site that runs.
    const after = { name: 'the sandbox', source: session.reader, contents: stored.contents };
    const differences = await compareContents(before, after, context, { files: (path) => path.startsWith('home/') });
    const tables = Object.keys(differences.tables).length + differences.tablesRemoved.length + differences.tablesReshaped.length;
    const files = differences.files.added + differences.files.changed + differences.files.removed;
    const trouble = differences.equal ? null : `${tables} tables and ${files} files are different after it`;
    return { restoreSeconds: restored.seconds, differences, trouble };
  } finally {
    await session.close();
  }
}

/** Restores as an XML backup is restored, and compares what both readers give: rows counted and added up by table, attachments byte by byte. */
async function drillReader(vault: Vault, snapshot: ListedSnapshot, site: LiveSite, context: RunContext): Promise<Trial> {
  const source = await openReader(vault);
  const report = await restoreFrom(
    (inner) => openSnapshotSource(source, snapshot, {}, inner),
    site,
    { acceptVersion: true },
    context,
  );
  const quiet = { ...context, warn: () => {} };
  const expected = await siteTotals(await SnapshotSiteReader.open(source, snapshot, {}, quiet), context);
  const live = await LiveSiteReader.open(site, {}, quiet);
  try {
    const skipped = Object.fromEntries(Object.entries(report.tables).map(([table, counts]) => [table, counts.skipped]));
    const trouble = totalsDiffer(expected, await siteTotals(live, context), skipped);
    return { restoreSeconds: report.seconds, differences: null, trouble };
  } finally {
    await live.close();
  }
}
