import { availableParallelism } from 'node:os';
import { mapOrdered } from '#base/map-ordered.ts';
import { type RateLimiter, rateLimiter } from '#base/rate-limiter.ts';
import type { RunContext } from '#base/run-context.ts';
import type { SiteDescription } from '#model/site.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { siteFiles } from '#sites/live/whole/site-files.ts';
import { siteRoots } from '#sites/live/whole/site-roots.ts';
import { WholeSiteReader, type WholeTable } from '#sites/live/whole/whole-site-reader.ts';
import type { TreeSession } from '#vault/scratch-session.ts';
import { writeDocument } from '#vault/snapshots/documents.ts';
import type { SnapshotContents, SnapshotTable } from '#vault/snapshots/snapshot.ts';
import { AttachmentAudit } from './attachment-audit.ts';
import { type FilesBackup, FilesBackupPasses } from './backup-files.ts';
import { backupTable, type KnownTable } from './backup-table.ts';
import { type Parent, usableState } from './find-parent.ts';
import { fingerprintBytes } from './fingerprints.ts';
import { sideBySide } from './side-by-side.ts';
import { fingerprintsOf, isSameTable, type SourceState, type TableState } from './source-state.ts';

export interface StoreSiteOptions {
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
  /** Sessions that read the database at the same time. Default: half of the processors here, at most 2. */
  readers?: number;
}

export interface StoredSite {
  /** As of which the rows are. */
  time: Date;
  description: SiteDescription;
  contents: SnapshotContents;
  files: FilesBackup;
  /** Rows whose bodies were read. */
  rowsRead: number;
  /** Why every row was read; null when only what changed was. */
  fullReason: string | null;
}

/**
 * More sessions than this process can keep up with take processors from the site and gain nothing: on two cores a full read with two sessions took as
 * long as with one, and people at work waited twice as long.
 */
const usualReaders = Math.min(2, Math.max(1, availableParallelism() >> 1));

/**
 * Stores a whole live site as trees, rows and files as of one moment. With a parent, only what changed since is read. Missing and orphaned
 * attachment files are warnings by name. Nothing is visible yet.
 */
export async function storeSite(
  session: TreeSession,
  site: LiveSite,
  parent: Parent | null,
  options: StoreSiteOptions,
  context: RunContext,
): Promise<StoredSite> {
  const limit = rateLimiter(options.rateLimit);
  const audit = new AttachmentAudit(context);
  const passes = new FilesBackupPasses(session, options.full ? null : (parent?.contents.files ?? null), limit, context);
  let reader: WholeSiteReader | null = null;
  try {
    const roots = siteRoots(site, { installFiles: options.installFiles ?? 'changed', installStock: options.installStock });
    // What is amiss in the first pass may be well in the second, which reports.
    await passes.first(siteFiles(roots, { ...context, warn: () => {} }));
    reader = await WholeSiteReader.open(site, context, { readers: options.readers ?? usualReaders });
    const opened = reader;
    const time = context.now();
    // Whatever the rows refer to lies in the home from this moment on.
    const [{ tables, description }, files] = await sideBySide(
      context,
      async (inner) => {
        let rowsFailure: unknown = null;
        const rows = audit.addRows(opened.attachmentRows());
        rows.catch((error) => {
          rowsFailure = error;
        });
        const tables = await backupTables({ session, reader: opened, parent, options, limit }, inner).catch((error) => {
          // A session that the audit broke off is lost to the tables too: the first failure is the cause.
          throw rowsFailure ?? error;
        });
        await rows;
        const description = await opened.describe();
        await opened.close();
        return { tables, description };
      },
      (inner) => passes.second(siteFiles(roots, inner), (path) => audit.addFile(path)),
    );
    const { catalog } = opened;
    reader = null;
    await audit.report();
    const contents: SnapshotContents = {
      version: 1,
      tables: tables.tables,
      files: files.tree,
      documents: {
        description: writeDocument(session.writer, json(description)),
        catalog: writeDocument(session.writer, json(catalog)),
        state: writeDocument(session.writer, json(tables.state)),
        fingerprints: writeDocument(session.writer, tables.fingerprints),
      },
    };
    const fullReason = options.full ? 'it was asked for' : tables.reason;
    return { time, description, contents, files, rowsRead: tables.rowsRead, fullReason };
  } finally {
    await reader?.close().catch(() => {});
    await audit.dispose();
    await passes.remove();
  }
}

interface TablesBackup {
  tables: SnapshotTable[];
  state: SourceState;
  fingerprints: Buffer;
  rowsRead: number;
  reason: string | null;
}

interface TablesSource {
  session: TreeSession;
  reader: WholeSiteReader;
  parent: Parent | null;
  options: StoreSiteOptions;
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
  for await (const one of mapOrdered(reader.tables, { concurrency: options.readers ?? usualReaders }, backup)) done.push(one);
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
