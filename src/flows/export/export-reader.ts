import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import type { WarningCollector } from '#base/warnings.ts';
import type { SiteDescription, SiteReader } from '#model/site.ts';
import { tableModel } from '#model/table-model.ts';
import type { KeptOfBackup } from '#sites/xml/writer/kept-text.ts';
import { XmlSiteWriter } from '#sites/xml/writer/xml-site-writer.ts';
import { copyRowsAndFiles } from '../copy-site.ts';
import type { ExportOptions, ExportReport } from './export-report.ts';

/** What besides rows and attachments goes into an XML backup. */
export interface ExportExtras {
  kept?: KeptOfBackup;
  /** Further files of the zip. */
  entries?: AsyncIterable<{ name: string; open(): Promise<NodeJS.ReadableStream> }>;
}

/** Writes what a reader gives as an XML backup, all or nothing: the file appears when it is complete. */
export async function exportReader(
  reader: SiteReader,
  name: string,
  path: string,
  options: ExportOptions,
  extras: ExportExtras,
  run: { context: RunContext; warnings: WarningCollector; started: number; sizeOf: (path: string) => Promise<number> },
): Promise<ExportReport> {
  const { context } = run;
  const attachments = options.attachments ?? true;
  const writer = new XmlSiteWriter(path, { dialect: options.dialect ?? 'current', attachments }, context);
  const description = exportable(await reader.describe());
  const counted = await countingReader(reader, description, context);
  try {
    await writer.begin(description);
    if (extras.kept) await writer.keep(extras.kept);
    await copyRowsAndFiles(counted, writer, description, { attachments }, context);
    for await (const entry of extras.entries ?? []) await writer.writeEntry(entry.name, await entry.open());
    await writer.commit();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return {
    site: name,
    scope: description.scope,
    spaces: description.spaces.map((space) => space.key),
    path,
    bytes: await run.sizeOf(path),
    ...writer.written,
    warnings: run.warnings.groups(),
    seconds: (context.now().getTime() - run.started) / 1000,
  };
}

/** The same reader, which tells how many of all records have been read. */
async function countingReader(reader: SiteReader, { tables }: SiteDescription, context: RunContext): Promise<SiteReader> {
  let total: number | undefined = reader.count ? 0 : undefined;
  if (reader.count) {
    for (const { name } of tables) {
      throwIfCancelled(context);
      total! += await reader.count(name);
    }
  }
  let done = 0;
  let files = 0;
  return {
    describe: () => reader.describe(),
    close: () => reader.close(),
    async *rows(table) {
      for await (const batch of reader.rows(table)) {
        yield batch;
        done += batch.count;
        // What is counted at one moment and read at the same one is equal; an estimate never stands in the way of the truth.
        if (total !== undefined && done > total) total = done;
        context.progress({ phase: 'writing records', done, ...(total === undefined ? {} : { total }), unit: 'records' });
      }
    },
    async *attachments() {
      for await (const file of reader.attachments()) {
        yield file;
        context.progress({ phase: 'writing attachments', done: ++files, unit: 'files' });
      }
    },
  };
}

/** Tables that an XML backup holds: those of the model; of a whole site also those of apps. */
function exportable(description: SiteDescription): SiteDescription {
  const isWanted = (name: string) => tableModel(name) !== undefined || (description.scope === 'site' && name.startsWith('AO_'));
  return { ...description, tables: description.tables.filter((table) => isWanted(table.name)) };
}
