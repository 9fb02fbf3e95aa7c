import { ExternalSorter } from '#base/external-sorter.ts';
import { MemoryBudget } from '#base/memory-budget.ts';
import { decodeRow, encodeRow } from '#model/copy-text.ts';
import { modelColumns } from '#model/model.ts';
import type { RowBatch } from '#model/site.ts';

/** What became of records that share one key. */
export interface MergeProblem {
  code: 'DUPLICATE_RECORD' | 'MISSING_RECORD';
  table: string;
  key: string;
  /** The row that was kept, for naming it. */
  row: (string | null)[] | null;
}

/** Begins a record that is a patch. No value in PostgreSQL holds this character, so no row begins with it. */
const patchMark = '\0';
const lineFeed = 10;

/**
 * Rows of many tables, added in any order, read back table by table in key order. A patch fills one column of a row whose own record left
 * it empty: that is how a link that only the other side states reaches its row. Memory is bounded by the budget; the rest is on disk.
 */
export class RowSpool {
  readonly #folder: string;
  readonly #budget: MemoryBudget;
  readonly #sorters = new Map<string, ExternalSorter>();
  readonly #counts = new Map<string, number>();
  #pending: Promise<void> | null = null;

  constructor(folder: string, memoryBytes = 32 * 1024 * 1024) {
    this.#folder = folder;
    this.#budget = new MemoryBudget(memoryBytes);
  }

  addRow(table: string, key: string, values: (string | null)[]): void {
    this.#counts.set(table, (this.#counts.get(table) ?? 0) + 1);
    this.#add(table, key, encodeRow(values));
  }

  /** `value` becomes the column of the row with that key, if that row has none. */
  addPatch(table: string, key: string, column: number, value: string): void {
    this.#add(table, key, `${patchMark}${column}\t${value}`);
  }

  /** Waits until what was added beyond the budget is on disk. To be called between batches. */
  async drain(): Promise<void> {
    const pending = this.#pending;
    this.#pending = null;
    await pending;
  }

  /** Tables that got at least one row. */
  tables(): string[] {
    return [...this.#counts.keys()];
  }

  /** Tables that got nothing but patches: what they were meant for is missing. */
  patchedTables(): string[] {
    return [...this.#sorters.keys()].filter((table) => !this.#counts.has(table));
  }

  /** Rows added, duplicates included. */
  count(table: string): number {
    return this.#counts.get(table) ?? 0;
  }

  /** The rows in key order: one row a key, patched. Can be called several times. */
  async *rows(table: string, onProblem: (problem: MergeProblem) => void): AsyncGenerator<RowBatch> {
    const sorter = this.#sorters.get(table);
    if (!sorter) return;
    const merge = new KeyMerge(table, onProblem);
    for await (const { keys, data } of sorter.sortedLines()) {
      // Most batches need no merging: all but the last line, whose key may go on in the next batch, pass through undecoded.
      const lastLine = data.lastIndexOf(lineFeed, data.length - 2) + 1;
      const passes = !merge.isAt(keys[0]) && isPlain(keys, data);
      let lines = '';
      let count = 0;
      const take = (line: string | null) => {
        if (line === null) return;
        lines += `${line}\n`;
        count++;
      };
      if (passes) {
        take(merge.end());
        merge.add(keys[keys.length - 1], data.toString('utf8', lastLine, data.length - 1));
        const before = Buffer.from(lines);
        const whole = before.length > 0 ? Buffer.concat([before, data.subarray(0, lastLine)]) : data.subarray(0, lastLine);
        if (whole.length > 0) yield { data: whole, count: count + keys.length - 1 };
        continue;
      }
      const records = data.toString('utf8', 0, data.length - 1).split('\n');
      for (let i = 0; i < keys.length; i++) take(merge.add(keys[i], records[i]));
      if (count > 0) yield { data: Buffer.from(lines), count };
    }
    const last = merge.end();
    if (last !== null) yield { data: Buffer.from(`${last}\n`), count: 1 };
  }

  async dispose(): Promise<void> {
    for (const sorter of this.#sorters.values()) await sorter.dispose();
    this.#sorters.clear();
  }

  #add(table: string, key: string, record: string): void {
    const spilled = this.#sorter(table).add(key, `${record}\n`);
    if (spilled) this.#pending = spilled;
  }

  #sorter(table: string): ExternalSorter {
    let sorter = this.#sorters.get(table);
    if (!sorter) {
      sorter = new ExternalSorter({ folder: this.#folder, name: table.replace(':', '-'), memory: this.#budget });
      this.#sorters.set(table, sorter);
    }
    return sorter;
  }
}

/** True when every record is a row of its own: nothing is to be joined. */
function isPlain(keys: string[], data: Buffer): boolean {
  if (data.includes(0)) return false;
  for (let i = 1; i < keys.length; i++) if (keys[i] === keys[i - 1]) return false;
  return true;
}

/** Turns the run of records of one key into one line. */
class KeyMerge {
  readonly #table: string;
  readonly #onProblem: (problem: MergeProblem) => void;
  #key: string | null = null;
  #line: string | null = null;
  #patches: string[] = [];

  constructor(table: string, onProblem: (problem: MergeProblem) => void) {
    this.#table = table;
    this.#onProblem = onProblem;
  }

  /** True while records of this key are being joined. */
  isAt(key: string): boolean {
    return key === this.#key;
  }

  /** The finished line of the key before, if this record begins a new key. */
  add(key: string, record: string): string | null {
    const finished = key === this.#key ? null : this.end();
    this.#key = key;
    if (record.startsWith(patchMark)) this.#patches.push(record.slice(1));
    else if (this.#line === null) this.#line = record;
    else if (this.#line !== record) this.#duplicate(record);
    return finished;
  }

  end(): string | null {
    if (this.#key === null) return null;
    if (this.#line === null) this.#onProblem({ code: 'MISSING_RECORD', table: this.#table, key: this.#key, row: null });
    const line = this.#line === null ? null : this.#patched(this.#line);
    this.#key = null;
    this.#line = null;
    this.#patches = [];
    return line;
  }

  #patched(line: string): string {
    if (this.#patches.length === 0) return line;
    const fields = line.split('\t');
    for (const patch of this.#patches) {
      const tab = patch.indexOf('\t');
      const column = Number(patch.slice(0, tab));
      if (fields[column] === '\\N') fields[column] = patch.slice(tab + 1);
    }
    return fields.join('\t');
  }

  /** The same object written twice: the last one counts, and takes from the one before what it lacks. */
  #duplicate(line: string): void {
    const before = decodeRow(this.#line!);
    const last = decodeRow(line);
    this.#line = encodeRow(last.map((value, i) => value ?? before[i]));
    this.#onProblem({ code: 'DUPLICATE_RECORD', table: this.#table, key: this.#key!, row: last });
  }
}

/** The position of a column in the rows of a table. */
export function columnIndex(table: string, column: string): number {
  return modelColumns(table).findIndex((c) => c.name === column);
}
