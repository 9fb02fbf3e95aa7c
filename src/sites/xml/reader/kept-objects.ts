import { batchLines, decodeRow } from '#model/copy-text.ts';
import type { XmlField, XmlObject } from '../scan/xml-object.ts';
import type { RowSpool } from './row-spool.ts';

const objects = 'kept:objects';
const properties = 'kept:properties';

/** The properties of one object that the model has no column for, with their values. */
export interface KeptProperties {
  className: string;
  id: string;
  fields: XmlField[];
}

function identity(object: XmlObject): string {
  return object.id ?? object.composite?.map((part) => part.text).join('/') ?? String(object.offset);
}

/** Keeps, in the spool, what the model does not know: nothing of a backup is lost because Oxbow cannot name it. */
export function keepObject(spool: RowSpool, object: XmlObject): void {
  spool.addRow(objects, `${object.className}\t${identity(object)}`, [JSON.stringify(object)]);
}

export function keepProperties(spool: RowSpool, object: XmlObject, fields: XmlField[]): void {
  const kept: KeptProperties = { className: object.className, id: identity(object), fields };
  spool.addRow(properties, `${kept.className}\t${kept.id}`, [JSON.stringify(kept)]);
}

/** The objects of unknown classes, whole, by class and id. */
export async function* keptObjects(spool: RowSpool): AsyncGenerator<XmlObject> {
  for await (const text of keptTexts(spool, objects)) yield JSON.parse(text) as XmlObject;
}

export async function* keptProperties(spool: RowSpool): AsyncGenerator<KeptProperties> {
  for await (const text of keptTexts(spool, properties)) yield JSON.parse(text) as KeptProperties;
}

async function* keptTexts(spool: RowSpool, table: string): AsyncGenerator<string> {
  for await (const batch of spool.rows(table, () => {})) for (const line of batchLines(batch.data)) yield decodeRow(line)[0]!;
}
