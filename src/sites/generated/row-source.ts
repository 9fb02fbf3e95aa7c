import { encodeField } from '#model/copy-text.ts';
import { modelColumns } from '#model/model.ts';
import { tableModel } from '#model/table-model.ts';
import { hiLoIds } from './hi-lo.ts';
import type { LineWriter } from './line-writer.ts';

/** A value of a column; a function writes a long one, escaped, itself. */
export type Value = string | number | null | ((writer: LineWriter) => void);

/** Rows of one sort within a table: for each item one, or as many as the pattern says. */
export interface RowSource {
  /** Names of columns; all others of the table are null. The id of a hi/lo table is not among them: it follows from the place of the row. */
  columns: string[];
  items: number;
  /** Rows of item i: perItem[i % perItem.length]. Absent: one each. */
  perItem?: number[];
  /** The values of the columns. `n` counts the rows of the item from 0. */
  row: (item: number, n: number) => Value[];
}

export interface TableRows {
  name: string;
  count: number;
  sources: CompiledSource[];
}

export interface CompiledSource {
  items: number;
  rowsOf: (item: number) => number;
  count: number;
  /** Writes one row. `ordinal` is its place in the table, from 0. */
  write: (writer: LineWriter, item: number, n: number, ordinal: number) => void;
}

function patternSum(pattern: number[], items: number): number {
  const whole = pattern.reduce((sum, n) => sum + n, 0) * Math.floor(items / pattern.length);
  return pattern.slice(0, items % pattern.length).reduce((sum, n) => sum + n, whole);
}

/** How many rows the sources give. */
export function countRows(sources: RowSource[]): number {
  return sources.reduce((sum, source) => sum + (source.perItem ? patternSum(source.perItem, source.items) : source.items), 0);
}

/** Puts the values of the sources into the order of the columns of the table. */
export function compileTable(table: string, sources: RowSource[]): TableRows {
  const columns = modelColumns(table).map((column) => column.name);
  const model = tableModel(table)!;
  const idColumn = model.hiLo ? model.key[0]! : null;
  const idOf = model.hiLo ? hiLoIds(table) : null;
  const compiled = sources.map((source): CompiledSource => {
    const unknown = source.columns.find((name) => !columns.includes(name));
    if (unknown) throw new Error(`the model has no column ${table}.${unknown}`);
    const places = columns.map((name) => (name === idColumn ? -2 : source.columns.indexOf(name)));
    const pattern = source.perItem;
    return {
      items: source.items,
      rowsOf: pattern ? (item) => pattern[item % pattern.length]! : () => 1,
      count: countRows([source]),
      write: (writer, item, n, ordinal) => {
        const values = source.row(item, n);
        let line = '';
        for (let i = 0; i < places.length; i++) {
          const place = places[i]!;
          if (i > 0) line += '\t';
          if (place === -2) line += idOf!(ordinal);
          else if (place === -1) line += '\\N';
          else {
            const value = values[place]!;
            if (typeof value === 'string') line += encodeField(value);
            else if (typeof value === 'number') line += value;
            else if (value === null) line += '\\N';
            else {
              writer.text(line);
              line = '';
              value(writer);
            }
          }
        }
        writer.text(line);
        writer.endRow();
      },
    };
  });
  return { name: table, count: countRows(sources), sources: compiled };
}
