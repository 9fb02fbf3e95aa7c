import type { Warning } from '#base/run-context.ts';
import { classesOfTable, classOfRow } from '#model/model.ts';

/** Counts of one table (or, for people, of one class). */
export interface RecordCounts {
  /** Read from the backup. */
  processed: number;
  /** Written to the site. */
  persisted: number;
  /** Already in the site and used as they are. */
  reused: number;
  /** Left out, each by name. */
  skipped: number;
}

/** Keeps the books of a restore: what became of the records of each table, and every record that was left out, by name. */
export class RestoreLedger {
  readonly tables = new Map<string, RecordCounts>();
  /** Rows made to stand in for records that the backup refers to but does not contain, by table. */
  readonly placeholders = new Map<string, number>();
  /** Records that were left out, by name: the first 10,000. */
  readonly skippedRecords: SkippedRecord[] = [];
  readonly #warn: (warning: Warning) => void;

  constructor(warn: (warning: Warning) => void) {
    this.#warn = warn;
  }

  processed(table: string, count: number): void {
    this.#of(table).processed += count;
  }

  persisted(table: string, count: number): void {
    this.#of(table).persisted = count;
  }

  reused(table: string, count: number): void {
    this.#of(table).reused += count;
  }

  /** `rows` are the first of `count`. */
  skipped(table: string, count: number, rows: NamedRow[], reason: string): void {
    if (count === 0) return;
    this.#of(table).skipped += count;
    for (const row of rows) {
      if (this.skippedRecords.length < 10_000) {
        this.skippedRecords.push({ className: className(table, row.kind), id: row.id, title: row.title, reason });
      }
      this.#warn({ code: 'RECORD_SKIPPED', message: `skipped: ${reason}`, object: rowName(table, row) });
    }
    if (count > rows.length) {
      this.#warn({ code: 'RECORD_SKIPPED', message: `${count - rows.length} more like the one before`, object: table });
    }
  }

  /** An object of a class that no table holds. */
  skippedObject(className: string, id: string, title: string | null): void {
    const counts = this.#of(`class ${className}`);
    counts.processed++;
    counts.skipped++;
    const reason = 'no table of Confluence holds this class';
    if (this.skippedRecords.length < 10_000) this.skippedRecords.push({ className, id, title, reason });
    this.#warn({
      code: 'RECORD_SKIPPED',
      message: `skipped: ${reason}`,
      object: `${className} ${id}${title ? ` '${title}'` : ''}`,
    });
  }

  placeholder(table: string, ids: string[], count: number): void {
    if (count === 0) return;
    this.placeholders.set(table, (this.placeholders.get(table) ?? 0) + count);
    for (const id of ids) {
      this.#warn({
        code: 'PLACEHOLDER',
        message: 'the backup refers to it but does not contain it: a placeholder keeps the references',
        object: rowName(table, { id, title: null, kind: null }),
      });
    }
  }

  note(code: string, message: string, object?: string): void {
    this.#warn({ code, message, ...(object ? { object } : {}) });
  }

  #of(table: string): RecordCounts {
    let counts = this.tables.get(table);
    if (!counts) {
      counts = { processed: 0, persisted: 0, reused: 0, skipped: 0 };
      this.tables.set(table, counts);
    }
    return counts;
  }
}

/** A record of the backup that was not restored. */
export interface SkippedRecord {
  className: string;
  id: string;
  title: string | null;
  reason: string;
}

/** What names a row: its key, its title, the value of its discriminator. */
export interface NamedRow {
  id: string;
  title: string | null;
  kind: string | null;
}

/** "Page 98361 'Home'". */
export function rowName(table: string, row: NamedRow): string {
  return `${className(table, row.kind)} ${row.id}${row.title ? ` '${row.title.slice(0, 80)}'` : ''}`;
}

function className(table: string, kind: string | null): string {
  return classOfRow(table, kind)?.className ?? (table === 'content' ? 'content' : (classesOfTable(table)[0]?.className ?? table));
}
