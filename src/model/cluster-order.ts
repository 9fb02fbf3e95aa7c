import { tableModel } from './table-model.ts';

/**
 * Columns by which the rows of a table lie in a snapshot: what belongs to one page lies together (its bodies, properties, labels,
 * links, restrictions). The primary key follows them, so that the order is one of unique keys. Part of what makes chunks equal between
 * snapshots: a change here makes the next backup store the table once more.
 */
export function clusterColumns(table: string, primaryKey: string[]): string[] {
  if (primaryKey.length === 0) return [];
  const lead = tableModel(table)?.cluster ?? [];
  return [...lead, ...primaryKey.filter((column) => !lead.includes(column))];
}
