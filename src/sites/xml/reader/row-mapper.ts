import type { ClassModel, PropertyModel, ScalarProperty, ValueCollection } from '#model/class-model.ts';
import { classModel, modelColumns } from '#model/model.ts';
import { userKeyOfName } from '#model/user-key.ts';
import { xmlToColumn } from '#model/value-codec.ts';
import type { XmlElement, XmlField, XmlObject } from '../scan/xml-object.ts';
import { keepProperties } from './kept-objects.ts';
import type { MappingReport } from './mapping-report.ts';
import type { RowSpool } from './row-spool.ts';

type Row = (string | null)[];
type FieldHandler = (row: Row, field: XmlField, object: XmlObject) => void;

/** What the attachment table of versions up to 5.3 held itself, and content properties hold now. */
const attachmentProperties: Record<string, { name: string; column: 'stringval' | 'longval' }> = {
  contentType: { name: 'MEDIA_TYPE', column: 'stringval' },
  fileSize: { name: 'FILESIZE', column: 'longval' },
};

export interface RowMapperEvents {
  /** A user is named by name only. */
  userNamed(name: string): void;
  /** A value of an old attachment that is a content property today and needs an id of its own. */
  attachmentProperty(attachmentId: string, name: string, column: 'stringval' | 'longval', value: string): void;
}

/** Maps objects of an XML backup to rows, by the model, into a spool. One per backup. */
export class RowMapper {
  readonly #spool: RowSpool;
  readonly #report: MappingReport;
  readonly #events: RowMapperEvents;
  readonly #mappings = new Map<string, ClassMapping>();

  constructor(spool: RowSpool, report: MappingReport, events: RowMapperEvents) {
    this.#spool = spool;
    this.#report = report;
    this.#events = events;
  }

  /** False when the model does not know the class. */
  map(object: XmlObject): boolean {
    let mapping = this.#mappings.get(object.className);
    if (!mapping) {
      const model = classModel(object.className);
      if (!model) return false;
      mapping = this.#compile(model);
      this.#mappings.set(object.className, mapping);
    }
    const row: Row = new Array(mapping.width).fill(null);
    const key = mapping.setKey(row, object);
    if (key === null) {
      this.#report.skipped(object, 'it has no id');
      return true;
    }
    let kept: XmlField[] | null = null;
    for (const field of object.fields) {
      const handler = mapping.handlers.get(field.name);
      if (handler) handler(row, field, object);
      else if (!mapping.silent.has(field.name) && this.#report.unmapped(object, field)) {
        kept ??= [];
        kept.push(field);
      }
    }
    if (kept) keepProperties(this.#spool, object, kept);
    for (const fill of mapping.fallbacks) fill(row);
    this.#spool.addRow(mapping.table, key, row);
    return true;
  }

  #compile(model: ClassModel): ClassMapping {
    const columns = modelColumns(model.table).map((column) => column.name);
    const at = (column: string) => columns.indexOf(column);
    const handlers = new Map<string, FieldHandler>();
    for (const property of model.properties) this.#compileProperty(property, at, handlers);
    for (const collection of model.inverse ?? []) {
      const handler = this.#inverse(collection.table, collection.column, collection.positionColumn);
      for (const name of collection.names) if (!handlers.has(name)) handlers.set(name, handler);
    }
    for (const collection of model.values ?? []) handlers.set(collection.name, this.#valueRows(collection));
    if (model.className === 'Attachment') this.#compileOldAttachment(handlers);
    return {
      table: model.table,
      width: columns.length,
      setKey: keySetter(model, at),
      handlers,
      fallbacks: compileFallbacks(model, at),
      // Collections that newer or older versions write, always empty or derived: nothing in them is lost.
      silent: new Set(['ancestors', 'adfContentBodies', 'imageDetailsDTO']),
    };
  }

  #compileProperty(property: PropertyModel, at: (column: string) => number, handlers: Map<string, FieldHandler>): void {
    if (property.kind === 'split') {
      const targets = property.columns.map(at);
      handlers.set(property.name, (row, field, object) => {
        const text = field.kind === 'value' ? field.text : null;
        if (text === null || text === '') return;
        const parts = property.split(text);
        if (!parts) this.#report.invalid(object, field.name, text);
        else for (let i = 0; i < targets.length; i++) row[targets[i]] = parts[i];
      });
      return;
    }
    const index = at(property.column);
    let handler: FieldHandler;
    if (property.kind === 'user') handler = this.#user(index);
    else if (property.kind === 'reference') handler = this.#reference(index);
    else handler = this.#scalar(property, index);
    handlers.set((property.kind === 'scalar' && property.component) || property.name, handler);
    for (const alias of property.aliases ?? []) {
      handlers.set(alias, (row, field, object) => {
        if (row[index] === null) handler(row, field, object);
      });
    }
    if (property.kind === 'reference') for (const alias of property.idAliases ?? []) handlers.set(alias, this.#idAlias(index));
  }

  #scalar(property: ScalarProperty, index: number): FieldHandler {
    const { codec, maxLength, component } = property;
    return (row, field, object) => {
      const text =
        field.kind === 'value'
          ? field.text
          : field.kind === 'component' && component
            ? (field.values.find((value) => value.name === property.name)?.text ?? null)
            : null;
      if (text === null) return;
      if (codec !== 'string' && codec !== 'text' && codec !== 'keyword' && text === '') return;
      const value = xmlToColumn(codec, text);
      if (value === undefined) this.#report.invalid(object, field.name, text);
      else if (maxLength !== undefined && value.length > maxLength && [...value].length > maxLength) {
        row[index] = [...value].slice(0, maxLength).join('');
        this.#report.tooLong(object, field.name, maxLength, [...value].length);
      } else row[index] = value;
    };
  }

