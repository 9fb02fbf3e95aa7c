import type { RunContext } from '#base/run-context.ts';
import { collectWarnings } from '#base/warnings.ts';
import type { RowBatch, SiteDescription, TableDescription } from '#model/site.ts';
import { writeDocument } from '#vault/snapshots/documents.ts';
import type { SnapshotTable } from '#vault/snapshots/snapshot.ts';
import type { Vault } from '#vault/vault.ts';
import { openWriteSession } from '#vault/write-session.ts';
import type { BackupReport } from './backup-report.ts';
import { summarize } from './backup-site.ts';
import { type NamedFile, storeFiles, storeTable } from './store-reader.ts';

/** Something that is read whole and becomes a snapshot: some spaces of a live site, an XML backup. */
export interface SnapshotSource {
  /** Of the site, for people and for retention. */
  siteName: string;
  /** For others who look at the leases of the vault. */
  purpose: string;
  /** As of which its data is. */
  time: Date;
  description: SiteDescription;
  tables: { table: TableDescription; rows: () => AsyncIterable<RowBatch> }[];
  files: AsyncIterable<NamedFile>;
  /** Documents besides the description, as JSON. */
  documents?: Record<string, unknown>;
  summary?: Record<string, unknown>;
  /** Why all of it was read. */
  reason: string;
}

/** Opens a source, stores it, closes it. Nothing is visible before all of it is durable. */
export async function snapshotOfReader(
  open: (context: RunContext) => Promise<{ source: SnapshotSource; close: () => Promise<void> }>,
  vault: Vault,
  tags: string[],
  context: RunContext,
): Promise<BackupReport> {
  const started = context.now();
  const { context: inner, warnings } = collectWarnings(context);
  const { source, close } = await open(inner);
  try {
    const session = await openWriteSession(vault, source.purpose, inner);
    try {
      const tables: SnapshotTable[] = [];
      for (const { table, rows } of source.tables) {
        inner.progress({ phase: `storing ${table.name}`, done: tables.length, total: source.tables.length, unit: 'steps' });
        tables.push(await storeTable(session, table, rows(), inner));
      }
      tables.sort((a, b) => (a.name < b.name ? -1 : 1));
      const files = await storeFiles(session, source.files, inner);
      const documents = { description: source.description, ...source.documents, warnings: warnings.groups() };
      const contents = {
        version: 1 as const,
        tables,
        files: files.tree,
        documents: Object.fromEntries(
          Object.entries(documents).map(([name, value]) => [
            name,
            writeDocument(session.writer, Buffer.from(JSON.stringify(value))),
          ]),
        ),
      };
      const summary = {
        ...summarize({ name: source.siteName }, source.description),
        ...source.summary,
        files: files.files,
        fileBytes: files.bytes,
        warnings: warnings.groups().map(({ code, count }) => ({ code, count })),
      };
      const snapshot = await session.commit(contents, { time: source.time.toISOString(), tags, parent: null, summary }, started);
      return {
        snapshot,
        site: source.siteName,
        vault: vault.store.location,
        tables: tables.length,
        rowsRead: snapshot.statistics.rows,
        filesRead: files.files,
        fullReason: source.reason,
        warnings: warnings.groups(),
        seconds: (inner.now().getTime() - started.getTime()) / 1000,
      };
    } catch (error) {
      await session.abandon();
      throw error;
    }
  } finally {
    await close();
  }
}
