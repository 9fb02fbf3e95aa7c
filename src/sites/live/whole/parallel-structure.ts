import { OxbowError } from '#base/errors.ts';
import { databaseError, stateOf } from '../postgres-error.ts';
import { type Catalog, type CatalogTable, quoteIdent } from '../schema/catalog.ts';
import { quoteQualified } from '../schema/quote-ident.ts';
import type { LoadTask } from './load-sessions.ts';

/** Below this size a table gets all its indexes in one go: a round trip for each would take longer than they. */
const smallBytes = 512 * 1024;

/**
 * The tasks that complete a loaded table but for its foreign keys: constraints one by one, since each locks the table, then indexes, which
 * several sessions may build beside each other, then statistics of large tables: without them the checks of foreign keys and the first hour of the
 * site would be slow. Small ones are left to the server.
 */
export function indexTasks(schema: string, table: CatalogTable, bytes: number, onDone: (steps: number) => void): LoadTask[] {
  const constraints = constraintsOf(schema, table);
  const indexes = indexesOf(table);
  const analyze = { name: 'statistics', statement: `ANALYZE ${quoteQualified(schema, table.name)}` };
  const task = (steps: { name: string; statement: string }[], alone: boolean): LoadTask => ({
    name: `${table.name}: ${steps[0].name}`,
    table: table.name,
    alone,
    weight: bytes,
    run: async ({ client }) => {
      try {
        await client.query(steps.map((step) => step.statement).join(';\n'));
        onDone(steps.length);
      } catch (error) {
        throw structureError(error, `building ${steps.length === 1 ? steps[0].name : 'the indexes'} of the table ${table.name}`);
      }
    },
  });
  if (bytes >= smallBytes)
    return [
      ...constraints.map((step) => task([step], true)),
      ...indexes.map((step) => task([step], false)),
      task([analyze], true),
    ];
  const all = [...constraints, ...indexes];
  return all.length > 0 ? [task(all, true)] : [];
}

/** How many steps indexTasks has for a table. */
export function structureSteps(table: CatalogTable, bytes: number): number {
  return constraintsOf('', table).length + indexesOf(table).length + (bytes >= smallBytes ? 1 : 0);
}

/**
 * Adds all foreign keys without checking them: a matter of moments. Two sessions must not do it beside each other, since each key locks two
 * tables; the check that foreignKeyTasks makes afterwards locks only the table that refers.
 */
export function foreignKeyStatements(catalog: Catalog, schema: string): string[] {
  return catalog.tables.flatMap((table) =>
    table.foreignKeys.map((key) => {
      const unchecked = isUnchecked(key.definition) ? key.definition : `${key.definition} NOT VALID`;
      return `ALTER TABLE ${quoteQualified(schema, table.name)} ADD CONSTRAINT ${quoteIdent(key.name)} ${unchecked}`;
    }),
  );
}

/** The tasks that check the foreign keys. A key that was not checked in the original stays so. */
export function foreignKeyTasks(
  catalog: Catalog,
  schema: string,
  bytesOf: (table: string) => number,
  onDone: () => void,
): LoadTask[] {
  return catalog.tables.flatMap((table) =>
    table.foreignKeys
      .filter((key) => !isUnchecked(key.definition))
      .map(
        (key): LoadTask => ({
          name: `${table.name}: ${key.name}`,
          table: table.name,
          alone: true,
          weight: bytesOf(table.name) + bytesOf(key.referencedTable),
          run: async ({ client }) => {
            try {
              await client.query(`ALTER TABLE ${quoteQualified(schema, table.name)} VALIDATE CONSTRAINT ${quoteIdent(key.name)}`);
              onDone();
            } catch (error) {
              throw structureError(error, `checking ${key.name} of the table ${table.name}`);
            }
          },
        }),
      ),
  );
}

const isUnchecked = (definition: string) => /\bNOT (VALID|ENFORCED)$/.test(definition);

function constraintsOf(schema: string, table: CatalogTable): { name: string; statement: string }[] {
  const all = [
    ...(table.primaryKey ? [table.primaryKey] : []),
    ...table.uniques.filter((unique) => unique.kind === 'constraint'),
    ...table.checks,
  ];
  return all.map(({ name, definition }) => ({
    name,
    statement: `ALTER TABLE ${quoteQualified(schema, table.name)} ADD CONSTRAINT ${quoteIdent(name)} ${definition}`,
  }));
}

function indexesOf(table: CatalogTable): { name: string; statement: string }[] {
  const uniques = table.uniques.filter((unique) => unique.kind === 'index');
  return [...uniques, ...table.indexes].map(({ name, definition }) => ({ name, statement: definition }));
}

/** What brings a type, operator class or function that a schema lacks. Those that apps of Confluence and its administrators use. */
const extensions: [RegExp, string][] = [
  [/trgm/, 'pg_trgm'],
  [/citext/, 'citext'],
  [/hstore/, 'hstore'],
  [/uuid_generate/, 'uuid-ossp'],
  [/unaccent/, 'unaccent'],
  [/gen_random_uuid|digest|crypt/, 'pgcrypto'],
  [/gist_\w+_ops|btree_gist/, 'btree_gist'],
  [/gin_btree|btree_gin/, 'btree_gin'],
  [/vector/, 'vector'],
];

/** Undefined object (type, operator class, collation, access method), undefined function or operator, and the schema of one. */
const undefinedStates = new Set(['42704', '42883', '3F000']);

/** What the structure needs and the database lacks becomes EXTENSION_MISSING, which says what brings it. */
export function structureError(error: unknown, doing: string): unknown {
  if (!undefinedStates.has(stateOf(error) ?? '')) return databaseError(error, doing);
  const { message } = error as Error;
  const known = extensions.find(([pattern]) => pattern.test(message))?.[1];
  return new OxbowError(
    'EXTENSION_MISSING',
    `The database lacks what the site uses (while ${doing}): ${message}. Nothing was changed.`,
    {
      hint: known
        ? `Create the extension there, in the schema public, then run it again: CREATE EXTENSION "${known}".`
        : 'Bring it into the database, in the schema public, as the database of the snapshot has it, then run it again.',
      cause: error,
    },
  );
}
