import type { ClassModel, PropertyModel } from '#model/class-model.ts';
import { classModel, classOfRow } from '#model/model.ts';
import { columnToXml } from '#model/value-codec.ts';
import { anyContent, type ContentClasses, laterContent } from './content-classes.ts';
import type { DialectFormat } from './dialect.ts';

type Row = (string | null)[];
type PropertyWriter = (row: Row) => string;

/** One row as an object without its collections and its end. */
export interface FormattedObject {
  model: ClassModel;
  /** null for a composite id. */
  id: string | null;
  head: string;
}

/** Writes rows of one table as objects. `columns` are those of the rows, which may lack some and have others that no class knows. */
export class ObjectFormatter {
  readonly #table: string;
  readonly #columns: string[];
  readonly #dialect: DialectFormat;
  readonly #contents: ContentClasses;
  readonly #discriminator: number;
  readonly #writers = new Map<string, { id: (row: Row) => string | null; head: PropertyWriter }>();

  constructor(table: string, columns: string[], dialect: DialectFormat, contents: ContentClasses) {
    this.#table = table;
    this.#columns = columns;
    this.#dialect = dialect;
    this.#contents = contents;
    this.#discriminator = columns.indexOf(table === 'content' || table === 'extrnlnks' ? 'contenttype' : '');
  }

  /** undefined when no class has rows like this. */
  format(row: Row): FormattedObject | undefined {
    const model = classOfRow(this.#table, this.#discriminator < 0 ? null : row[this.#discriminator]);
    if (!model) return undefined;
    let writer = this.#writers.get(model.className);
    if (!writer) {
      writer = this.#compile(model);
      this.#writers.set(model.className, writer);
    }
    const id = writer.id(row);
    if (id !== null && this.#table === 'content') this.#contents.add(id, model);
    return { model, id, head: writer.head(row) };
  }

  #compile(model: ClassModel): { id: (row: Row) => string | null; head: PropertyWriter } {
    const dialect = this.#dialect;
    const parts: PropertyWriter[] = [];
    let id: (row: Row) => string | null = () => null;
    if (model.compositeId) {
      const keys = model.compositeId.map((part) => ({ ...part, at: this.#columns.indexOf(part.column) }));
      parts.push((row) => dialect.compositeId(keys.map((key) => ({ name: key.name, type: key.type, value: row[key.at] ?? '' }))));
    } else {
      const at = this.#columns.indexOf(model.id!.column);
      const { name, text } = model.id!;
      id = (row) => row[at];
      parts.push((row) => dialect.id(name, row[at] ?? '', text === true));
    }
    const isReference = (property: PropertyModel) => property.kind === 'reference' || property.kind === 'user';
    const ordered = dialect.referencesLast
      ? [...model.properties.filter((p) => !isReference(p)), ...model.properties.filter(isReference)]
      : model.properties;
    for (const property of ordered) {
      const writer = this.#property(property);
      if (writer) parts.push(writer);
    }
    const start = dialect.objectStart(model.className, model.packageName);
    return {
      id,
      head: (row) => {
        let text = start;
        for (const part of parts) text += part(row);
        return text;
      },
    };
  }

  #property(property: PropertyModel): PropertyWriter | null {
    const dialect = this.#dialect;
    const name = property.name;
    if (property.kind === 'split') {
      const at = property.columns.map((column) => this.#columns.indexOf(column));
      if (at.includes(-1)) return null;
      return (row) => dialect.string(name, at.every((i) => row[i] === null) ? null : property.join(at.map((i) => row[i])));
    }
    const at = this.#columns.indexOf(property.column);
    if (at < 0) return null;
    if (property.kind === 'user') {
      const user = classModel('ConfluenceUserImpl')!;
      return (row) => (row[at] === null ? '' : dialect.reference(name, user.className, user.packageName, 'key', row[at]));
    }
    if (property.kind === 'reference') {
      const fixed = property.className ? classModel(property.className)! : null;
      return (row) => {
        const id = row[at];
        if (id === null) return '';
        const target = fixed ?? this.#contents.find(id) ?? (this.#table === 'content' ? laterContent(id) : anyContent);
        return dialect.reference(name, target.className, target.packageName, 'id', id);
      };
    }
    const { codec, enumClass, component } = property;
    const xml = (row: Row) => (row[at] === null ? null : columnToXml(codec, row[at]));
    if (component) return (row) => dialect.component(component, name, xml(row));
    if (enumClass) return (row) => dialect.enumeration(name, xml(row), enumClass.className, enumClass.packageName);
    const isString = codec === 'string' || codec === 'text' || codec === 'base64';
    return isString ? (row) => dialect.string(name, xml(row)) : (row) => dialect.plain(name, xml(row));
  }
}
