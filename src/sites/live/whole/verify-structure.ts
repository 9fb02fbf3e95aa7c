import { OxbowError } from '#base/errors.ts';
import type { Catalog } from '../schema/catalog.ts';

/**
 * Throws STRUCTURE_DIFFERS when what was built lacks anything of its catalog. Names and states are compared, not definitions: another
 * version of PostgreSQL prints those otherwise.
 */
export function assertSameStructure(wanted: Catalog, built: Catalog): void {
  const expected = parts(wanted);
  const found = parts(built);
  const differences = [
    ...[...expected].filter((part) => !found.has(part)).map((part) => `${part} is missing`),
    ...[...found].filter((part) => !expected.has(part)).map((part) => `${part} is not expected`),
  ];
  if (differences.length === 0) return;
  throw new OxbowError(
    'STRUCTURE_DIFFERS',
    `The structure that was built is not that of the snapshot: ${differences.slice(0, 5).join('; ')}${
      differences.length > 5 ? ` and ${differences.length - 5} more` : ''
    }. Nothing was changed.`,
    { hint: 'This is a defect of Oxbow: please report it with the definition of the table.', details: { differences } },
  );
}

function parts(catalog: Catalog): Set<string> {
  const names = new Set<string>();
  for (const table of catalog.tables) {
    const add = (kind: string, name: string) => names.add(`${kind} ${name} of table ${table.name}`);
    names.add(`table ${table.name}`);
    for (const column of table.columns) add('column', `${column.name}${column.notNull ? ' (not null)' : ''}`);
    if (table.primaryKey) add('primary key', table.primaryKey.name);
    for (const unique of table.uniques) add(`unique ${unique.kind}`, unique.name);
    for (const key of table.foreignKeys) add('foreign key', key.name);
    for (const index of table.indexes) add('index', index.name);
    for (const check of table.checks) add('constraint', check.name);
    for (const trigger of table.triggers) add('trigger', `${trigger.name} (${trigger.enabled})`);
  }
  for (const sequence of catalog.sequences)
    names.add(`sequence ${sequence.name} at ${sequence.lastValue} (${sequence.isCalled})`);
  for (const { name } of catalog.functions) names.add(`function ${name}`);
  for (const { name } of catalog.views) names.add(`view ${name}`);
  return names;
}
