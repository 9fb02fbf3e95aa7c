import type { TableDefinition } from '#model/site.ts';
import type { Catalog, CatalogTable } from './catalog-shape.ts';

/** What a site that lacks the table needs to make it, in the terms of the model. */
export function tableDefinition(catalog: Catalog, table: CatalogTable): TableDefinition {
  const sequences = catalog.sequences.filter((sequence) => sequence.ownedBy?.table === table.name);
  return {
    primaryKey: table.primaryKey?.columns ?? [],
    autoIncrement: sequences.map((sequence) => sequence.ownedBy!.column),
    foreignKeys: table.foreignKeys
      .filter((key) => key.columns.length === 1)
      .map((key) => ({ column: key.columns[0], table: key.referencedTable, references: key.referencedColumns[0] })),
  };
}
