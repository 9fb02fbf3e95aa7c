import type { Warning } from '#base/run-context.ts';
import { classModel } from '#model/model.ts';
import type { XmlField, XmlObject } from '../scan/xml-object.ts';

/** "Page 98361 'Home'": how an object is named in every report. */
export function objectName(object: XmlObject): string {
  const id = object.id ?? object.composite?.map((part) => part.text).join('/') ?? 'without an id';
  const title = object.fields.find((field) => ['title', 'name', 'key', 'fileName', 'lowerName', 'username'].includes(field.name));
  const text = title?.kind === 'value' && title.text ? ` '${title.text.slice(0, 80)}'` : '';
  return `${object.className} ${id}${text}`;
}

/** What of a backup the model could not take as it stands. Counts are complete, names go to the warnings. */
export class MappingReport {
  /** Objects by class, those that the model does not know included. */
  readonly classes = new Map<string, { packageName: string; count: number; known: boolean }>();
  /** "Page.editorVersion" -> how many objects have a value of it. */
  readonly unmappedProperties = new Map<string, number>();
  readonly #warn: (warning: Warning) => void;

  constructor(warn: (warning: Warning) => void) {
    this.#warn = warn;
  }

  count(object: XmlObject): void {
    const entry = this.classes.get(object.className);
    if (entry) entry.count++;
    else {
      this.classes.set(object.className, {
        packageName: object.packageName,
        count: 1,
        known: classModel(object.className) !== undefined,
      });
    }
  }

  /** A property without a column. False when it is empty: then nothing is lost. */
  unmapped(object: XmlObject, field: XmlField): boolean {
    if (field.kind === 'value' && (field.text === null || field.text === '')) return false;
    if (field.kind === 'reference' && field.id === null) return false;
    if (field.kind === 'collection' && field.elements.length === 0) return false;
    const name = `${object.className}.${field.name}`;
    this.unmappedProperties.set(name, (this.unmappedProperties.get(name) ?? 0) + 1);
    return true;
  }

  invalid(object: XmlObject, property: string, text: string): void {
    this.#warn({
      code: 'INVALID_VALUE',
      message: `${property} is not a value of its type and was left empty: '${text.slice(0, 60)}'`,
      object: objectName(object),
    });
  }

  tooLong(object: XmlObject, property: string, maxLength: number, length: number): void {
    this.#warn({
      code: 'VALUE_CUT',
      message: `${property} has ${length} characters and was cut to the ${maxLength} that its column takes`,
      object: objectName(object),
    });
  }

  skipped(object: XmlObject, reason: string): void {
    this.#warn({ code: 'RECORD_SKIPPED', message: `skipped: ${reason}`, object: objectName(object) });
  }
}
