import type { TableDescription } from '#model/site.ts';

const columns = [
  { name: 'class', type: 'text' },
  { name: 'id', type: 'text' },
  { name: 'json', type: 'text' },
];

/** Objects of an XML backup whose class the model does not know, as they stand: one row each. */
export const keptObjectsTable: TableDescription = { name: 'oxbow:objects', columns };

/** Properties of known objects that the model has no column for: one row an object. */
export const keptPropertiesTable: TableDescription = { name: 'oxbow:properties', columns };

/** Tables of a snapshot that are none of the site. */
export function isKeptTable(name: string): boolean {
  return name.startsWith('oxbow:');
}
