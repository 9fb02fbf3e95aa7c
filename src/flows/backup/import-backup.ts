import type { RunContext } from '#base/run-context.ts';
import { encodeRow } from '#model/copy-text.ts';
import type { RowBatch } from '#model/site.ts';
import { keptObjectsTable, keptPropertiesTable } from '#sites/snapshot/kept-tables.ts';
import { XmlSiteReader } from '#sites/xml/reader/xml-site-reader.ts';
import type { Vault } from '#vault/vault.ts';
import { tablesInOrder } from '../copy-site.ts';
import type { BackupReport } from './backup-report.ts';
import { type SnapshotSource, snapshotOfReader } from './snapshot-of-reader.ts';
import { attachmentsOf, type NamedFile } from './store-reader.ts';

export interface ImportOptions {
  tags?: string[];
  /** Name of the site that the backup is of, for people and for retention. */
  siteName: string;
  kind?: 'site' | 'space';
  fromVersion?: string;
}

/**
 * Stores an XML backup as a snapshot, losing nothing of it: the rows of what the model knows, the objects and properties that it does not know
 * as they stand, and every other file of the zip.
 */
export async function importBackup(
  path: string,
  vault: Vault,
  options: ImportOptions,
  context: RunContext,
): Promise<BackupReport> {
  const open = async (inner: RunContext) => {
    const { kind, fromVersion, siteName } = options;
    const readerOptions = { ...(kind ? { kind } : {}), ...(fromVersion ? { fromVersion } : {}), appData: true };
    const reader = await XmlSiteReader.open(path, readerOptions, inner);
    const description = await reader.describe();
    const names = new Set([...tablesInOrder(description), ...description.tables.map((table) => table.name)]);
    const known = [...names].map((name) => ({
      table: description.tables.find((candidate) => candidate.name === name)!,
      rows: () => reader.rows(name),
    }));
    const source: SnapshotSource = {
      siteName,
      purpose: `import of ${path}`,
      time: inner.now(),
      description,
      tables: [
        ...known,
        { table: keptObjectsTable, rows: () => keptRows(reader.unknownObjects()) },
        { table: keptPropertiesTable, rows: () => keptRows(reader.unmappedProperties()) },
      ],
      files: filesOf(reader),
      documents: { facts: storedFacts(reader) },
      summary: { written: reader.facts.date },
      reason: 'an XML backup is read whole',
    };
    return { source, close: () => reader.close() };
  };
  return await snapshotOfReader(open, vault, options.tags ?? [], context);
}

/** Attachments under their own names, everything else of the backup below `backup/`. */
async function* filesOf(reader: XmlSiteReader): AsyncGenerator<NamedFile> {
  yield* attachmentsOf(reader);
  for await (const entry of reader.entries())
    if (entry.name === 'exportDescriptor.properties') yield { path: `backup/${entry.name}`, open: () => entry.open() };
  for await (const entry of reader.otherEntries()) yield { path: `backup/${entry.name}`, open: () => entry.open() };
}

async function* keptRows(kept: AsyncIterable<{ className: string; id: string | null }>): AsyncGenerator<RowBatch> {
  for await (const one of kept) {
    yield { data: Buffer.from(`${encodeRow([one.className, one.id ?? '', JSON.stringify(one)])}\n`), count: 1 };
  }
}

/** What the file said of itself, and what the model had no place for, with counts. */
function storedFacts(reader: XmlSiteReader): unknown {
  const { facts, report } = reader;
  return {
    ...facts,
    descriptor: facts.descriptor && { ...facts.descriptor, properties: Object.fromEntries(facts.descriptor.properties) },
    classes: Object.fromEntries(report.classes),
    unmappedProperties: Object.fromEntries(report.unmappedProperties),
  };
}
