import { ExternalSorter } from '#base/external-sorter.ts';
import { MemoryBudget } from '#base/memory-budget.ts';
import type { ClassModel } from '#model/class-model.ts';
import { classesOfTable, classModel, classModels } from '#model/model.ts';
import { type ContentClasses, nameLaterContent } from './content-classes.ts';
import type { DialectFormat } from './dialect.ts';

const head = 'H';
const child = 'C';
const value = 'V';
const kept = 'K';

/** A column of a table by which its rows belong to a collection of another object. */
interface OwnerLink {
  column: string;
  ownerTable: string;
  positionColumn?: string;
}

/** Which columns of the table link its rows into collections that the dialect writes. */
export function ownerLinks(table: string, dialect: DialectFormat): OwnerLink[] {
  const links = new Map<string, OwnerLink>();
  for (const owner of classModels) {
    for (const inverse of owner.inverse ?? []) {
      if (inverse.table !== table || !(dialect.allCollections || inverse.inCurrentDialect)) continue;
      links.set(`${owner.table}.${inverse.column}`, {
        column: inverse.column,
        ownerTable: owner.table,
        ...(inverse.positionColumn ? { positionColumn: inverse.positionColumn } : {}),
      });
    }
  }
  return [...links.values()];
}

/** True when objects of the table carry collections in the dialect, and so are written last, with them. */
export function ownsCollections(table: string, dialect: DialectFormat): boolean {
  return classesOfTable(table).some(
    (model) => (model.values?.length ?? 0) > 0 || (model.inverse ?? []).some((i) => dialect.allCollections || i.inCurrentDialect),
  );
}

/**
 * Objects that carry collections, held back (on disk beyond the memory budget) until all their children have come, whichever comes first.
 */
export class ObjectOwners {
  readonly #dialect: DialectFormat;
  readonly #folder: string;
  readonly #budget = new MemoryBudget(24 * 1024 * 1024);
  readonly #sorters = new Map<string, ExternalSorter>();
  #pending: Promise<void> | null = null;

  readonly #contents: ContentClasses;

  constructor(dialect: DialectFormat, folder: string, contents: ContentClasses) {
    this.#dialect = dialect;
    this.#folder = folder;
    this.#contents = contents;
  }

  addObject(table: string, id: string, model: ClassModel, text: string): void {
    this.#add(table, id, `${head}${model.className}\n${text}`);
  }

  addChild(
    ownerTable: string,
    ownerId: string,
    link: { table: string; column: string; className: string; id: string; position: string | null },
  ): void {
    this.#add(
      ownerTable,
      ownerId,
      `${child}${link.table}\t${link.column}\t${link.className}\t${link.id}\t${link.position ?? ''}`,
    );
  }

  addValue(ownerTable: string, ownerId: string, table: string, name: string, text: string): void {
    this.#add(ownerTable, ownerId, `${value}${table}\t${name.length}\t${name}${text}`);
  }

  /** Properties of an object that the model does not know, as text. */
  addKept(ownerTable: string, ownerId: string, text: string): void {
    this.#add(ownerTable, ownerId, `${kept}${text}`);
  }

  async drain(): Promise<void> {
    const pending = this.#pending;
    this.#pending = null;
    await pending;
  }

  /** The finished objects, table by table, in order of their ids. */
  async *objects(): AsyncGenerator<string> {
    for (const table of [...this.#sorters.keys()].sort()) {
      let id: string | null = null;
      let records: string[] = [];
      for await (const batch of this.#sorters.get(table)!.sortedBatches()) {
        for (let i = 0; i < batch.keys.length; i++) {
          if (batch.keys[i] !== id && records.length > 0) {
            const text = this.#finish(records);
            if (text !== null) yield text;
            records = [];
          }
          id = batch.keys[i];
          records.push(batch.values[i]);
        }
      }
      const text = this.#finish(records);
      if (text !== null) yield text;
    }
  }

  async dispose(): Promise<void> {
    for (const sorter of this.#sorters.values()) await sorter.dispose();
    this.#sorters.clear();
  }

  /** null when children name an owner that is not written (it is left out, or does not exist). */
  #finish(records: string[]): string | null {
    const object = records.find((record) => record.startsWith(head));
    if (object === undefined) return null;
    const lineEnd = object.indexOf('\n');
    const model = classModel(object.slice(1, lineEnd))!;
    const text = nameLaterContent(object.slice(lineEnd + 1), this.#contents);
    const further = records.filter((record) => record.startsWith(kept)).map((record) => record.slice(1));
    return text + further.join('') + this.#collections(model, records) + this.#dialect.objectEnd;
  }

  #collections(model: ClassModel, records: string[]): string {
    const dialect = this.#dialect;
    const children = records.filter((record) => record.startsWith(child)).map((record) => record.slice(1).split('\t'));
    let text = '';
    for (const inverse of model.inverse ?? []) {
      if (!(dialect.allCollections || inverse.inCurrentDialect)) continue;
      const mine = children.filter(
        ([table, column, className]) =>
          table === inverse.table && column === inverse.column && (!inverse.className || className === inverse.className),
      );
      if (mine.length === 0) continue;
      if (inverse.positionColumn) mine.sort((a, b) => Number(a[4]) - Number(b[4]));
      const elements = mine.map(([, , className, id]) =>
        dialect.entityElement(className, classModel(className)!.packageName, id),
      );
      text += dialect.collection(inverse.names[0], inverse.javaType, elements.join(''));
    }
    const values = records.filter((record) => record.startsWith(value)).map(parseValue);
    for (const collection of model.values ?? []) {
      const mine = values.filter((v) => v.table === collection.table);
      if (mine.length === 0) continue;
      const elements = mine.map((v) =>
        collection.enumClass
          ? dialect.enumElement(collection.enumClass.className, collection.enumClass.packageName, v.name)
          : dialect.mapElement(v.name, v.text),
      );
      text += dialect.collection(collection.name, collection.javaType, elements.join(''));
    }
    return text;
  }

  #add(table: string, key: string, record: string): void {
    const spilled = this.#sorter(table).add(key, record);
    if (spilled) this.#pending = spilled;
  }

  #sorter(table: string): ExternalSorter {
    let sorter = this.#sorters.get(table);
    if (!sorter) {
      sorter = new ExternalSorter({ folder: this.#folder, name: `owners-${table}`, memory: this.#budget });
      this.#sorters.set(table, sorter);
    }
    return sorter;
  }
}

function parseValue(record: string): { table: string; name: string; text: string } {
  const [table, length] = record.slice(1).split('\t', 2);
  const rest = record.slice(1 + table.length + 1 + length.length + 1);
  return { table, name: rest.slice(0, Number(length)), text: rest.slice(Number(length)) };
}
