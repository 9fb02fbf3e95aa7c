import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import type { SiteDescription, SiteReader, SiteWriter } from '#model/site.ts';
import { tableModels } from '#model/table-model.ts';

/** The tables of a description that a copy takes: those of the model in restore order, then those of apps by name. */
export function tablesInOrder(description: SiteDescription): string[] {
  const present = new Set(description.tables.map((table) => table.name));
  const modelled = tableModels.map((table) => table.name).filter((name) => present.has(name));
  // References to content name its class, so content is known before anything that refers to it.
  const first = ['user_mapping', 'content'].filter((name) => present.has(name));
  const apps = [...present].filter((name) => name.startsWith('AO_')).sort();
  return [...first, ...modelled.filter((name) => !first.includes(name)), ...apps];
}

export interface CopyOptions {
  attachments?: boolean;
  apps?: boolean;
}

/**
 * Copies rows, then attachments, from a reader into a writer that has begun. Neither commits nor aborts.
 * Rows pass through undecoded.
 */
export async function copyRowsAndFiles(
  reader: SiteReader,
  writer: SiteWriter,
  description: SiteDescription,
  options: CopyOptions,
  context: RunContext,
): Promise<void> {
  for (const table of tablesInOrder(description)) {
    throwIfCancelled(context);
    await writer.writeRows(table, reader.rows(table));
  }
  if (options.attachments === false) return;
  for await (const file of reader.attachments()) await writer.writeAttachment(file);
}

/** A whole copy, all or nothing. */
export async function copySite(
  reader: SiteReader,
  writer: SiteWriter,
  context: RunContext,
  options: CopyOptions = {},
): Promise<SiteDescription> {
  const whole = await reader.describe();
  const description =
    options.apps === false ? { ...whole, tables: whole.tables.filter((t) => !t.name.startsWith('AO_')) } : whole;
  try {
    await writer.begin(description);
    await copyRowsAndFiles(reader, writer, description, options, context);
    await writer.commit();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return description;
}
