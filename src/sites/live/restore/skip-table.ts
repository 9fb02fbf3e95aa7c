import { batchLines, decodeRow } from '#model/copy-text.ts';
import { classesOfTable } from '#model/model.ts';
import type { RowBatch, TableDescription } from '#model/site.ts';
import { tableModel } from '#model/table-model.ts';
import type { NamedRow, RestoreLedger } from './restore-ledger.ts';

/** How many rows are named; beyond, they are counted. */
const named = 10_000;

/** Leaves out all rows of a table, each by name in the report. */
export async function skipTable(
  description: TableDescription,
  batches: AsyncIterable<RowBatch>,
  ledger: RestoreLedger,
  reason: string,
): Promise<void> {
  const { name } = description;
  const columns = description.columns.map((column) => column.name);
  const key = (tableModel(name)?.key ?? description.definition?.primaryKey ?? []).map((column) => columns.indexOf(column));
  const model = classesOfTable(name)[0];
  const title = model?.titleColumn ? columns.indexOf(model.titleColumn) : -1;
  const rows: NamedRow[] = [];
  let count = 0;
  for await (const batch of batches) {
    count += batch.count;
    if (rows.length >= named) continue;
    for (const line of batchLines(batch.data).slice(0, named - rows.length)) {
      const row = decodeRow(line);
      const kind = model?.discriminator?.value ?? null;
      rows.push({ id: key.map((at) => row[at] ?? '').join('/') || '?', title: title < 0 ? null : row[title], kind });
    }
  }
  ledger.processed(name, count);
  ledger.skipped(name, count, rows, reason);
}
