import type { RunContext } from '#base/run-context.ts';
import { GeneratedSite } from '#sites/generated/generated-site.ts';
import type { GeneratedSiteOptions } from '#sites/generated/site-options.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { LiveSiteWriter } from '#sites/live/restore/live-site-writer.ts';
import { assertWritableName, XmlSiteWriter } from '#sites/xml/writer/xml-site-writer.ts';
import { copySite } from '../copy-site.ts';
import { restoreId } from '../restore/restore-outcome.ts';

export interface GenerateReport {
  target: string;
  spaces: number;
  pages: number;
  rows: number;
  attachments: number;
  seconds: number;
}

/** Writes a generated site as an XML backup. The same options give the same backup, but for its date. */
export async function generateBackup(
  options: GeneratedSiteOptions,
  path: string,
  dialect: 'current' | 'legacy',
  context: RunContext,
): Promise<GenerateReport> {
  assertWritableName(path);
  return generate(options, path, (inner) => new XmlSiteWriter(path, { dialect }, inner), context);
}

/** Puts a generated site in the place of a live one, all or nothing, as a site restore does. */
export async function generateLiveSite(
  options: GeneratedSiteOptions,
  site: LiveSite,
  context: RunContext,
): Promise<GenerateReport> {
  return generate(options, site.name, (inner) => new LiveSiteWriter(site, restoreId(context.now()), inner), context);
}

async function generate(
  options: GeneratedSiteOptions,
  target: string,
  open: (context: RunContext) => XmlSiteWriter | LiveSiteWriter,
  context: RunContext,
): Promise<GenerateReport> {
  const started = context.now().getTime();
  const generated = new GeneratedSite(options);
  const writer = open(context);
  let rows = 0;
  let attachments = 0;
  const counted = {
    describe: () => generated.describe(),
    close: () => generated.close(),
    rows: async function* (table: string) {
      for await (const batch of generated.rows(table)) {
        rows += batch.count;
        context.progress({ phase: 'generating rows', done: rows, unit: 'records' });
        yield batch;
      }
    },
    attachments: async function* () {
      for await (const file of generated.attachments()) {
        attachments++;
        context.progress({ phase: 'generating attachments', done: attachments, unit: 'files' });
        yield file;
      }
    },
  };
  const description = await copySite(counted, writer, context);
  return {
    target,
    spaces: description.spaces.length,
    pages: options.pages,
    rows,
    attachments,
    seconds: (context.now().getTime() - started) / 1000,
  };
}
