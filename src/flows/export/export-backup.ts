import type { RunContext } from '#base/run-context.ts';
import { collectWarnings, type WarningGroup } from '#base/warnings.ts';
import type { SiteDescription } from '#model/site.ts';
import { tableModel } from '#model/table-model.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { LiveSiteReader } from '#sites/live/reader/live-site-reader.ts';
import { readTarget } from '#sites/live/reader/read-target.ts';
import { assertWritableName, XmlSiteWriter } from '#sites/xml/writer/xml-site-writer.ts';
import { copySite } from '../copy-site.ts';

export interface ExportOptions {
  spaceKeys?: string[];
  attachments?: boolean;
  history?: boolean;
  trash?: boolean;
  dialect?: 'current' | 'legacy';
}

export interface ExportReport {
  site: string;
  scope: 'site' | 'space';
  spaces: string[];
  path: string;
  bytes: number;
  objects: number;
  attachments: number;
  warnings: WarningGroup[];
  seconds: number;
}

/** Writes an XML backup of a live site, or of some of its spaces, as of one moment of its database. The file appears when it is complete. */
export async function exportBackup(
  site: LiveSite,
  path: string,
  options: ExportOptions,
  context: RunContext,
  sizeOf: (path: string) => Promise<number>,
): Promise<ExportReport> {
  const started = context.now().getTime();
  assertWritableName(path);
  const { context: inner, warnings } = collectWarnings(context);
  await readTarget(site);
  const reader = await LiveSiteReader.open(
    site,
    { spaceKeys: options.spaceKeys ?? [], history: options.history ?? true, trash: options.trash ?? true },
    inner,
  );
  try {
    const attachments = options.attachments ?? true;
    const writer = new XmlSiteWriter(path, { dialect: options.dialect ?? 'current', attachments }, inner);
    const description = exportable(await reader.describe());
    await copySite({ ...wrapped(reader), describe: async () => description }, writer, inner, { attachments });
    return {
      site: site.name,
      scope: description.scope,
      spaces: description.spaces.map((space) => space.key),
      path,
      bytes: await sizeOf(path),
      ...writer.written,
      warnings: warnings.groups(),
      seconds: (inner.now().getTime() - started) / 1000,
    };
  } finally {
    await reader.close();
  }
}

function wrapped(reader: LiveSiteReader) {
  return {
    rows: (table: string) => reader.rows(table),
    attachments: () => reader.attachments(),
    close: () => reader.close(),
  };
}

/** Tables that an XML backup holds: those of the model; of a whole site also those of apps. */
function exportable(description: SiteDescription): SiteDescription {
  const isWanted = (name: string) => tableModel(name) !== undefined || (description.scope === 'site' && name.startsWith('AO_'));
  return { ...description, tables: description.tables.filter((table) => isWanted(table.name)) };
}
