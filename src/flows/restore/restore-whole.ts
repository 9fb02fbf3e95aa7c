import type { RunContext } from '#base/run-context.ts';
import { collectWarnings, type WarningGroup } from '#base/warnings.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import type { StagingChange } from '#sites/live/restore/staging-copy.ts';
import type { Catalog } from '#sites/live/schema/catalog.ts';
import { WholeSiteWriter } from '#sites/live/whole/whole-site-writer.ts';
import { readWholeTarget, type WholeTarget } from '#sites/live/whole/whole-target.ts';
import { filesAhead } from '#sites/snapshot/files-ahead.ts';
import type { ChunkReader } from '#vault/chunks/chunk-reader.ts';
import { readDocument } from '#vault/snapshots/documents.ts';
import { readContents } from '#vault/snapshots/list-snapshots.ts';
import type { Snapshot } from '#vault/snapshots/snapshot.ts';
import { treeRows } from '#vault/tree/tree-reader.ts';
import { restoreId } from './restore-outcome.ts';
import { checkVersionRules } from './version-rules.ts';

export interface WholeRestoreOptions {
  /** Plan only. */
  dryRun?: boolean;
  /** Also over a site of another version. */
  acceptVersion?: boolean;
  /** Makes the site safe beside its original, under this base URL. */
  stagingCopy?: { baseUrl: string };
  /** Where the files of the install directory and of the local home go; null passes them over. */
  install?: string | null;
  localHome?: string | null;
  /** Sessions that load and build at the same time. Default 2. */
  jobs?: number;
}

export interface WholeRestoreReport {
  outcome: 'plan' | 'restored';
  scope: 'site';
  site: string;
  snapshot: string;
  /** ISO. As of which the site is now. */
  time: string;
  target: WholeTarget;
  tables: number;
  rows: number;
  files: number;
  fileBytes: number;
  /** What was changed to make a copy for tests. */
  stagingChanges: StagingChange[];
  warnings: WarningGroup[];
  /** The schema that keeps the site as it was; null when there was none. */
  previous: string | null;
  seconds: number;
}

/** True for a snapshot that holds a whole live site: every table and file, with which all of it can be rebuilt. */
export function isWholeSite(snapshot: Pick<Snapshot, 'summary'>): boolean {
  return snapshot.summary.kind === 'live' && snapshot.summary.scope === 'site';
}

/**
 * Rebuilds a whole site out of a snapshot, over the site that is there or in an empty database and home: all or nothing. Errors: those of the
 * version rules, of WholeSiteWriter and of reading a vault.
 */
export async function restoreWhole(
  source: ChunkReader,
  snapshot: Snapshot,
  site: LiveSite,
  options: WholeRestoreOptions,
  context: RunContext,
): Promise<WholeRestoreReport> {
  const started = context.now().getTime();
  const { context: inner, warnings } = collectWarnings(context);
  const target = await readWholeTarget(site);
  checkVersions(snapshot, site, target, options);
  const contents = await readContents(source, snapshot);
  const catalog = JSON.parse((await readDocument(source, contents.documents.catalog)).toString('utf8')) as Catalog;
  const report: WholeRestoreReport = {
    outcome: options.dryRun ? 'plan' : 'restored',
    scope: 'site',
    site: site.name,
    snapshot: snapshot.id,
    time: snapshot.time,
    target,
    tables: contents.tables.length,
    rows: snapshot.statistics.rows,
    files: snapshot.statistics.files,
    fileBytes: snapshot.statistics.fileBytes,
    stagingChanges: [],
    warnings: [],
    previous: null,
    seconds: 0,
  };
  if (!options.dryRun) {
    const writer = new WholeSiteWriter(site, restoreId(inner.now()), inner, {
      jobs: options.jobs ?? 2,
      roots: { install: options.install ?? null, 'local-home': options.localHome ?? null },
      ...(options.stagingCopy ? { stagingCopy: options.stagingCopy } : {}),
    });
    try {
      await writer.begin(catalog);
      const tables = contents.tables.map(({ name, columns, tree }) => {
        return { name, columns, rows: tree.rows, bytes: tree.bytes, open: () => treeRows(source, tree) };
      });
      // Both have to end before anything is undone.
      const work = await Promise.allSettled([writer.loadTables(tables), writer.writeFiles(filesAhead(source, contents.files))]);
      for (const result of work) if (result.status === 'rejected') throw result.reason;
      await writer.verify();
      await writer.commit();
    } catch (error) {
      await writer.abort();
      throw error;
    }
    report.stagingChanges = writer.stagingChanges;
    report.previous = writer.previous;
  }
  report.warnings = warnings.groups();
  report.seconds = (inner.now().getTime() - started) / 1000;
  return report;
}

/** Over a site the rules of a site backup hold; an empty database takes any version. */
function checkVersions(snapshot: Snapshot, site: LiveSite, target: WholeTarget, options: WholeRestoreOptions): void {
  if (target.database === 'empty') return;
  const { productVersion, buildNumber } = snapshot.summary as { productVersion: string | null; buildNumber: number | null };
  checkVersionRules(
    {
      kind: 'site',
      kindFrom: 'descriptor',
      container: 'vault',
      source: 'server',
      createdByVersion: productVersion,
      createdByBuild: buildNumber,
      compatibleBuild: null,
      descriptor: null,
      spaceKeys: [],
    },
    [],
    { name: site.name, version: target.version, build: target.build },
    options,
  );
}
