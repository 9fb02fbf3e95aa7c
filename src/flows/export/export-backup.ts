import type { RunContext } from '#base/run-context.ts';
import { collectWarnings } from '#base/warnings.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { LiveSiteReader } from '#sites/live/reader/live-site-reader.ts';
import { readTarget } from '#sites/live/reader/read-target.ts';
import { assertWritableName } from '#sites/xml/writer/xml-site-writer.ts';
import { exportReader } from './export-reader.ts';
import type { ExportOptions, ExportReport } from './export-report.ts';

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
    return await exportReader(reader, site.name, path, options, {}, { context: inner, warnings, started, sizeOf });
  } finally {
    await reader.close();
  }
}
