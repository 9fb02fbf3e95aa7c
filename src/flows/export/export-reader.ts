import type { RunContext } from '#base/run-context.ts';
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
  try {
    await writer.begin(description);
    if (extras.kept) await writer.keep(extras.kept);
    await copyRowsAndFiles(reader, writer, description, { attachments }, context);
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

/** Tables that an XML backup holds: those of the model; of a whole site also those of apps. */
function exportable(description: SiteDescription): SiteDescription {
  const isWanted = (name: string) => tableModel(name) !== undefined || (description.scope === 'site' && name.startsWith('AO_'));
  return { ...description, tables: description.tables.filter((table) => isWanted(table.name)) };
}