  #reference(index: number): FieldHandler {
    return (row, field, object) => {
      if (field.kind === 'reference') {
        const id = field.id === null || field.id === '' ? null : xmlToColumn('long', field.id);
        if (id === undefined) this.#report.invalid(object, field.name, field.id!);
        else if (id !== null) row[index] = id;
      } else if (field.kind === 'value' && field.text) this.#report.unmapped(object, field);
    };
  }

  #user(index: number): FieldHandler {
    return (row, field) => {
      if (field.kind === 'reference') {
        if (field.id) row[index] = field.id;
      } else if (field.kind === 'value' && field.text) {
        row[index] = userKeyOfName(field.text);
        this.#events.userNamed(field.text);
      }
    };
  }

  /** A scalar that repeats a reference: used when the reference itself is missing. */
  #idAlias(index: number): FieldHandler {
    return (row, field, object) => {
      if (row[index] !== null || field.kind !== 'value' || !field.text) return;
      const id = xmlToColumn('long', field.text);
      if (id === undefined) this.#report.invalid(object, field.name, field.text);
      else row[index] = id;
    };
  }

  #inverse(table: string, column: string, positionColumn?: string): FieldHandler {
    const columns = modelColumns(table).map((c) => c.name);
    const ownerColumn = columns.indexOf(column);
    const position = positionColumn === undefined ? -1 : columns.indexOf(positionColumn);
    return (_row, field, object) => {
      if (field.kind !== 'collection' || object.id === null) {
        if (field.kind !== 'collection') this.#report.unmapped(object, field);
        return;
      }
      field.elements.forEach((element, i) => {
        if (element.kind !== 'reference' || element.id === '') return;
        this.#spool.addPatch(table, element.id, ownerColumn, object.id!);
        if (position >= 0) this.#spool.addPatch(table, element.id, position, String(i));
      });
    };
  }

  #valueRows(collection: ValueCollection): FieldHandler {
    const columns = modelColumns(collection.table).map((c) => c.name);
    const owner = columns.indexOf(collection.ownerColumn);
    const name = columns.indexOf(collection.nameColumn);
    const value = collection.valueColumn === undefined ? -1 : columns.indexOf(collection.valueColumn);
    return (_row, field, object) => {
      if (field.kind !== 'collection' || object.id === null) return;
      for (const element of field.elements as XmlElement[]) {
        if (element.kind !== 'value') continue;
        const row: Row = new Array(columns.length).fill(null);
        row[owner] = object.id;
        row[name] = value < 0 ? element.text : element.name;
        if (value >= 0) row[value] = element.text;
        this.#spool.addRow(collection.table, `${object.id}\t${row[name]}`, row);
      }
    };
  }

  #compileOldAttachment(handlers: Map<string, FieldHandler>): void {
    for (const [property, target] of Object.entries(attachmentProperties)) {
      handlers.set(property, (_row, field, object) => {
        if (field.kind !== 'value' || !field.text || object.id === null) return;
        const value = target.column === 'longval' ? xmlToColumn('long', field.text) : field.text;
        if (value === undefined) this.#report.invalid(object, field.name, field.text);
        else this.#events.attachmentProperty(object.id, target.name, target.column, value);
      });
    }
  }
}

interface ClassMapping {
  table: string;
  width: number;
  /** Fills the key columns; the key as text, or null when the object has none. */
  setKey(row: Row, object: XmlObject): string | null;
  handlers: Map<string, FieldHandler>;
  fallbacks: ((row: Row) => void)[];
  silent: Set<string>;
}

function keySetter(model: ClassModel, at: (column: string) => number): ClassMapping['setKey'] {
  const discriminator = model.discriminator;
  const discriminatorIndex = discriminator ? at(discriminator.column) : -1;
  if (model.compositeId) {
    const parts = model.compositeId.map((part) => ({ name: part.name, index: at(part.column), long: part.type === 'long' }));
    return (row, object) => {
      const texts: string[] = [];
      for (const part of parts) {
        const text = object.composite?.find((value) => value.name === part.name)?.text;
        const value = text === undefined ? undefined : part.long ? xmlToColumn('long', text) : text;
        if (value === undefined) return null;
        row[part.index] = value;
        texts.push(value);
      }
      return texts.join('\t');
    };
  }
  const index = at(model.id!.column);
  const isText = model.id!.text === true;
  return (row, object) => {
    const id = object.id === null || object.id === '' ? undefined : isText ? object.id : xmlToColumn('long', object.id);
    if (id === undefined) return null;
    row[index] = id;
    if (discriminator) row[discriminatorIndex] = discriminator.value;
    return id;
  };
}

function compileFallbacks(model: ClassModel, at: (column: string) => number): ((row: Row) => void)[] {
  return model.properties.flatMap((property) => {
    if (property.kind !== 'scalar' || !property.fallback) return [];
    const index = at(property.column);
    const fallback = property.fallback;
    if ('value' in fallback) {
      return [
        (row: Row) => {
          row[index] ??= fallback.value;
        },
      ];
    }
    const from = at('lowerCaseOf' in fallback ? fallback.lowerCaseOf : fallback.copyOf);
    const lower = 'lowerCaseOf' in fallback;
    return [
      (row: Row) => {
        row[index] ??= (lower ? row[from]?.toLowerCase() : row[from]) ?? null;
      },
    ];
  });
}
