import { isOxbowError } from '#base/errors.ts';
import { mapOrdered } from '#base/map-ordered.ts';
import { type RateLimiter, rateLimiter } from '#base/rate-limiter.ts';
import type { RunContext } from '#base/run-context.ts';
import { collectWarnings } from '#base/warnings.ts';
import type { SiteDescription } from '#model/site.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { siteFiles } from '#sites/live/whole/site-files.ts';
import { siteRoots } from '#sites/live/whole/site-roots.ts';
import { WholeSiteReader, type WholeTable } from '#sites/live/whole/whole-site-reader.ts';
import { writeDocument } from '#vault/snapshots/documents.ts';
import type { SnapshotContents, SnapshotTable } from '#vault/snapshots/snapshot.ts';
import type { Vault } from '#vault/vault.ts';
import { openWriteSession, type WriteSession } from '#vault/write-session.ts';
import { AttachmentAudit } from './attachment-audit.ts';
import { FilesBackupPasses } from './backup-files.ts';
import type { BackupReport } from './backup-report.ts';
import { backupTable, type KnownTable } from './backup-table.ts';
import { findParent, type Parent, usableState } from './find-parent.ts';
import { fingerprintBytes } from './fingerprints.ts';
import { fingerprintsOf, isSameTable, type SourceState, type TableState } from './source-state.ts';

export interface BackupOptions {
  tags?: string[];
  /** Reads every row and every file, whatever fingerprints say. */
  full?: boolean;
  /** Days after which every row of a table is read again, although nothing seems to have changed. Default 7. */
  fullReadDays?: number;
  /** Which files of the install directory: those that differ from a stock one, or all. */
  installFiles?: 'changed' | 'all';
  /** An unpacked stock install directory to compare with. */
  installStock?: string | undefined;
  /** Bytes a second that are read of the site, rows and files together. Absent: as fast as it goes. */
  rateLimit?: number | undefined;
  /** Sessions that read the database at the same time. Default 2. */
  readers?: number;
}

const attempts = 3;

/**
 * Backs a whole live site up into a vault: database, home directory and install directory as of one moment, while the site stays in use.
 * Nothing is visible before all of it is durable.
 */
export async function backupSite(
  site: LiveSite,
  vault: Vault,
  options: BackupOptions,
  context: RunContext,
): Promise<BackupReport> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await backupOnce(site, vault, options, context);
    } catch (error) {
      const again = isOxbowError(error, 'PRUNED_MEANWHILE') && attempt < attempts;
      if (!again) throw error;
    }
  }
}

async function backupOnce(site: LiveSite, vault: Vault, options: BackupOptions, context: RunContext): Promise<BackupReport> {
  const started = context.now();
  const { context: inner, warnings } = collectWarnings(context);
  const session = await openWriteSession(vault, `backup of ${site.name}`, inner);
  const limit = rateLimiter(options.rateLimit);
  const audit = new AttachmentAudit(inner);
  let passes: FilesBackupPasses | null = null;
  let reader: WholeSiteReader | null = null;
  try {
    const parent = await findParent(session, site.name, inner);
    passes = new FilesBackupPasses(session, options.full ? null : (parent?.contents.files ?? null), limit, inner);
    const roots = siteRoots(site, { installFiles: options.installFiles ?? 'changed', installStock: options.installStock });
    // What is amiss in the first pass may be well in the second, which reports.
    await passes.first(siteFiles(roots, { ...inner, warn: () => {} }));
    reader = await WholeSiteReader.open(site, inner, { readers: options.readers ?? 2 });
    const time = inner.now();
    const rows = audit.addRows(reader.attachmentRows());
    rows.catch(() => {});
    const tables = await backupTables({ session, reader, parent, options, limit }, inner);
    await rows;
    const description = await reader.describe();
    const { catalog } = reader;
    await reader.close();
    reader = null;
    const listed = await passes.second(siteFiles(roots, inner), (path) => audit.addFile(path));
    await audit.report();
    const contents: SnapshotContents = {
      version: 1,
      tables: tables.tables,
      files: listed.tree,
      documents: {
        description: writeDocument(session.writer, json(description)),
        catalog: writeDocument(session.writer, json(catalog)),
        state: writeDocument(session.writer, json(tables.state)),
        fingerprints: writeDocument(session.writer, tables.fingerprints),
        warnings: writeDocument(session.writer, json(warnings.groups())),
      },
    };
    const snapshot = await session.commit(
      contents,
      {
        time: time.toISOString(),
        tags: options.tags ?? [],
        parent: parent?.id ?? null,
        summary: {
          ...summarize(site, description),
          files: listed.files,
          fileBytes: listed.bytes,
          warnings: warnings.groups().map(({ code, count }) => ({ code, count })),
        },
      },
      started,
    );
    return {
      snapshot,
      site: site.name,
      vault: vault.store.location,
      tables: contents.tables.length,
      rowsRead: tables.rowsRead,
      filesRead: listed.filesRead,
      fullReason: options.full ? 'it was asked for' : tables.reason,
      warnings: warnings.groups(),
      seconds: (inner.now().getTime() - started.getTime()) / 1000,
    };
  } catch (error) {
    await reader?.close().catch(() => {});
    await session.abandon();
    throw error;
  } finally {
    await audit.dispose();
    await passes?.remove();
  }
}

