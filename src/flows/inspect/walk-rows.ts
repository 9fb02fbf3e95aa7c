import type { RunContext } from '#base/run-context.ts';
import { throwIfCancelled } from '#base/run-context.ts';
import { batchLines, decodeField } from '#model/copy-text.ts';
import { classesOfTable, classOfRow, modelColumns } from '#model/model.ts';
import type { RowBatch, SiteReader } from '#model/site.ts';
import { tableModel } from '#model/table-model.ts';
import { rowName } from '#sites/live/restore/restore-ledger.ts';

/** A row as the fields of its COPY line, not decoded: ids and most words need no decoding. */
export type Fields = string[];

/** The field that stands for null. */
export const nullField = '\\N';

export function columnAt(table: string, column: string): number {
  return modelColumns(table).findIndex((c) => c.name === column);
}

/**
 * Goes over the rows of a table. `endOfBatch` is awaited behind some thousand rows: the place to write out what was gathered.
 * Memory: one batch, or one row where that is larger. Error: CANCELLED.
 */
export async function walkRows(
  reader: Pick<SiteReader, 'rows'>,
  table: string,
  context: Pick<RunContext, 'signal'>,
  see: (fields: Fields) => void,
  endOfBatch: (batch: RowBatch) => Promise<void> = async () => {},
): Promise<void> {
  for await (const batch of reader.rows(table)) {
    throwIfCancelled(context);
    for (const line of batchLines(batch.data)) see(line.split('\t'));
    await endOfBatch(batch);
  }
}

/** The rows of a table for a merge join: keys (the first column, decoded) in order. */
export async function* keysOf(
  reader: Pick<SiteReader, 'rows'>,
  table: string,
): AsyncGenerator<{ keys: string[]; values: string[] }> {
  for await (const batch of reader.rows(table)) {
    const keys = batchLines(batch.data).map((line) => {
      const tab = line.indexOf('\t');
      return decodeField(tab < 0 ? line : line.slice(0, tab)) ?? '';
    });
    yield { keys, values: keys };
  }
}

/** Names rows of one table as everywhere: "Page 98361 'Home'". */
export function rowNamer(table: string): (fields: Fields) => string {
  const keys = tableModel(table)!.key.map((column) => columnAt(table, column));
  const discriminator = classesOfTable(table)[0]?.discriminator;
  const kindAt = discriminator ? columnAt(table, discriminator.column) : -1;
  return (fields) => {
    const kind = kindAt < 0 ? null : fields[kindAt];
    const title = classOfRow(table, kind)?.titleColumn;
    return rowName(table, {
      id: keys.map((at) => decodeField(fields[at])).join('/'),
      title: title ? decodeField(fields[columnAt(table, title)]) : null,
      kind,
    });
  };
}
