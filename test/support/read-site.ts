import { createHash } from 'node:crypto';
import { batchLines, decodeRow } from '#model/copy-text.ts';
import type { SiteReader } from '#model/site.ts';
import { tableModel } from '#model/table-model.ts';

/** All that a reader of any kind says of a site: rows by table as objects by column, in an order of their own, and a hash of each attachment. */
export interface ReadSite {
  tables: Record<string, Record<string, string | null>[]>;
  attachments: Record<string, string>;
  spaces: string[];
}

export async function readSite(reader: SiteReader): Promise<ReadSite> {
  const description = await reader.describe();
  const tables: ReadSite['tables'] = {};
  for (const { name, columns } of description.tables) {
    const rows: Record<string, string | null>[] = [];
    for await (const batch of reader.rows(name)) {
      const lines = batchLines(batch.data);
      if (lines.length !== batch.count) throw new Error(`${name}: ${lines.length} lines, ${batch.count} counted`);
      for (const line of lines) {
        const values = decodeRow(line);
        if (values.length !== columns.length) throw new Error(`${name}: ${values.length} fields, ${columns.length} columns`);
        rows.push(Object.fromEntries(columns.map((column, i) => [column.name, values[i]])));
      }
    }
    if (rows.length > 0) tables[name] = rows;
  }
  const attachments: ReadSite['attachments'] = {};
  for await (const file of reader.attachments()) {
    const hash = createHash('sha256');
    for await (const chunk of await file.open()) hash.update(chunk);
    attachments[`${file.containerId}/${file.attachmentId}/${file.version}`] = hash.digest('hex');
  }
  return { tables, attachments, spaces: description.spaces.map((space) => space.key).sort() };
}

/**
 * The part of two sites that both kinds can hold, ready to be compared: tables of the model (and of apps) and the columns that both have, rows in one order.
 * A column that one side lacks counts as empty there: it appears when the other has a value of it.
 */
export function comparable(site: ReadSite, other: ReadSite): Record<string, string[]> {
  const result: Record<string, string[]> = {
    attachments: Object.entries(site.attachments).map(String).sort(),
    spaces: site.spaces,
  };
  for (const name of new Set([...Object.keys(site.tables), ...Object.keys(other.tables)])) {
    if (!tableModel(name) && !name.startsWith('AO_')) continue;
    const columnsOf = (one: ReadSite) => new Set(Object.keys(one.tables[name]?.[0] ?? {}));
    const columns = [...columnsOf(site)].filter((column) => columnsOf(other).has(column) || columnsOf(other).size === 0).sort();
    result[name] = (site.tables[name] ?? []).map((row) => JSON.stringify(columns.map((column) => row[column]))).sort();
  }
  return result;
}