/** What a list of snapshots says of one. */
export function summarize(site: { name: string }, description: SiteDescription): Record<string, unknown> {
  return {
    site: site.name,
    kind: description.kind,
    scope: description.scope,
    spaces: description.spaces.length,
    spaceKeys: description.spaces.slice(0, 50).map((space) => space.key),
    productVersion: description.productVersion,
    buildNumber: description.buildNumber,
  };
}

interface TablesBackup {
  tables: SnapshotTable[];
  state: SourceState;
  fingerprints: Buffer;
  rowsRead: number;
  reason: string | null;
}

interface TablesSource {
  session: WriteSession;
  reader: WholeSiteReader;
  parent: Parent | null;
  options: BackupOptions;
  limit: RateLimiter;
}

/** Several tables at a time, the largest first: as many as there are sessions. */
async function backupTables(source: TablesSource, context: RunContext): Promise<TablesBackup> {
  const { session, reader, parent, options, limit } = source;
  const { state: usable, reason } = options.full ? { state: null, reason: null } : usableState(parent, reader.identity, context);
  const state: SourceState = { version: 1, identity: reader.identity, tables: {} };
  const total = reader.tables.reduce((sum, table) => sum + table.estimatedBytes, 0);
  let bytesRead = 0;
  let rowsRead = 0;
  let bytesDone = 0;
  const backup = async (table: WholeTable) => {
    const before = usable?.tables[table.name];
    const isDue = before !== undefined && isFullReadDue(before, options.fullReadDays ?? 7, context.now());
    const known = before && !isDue ? knownTable(parent!, before, table) : null;
    const onRead = (_rows: number, bytes: number) => {
      bytesRead += bytes;
      const done = Math.min(Math.max(bytesRead, bytesDone), total);
      context.progress({ phase: `reading ${table.name}`, done, total, unit: 'bytes' });
      return limit.take(bytes);
    };
    const result = await backupTable(session, reader, table, known, onRead, context);
    bytesDone += table.estimatedBytes;
    rowsRead += result.rowsRead;
    return { table, before, result };
  };
  const done: Awaited<ReturnType<typeof backup>>[] = [];
  for await (const one of mapOrdered(reader.tables, { concurrency: options.readers ?? 2 }, backup)) done.push(one);
  done.sort((a, b) => (a.table.name < b.table.name ? -1 : 1));
  const tables: SnapshotTable[] = [];
  const fingerprints: Buffer[] = [];
  let offset = 0;
  for (const { table, before, result } of done) {
    tables.push({ name: table.name, columns: table.columns, key: table.key, tree: result.tree });
    if (result.fingerprints === null) continue;
    state.tables[table.name] = {
      oid: table.oid,
      filenode: table.filenode,
      shape: table.shape,
      fullRead: result.full || !before ? context.now().toISOString() : before.fullRead,
      offset,
      leaves: result.fingerprints.length / fingerprintBytes,
    };
    fingerprints.push(result.fingerprints);
    offset += result.fingerprints.length;
  }
  return { tables, state, fingerprints: Buffer.concat(fingerprints), rowsRead, reason };
}

function isFullReadDue(before: TableState, days: number, now: Date): boolean {
  return now.getTime() - Date.parse(before.fullRead) >= days * 86_400_000;
}

function knownTable(parent: Parent, before: TableState, table: WholeTable): KnownTable | null {
  const stored = parent.contents.tables.find((candidate) => candidate.name === table.name);
  const fingerprints = fingerprintsOf(parent.fingerprints, before);
  if (!stored || !fingerprints || !isSameTable(before, table)) return null;
  return { tree: stored.tree, key: stored.key, fingerprints };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
