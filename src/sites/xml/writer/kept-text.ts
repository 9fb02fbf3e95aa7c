import type { KeptProperties } from '../reader/kept-objects.ts';
import type { XmlElement, XmlField, XmlObject } from '../scan/xml-object.ts';
import type { DialectFormat } from './dialect.ts';

/** What an XML backup held that the model does not know, on its way out again. */
export interface KeptOfBackup {
  objects: AsyncIterable<XmlObject>;
  properties: AsyncIterable<KeptProperties>;
}

/** An object of a class that the model does not know, in the spelling of a dialect. */
export function keptObjectText(dialect: DialectFormat, object: XmlObject): string {
  const { className, packageName, id, idName, composite } = object;
  let text = dialect.objectStart(className, packageName);
  if (composite) {
    const parts = composite.map((part) => ({
      name: part.name,
      type: /^-?\d+$/.test(part.text) ? 'long' : 'string',
      value: part.text,
    }));
    text += dialect.compositeId(parts);
  } else if (id !== null) text += dialect.id(idName ?? 'id', id, !/^-?\d+$/.test(id));
  for (const field of object.fields) text += keptFieldText(dialect, field);
  return text + dialect.objectEnd;
}

/** One property, collection or component in the spelling of a dialect. */
export function keptFieldText(dialect: DialectFormat, field: XmlField): string {
  switch (field.kind) {
    case 'value': {
      if (field.enumClass) return dialect.enumeration(field.name, field.text, field.enumClass, '');
      return field.cdata || field.text === '' ? dialect.string(field.name, field.text) : dialect.plain(field.name, field.text);
    }
    case 'reference':
      return field.id === null
        ? ''
        : dialect.reference(field.name, field.className, field.packageName, field.idName || 'id', field.id);
    case 'component':
      return field.values.map((value) => dialect.component(field.name, value.name, value.text)).join('');
    case 'collection':
      return dialect.collection(
        field.name,
        'java.util.Collection',
        field.elements.map((one) => elementText(dialect, one)).join(''),
      );
  }
}

function elementText(dialect: DialectFormat, element: XmlElement): string {
  if (element.kind === 'reference') return dialect.entityElement(element.className, element.packageName, element.id);
  return dialect.mapElement(element.name ?? '', element.text);
}
