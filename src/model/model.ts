import type { ClassModel, PropertyModel, ReferenceProperty, ScalarProperty, UserProperty, ValueCodec } from './class-model.ts';
import { aroundContentClasses } from './classes/around-content.ts';
import { contentClasses } from './classes/content.ts';
import { crowdClasses } from './classes/crowd.ts';
import { settingsClasses } from './classes/settings.ts';
import { spaceClasses } from './classes/spaces.ts';
import type { ColumnDescription } from './site.ts';
import { tableModels } from './table-model.ts';

/** Every class that Oxbow maps, in the order of docs/formats/xml-backup.md. */
export const classModels: ClassModel[] = [
  ...spaceClasses,
  ...contentClasses,
  ...aroundContentClasses,
  ...settingsClasses,
  ...crowdClasses,
];

const byClassName = new Map(classModels.map((model) => [model.className, model]));
const byTable = Map.groupBy(classModels, (model) => model.table);

/** The model of a class. Class names are unique, so the package of the file is not asked: older versions moved classes between packages. */
export function classModel(className: string): ClassModel | undefined {
  return byClassName.get(className);
}

/** The classes whose objects are rows of the table. */
export function classesOfTable(table: string): ClassModel[] {
  return byTable.get(table) ?? [];
}

/** The class of a row, told by the discriminator value where the table holds several classes. */
export function classOfRow(table: string, discriminator: string | null): ClassModel | undefined {
  const classes = classesOfTable(table);
  if (classes.length === 1) return classes[0];
  return classes.find((model) => model.discriminator?.value === discriminator);
}

const columnTypes: Record<ValueCodec, string> = {
  string: 'character varying(255)',
  text: 'text',
  keyword: 'character varying(255)',
  integer: 'integer',
  long: 'bigint',
  boolean: 'boolean',
  flag: 'character(1)',
  double: 'double precision',
  timestamp: 'timestamp without time zone',
  base64: 'bytea',
  character: 'character(1)',
};

function columnsOfProperty(property: PropertyModel): ColumnDescription[] {
  if (property.kind === 'split') return property.columns.map((name) => ({ name, type: 'text' }));
  if (property.kind === 'user') return [{ name: property.column, type: 'character varying(255)' }];
  if (property.kind === 'reference') return [{ name: property.column, type: 'bigint' }];
  return [{ name: property.column, type: property.xmlOnly ? 'text' : columnTypes[property.codec] }];
}

function columnsOfClass(model: ClassModel): ColumnDescription[] {
  return [
    ...(model.id ? [{ name: model.id.column, type: model.id.text ? 'character varying(255)' : 'bigint' }] : []),
    ...(model.compositeId ?? []).map((part) => ({
      name: part.column,
      type: part.type === 'long' ? 'bigint' : 'character varying(255)',
    })),
    ...(model.discriminator ? [{ name: model.discriminator.column, type: 'character varying(255)' }] : []),
    ...model.properties.flatMap(columnsOfProperty),
  ];
}

function sideTableColumns(table: string): ColumnDescription[] {
  for (const model of classModels) {
    for (const collection of model.values ?? []) {
      if (collection.table !== table) continue;
      const columns = [
        { name: collection.ownerColumn, type: 'bigint' },
        { name: collection.nameColumn, type: 'character varying(255)' },
      ];
      if (collection.valueColumn) columns.push({ name: collection.valueColumn, type: 'character varying(4000)' });
      return columns;
    }
  }
  return [];
}

function computeColumns(table: string): ColumnDescription[] {
  const columns = new Map<string, ColumnDescription>();
  for (const model of classesOfTable(table)) {
    for (const column of columnsOfClass(model)) if (!columns.has(column.name)) columns.set(column.name, column);
    for (const owner of classModels) {
      for (const inverse of owner.inverse ?? []) {
        const name = inverse.positionColumn;
        if (inverse.table === table && name && !columns.has(name)) columns.set(name, { name, type: 'integer' });
      }
    }
  }
  return columns.size > 0 ? [...columns.values()] : sideTableColumns(table);
}

const columnCache = new Map(tableModels.map((table) => [table.name, computeColumns(table.name)]));

/** The columns that an XML backup can fill of a table, in a fixed order. */
export function modelColumns(table: string): ColumnDescription[] {
  const columns = columnCache.get(table);
  if (!columns) throw new Error(`the model has no table ${table}`);
  return columns;
}

export interface ReferenceColumn {
  column: string;
  /** The table referred to. */
  table: string;
}

/** The columns of a table that refer to rows of other tables, users aside. */
export function referenceColumns(table: string): ReferenceColumn[] {
  const found = new Map<string, ReferenceColumn>();
  for (const model of classesOfTable(table)) {
    for (const property of model.properties) {
      if (property.kind === 'reference') found.set(property.column, { column: property.column, table: property.table });
    }
  }
  for (const owner of classModels) {
    for (const collection of owner.values ?? []) {
      if (collection.table === table) found.set(collection.ownerColumn, { column: collection.ownerColumn, table: owner.table });
    }
  }
  return [...found.values()];
}

/** The columns of a table that hold a user key. */
export function userColumns(table: string): string[] {
  const columns = classesOfTable(table).flatMap((model) =>
    model.properties.filter((p): p is UserProperty => p.kind === 'user').map((p) => p.column),
  );
  return [...new Set(columns)];
}

/** Columns that only the XML knows (the e-mail address of a user). */
export function xmlOnlyColumns(table: string): string[] {
  return classesOfTable(table).flatMap((model) =>
    model.properties.filter((p): p is ScalarProperty => p.kind === 'scalar' && p.xmlOnly === true).map((p) => p.column),
  );
}

export function isReference(property: PropertyModel): property is ReferenceProperty {
  return property.kind === 'reference';
}
