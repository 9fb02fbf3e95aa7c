import type { ClientBase } from 'pg';
import type { Catalog, CatalogColumn, CatalogGrant, CatalogSequence, CatalogTable } from './catalog-shape.ts';
import { quoteIdent, quoteLiteral, quoteQualified } from './quote-ident.ts';
import { withSearchPath } from './search-path.ts';

export interface CreateTablesOptions {
  /** False leaves NOT NULL off until addIndexesAndConstraints. Default true. */
  notNull?: boolean;
}

/** One index or constraint about to be built. `name` is that of its table and its own ("content: content_pkey"). */
export interface StructureStep {
  done: number;
  total: number;
  name: string;
}

/**
 * Creates in the empty, existing schema `targetSchema` the sequences (with their state) and the bare tables of `catalog`: columns,
 * defaults that draw on the new sequences, comments, owners and grants where the role exists here. No keys, no indexes, no constraints
 * but NOT NULL: rows can be loaded at full speed and in any order. In the caller's transaction, if there is one.
 */
export async function createTables(
  client: ClientBase,
  catalog: Catalog,
  targetSchema: string,
  options: CreateTablesOptions = {},
): Promise<void> {
  const roles = await readRoles(client);
  const identities = new Map<string, CatalogSequence>();
  const statements: string[] = [];
  // PostgreSQL checks a foreign key with the rights of the owner of the table, so that one must get into the schema.
  for (const owner of new Set(catalog.tables.map((table) => table.owner))) {
    if (roles.assignable.has(owner))
      statements.push(`GRANT USAGE, CREATE ON SCHEMA ${quoteIdent(targetSchema)} TO ${quoteIdent(owner)}`);
  }
  for (const sequence of catalog.sequences) {
    if (sequence.identity && sequence.ownedBy)
      identities.set(columnKey(sequence.ownedBy.table, sequence.ownedBy.column), sequence);
    else
      statements.push(
        `CREATE SEQUENCE ${quoteQualified(targetSchema, sequence.name)} AS ${sequence.type} ${sequenceOptions(sequence)}`,
      );
  }
  for (const table of catalog.tables) {
    const columns = table.columns.map((column) => {
      const sequence = identities.get(columnKey(table.name, column.name));
      return columnDefinition(column, options.notNull ?? true, sequence && identityOptions(sequence, targetSchema));
    });
    const storage = table.options.length > 0 ? ` WITH (${table.options.join(', ')})` : '';
    const name = quoteQualified(targetSchema, table.name);
    statements.push(`CREATE TABLE ${name} (${columns.join(', ')})${storage}`, ...comments(table, name));
  }
  for (const sequence of catalog.sequences) {
    const name = quoteQualified(targetSchema, sequence.name);
    if (!sequence.identity) statements.push(...ownership('SEQUENCE', name, sequence, roles));
    if (sequence.ownedBy && !sequence.identity) {
      const { table, column } = sequence.ownedBy;
      const ownerTable = catalog.tables.find((candidate) => candidate.name === table);
      if (ownerTable)
        statements.push(...ownership('TABLE', quoteQualified(targetSchema, table), { ...ownerTable, grants: [] }, roles));
      statements.push(`ALTER SEQUENCE ${name} OWNED BY ${quoteQualified(targetSchema, table)}.${quoteIdent(column)}`);
    }
    statements.push(`SELECT pg_catalog.setval(${quoteLiteral(name)}, ${sequence.lastValue}, ${sequence.isCalled})`);
  }
  for (const table of catalog.tables)
    statements.push(...ownership('TABLE', quoteQualified(targetSchema, table.name), table, roles));
  await withSearchPath(client, targetSchema, () => run(client, statements));
}

/**
 * Builds what createTables left out, on loaded tables: NOT NULL where it is missing, primary keys, unique constraints and indexes,
 * indexes, then foreign keys, checks and exclusions. `onStep` is called before each. Fails with PostgreSQL's own error when the rows
 * break a constraint.
 */
export async function addIndexesAndConstraints(
  client: ClientBase,
  catalog: Catalog,
  targetSchema: string,
  onStep: (step: StructureStep) => void = () => {},
): Promise<void> {
  const steps: { name: string; statement: string }[] = [];
  const add = (table: CatalogTable, name: string, statement: string) => steps.push({ name: `${table.name}: ${name}`, statement });
  const constrain = (table: CatalogTable, constraint: { name: string; definition: string }) =>
    add(
      table,
      constraint.name,
      `ALTER TABLE ${quoteQualified(targetSchema, table.name)} ADD CONSTRAINT ${quoteIdent(constraint.name)} ${constraint.definition}`,
    );
  const nullable = await nullableColumns(client, targetSchema);
  for (const table of catalog.tables) {
    const missing = table.columns.filter(({ name, notNull }) => notNull && nullable.has(columnKey(table.name, name)));
    const changes = missing.map(({ name }) => `ALTER COLUMN ${quoteIdent(name)} SET NOT NULL`);
    if (changes.length > 0)
      add(table, 'NOT NULL', `ALTER TABLE ${quoteQualified(targetSchema, table.name)} ${changes.join(', ')}`);
    if (table.primaryKey) constrain(table, table.primaryKey);
    for (const unique of table.uniques) {
      if (unique.kind === 'constraint') constrain(table, unique);
      else add(table, unique.name, unique.definition);
    }
    for (const index of table.indexes) add(table, index.name, index.definition);
  }
  for (const table of catalog.tables) for (const key of table.foreignKeys) constrain(table, key);
  for (const table of catalog.tables) for (const check of table.checks) constrain(table, check);
  await withSearchPath(client, targetSchema, async () => {
    for (const [done, { name, statement }] of steps.entries()) {
      onStep({ done, total: steps.length, name });
      await client.query(statement);
    }
  });
}

/**
 * Creates the functions of the triggers, the triggers (disabled ones stay disabled) and the views, the last things that a clone needs.
 * Materialized views are filled from the rows that are there by now.
 */
export async function addTriggers(client: ClientBase, catalog: Catalog, targetSchema: string): Promise<void> {
  const roles = await readRoles(client);
  const statements: string[] = [];
  for (const { name, owner, language, source, attributes } of catalog.functions) {
    const target = `${quoteQualified(targetSchema, name)}()`;
    statements.push(
      `CREATE FUNCTION ${target} RETURNS trigger LANGUAGE ${quoteIdent(language)} ${attributes.join(' ')} AS ${quoteLiteral(source)}`,
      ...ownership('FUNCTION', target, { owner, grants: [] }, roles),
    );
  }
  for (const table of catalog.tables) {
    for (const trigger of table.triggers) {
      statements.push(trigger.definition);
      const state = { O: null, D: 'DISABLE', R: 'ENABLE REPLICA', A: 'ENABLE ALWAYS' }[trigger.enabled];
      if (state)
        statements.push(`ALTER TABLE ${quoteQualified(targetSchema, table.name)} ${state} TRIGGER ${quoteIdent(trigger.name)}`);
    }
  }
  for (const view of catalog.views) {
    const kind = view.materialized ? 'MATERIALIZED VIEW' : 'VIEW';
    const name = quoteQualified(targetSchema, view.name);
    statements.push(`CREATE ${kind} ${name} AS ${view.definition}`, ...ownership(kind, name, view, roles));
  }
  await withSearchPath(client, targetSchema, () => run(client, statements));
}

/** One round trip; PostgreSQL runs them as one transaction if the caller has none open. */
async function run(client: ClientBase, statements: string[]): Promise<void> {
  if (statements.length > 0) await client.query(statements.join(';\n'));
}

/** A key for maps; no name in PostgreSQL holds a NUL. */
const columnKey = (table: string, column: string) => `${table}\0${column}`;

async function nullableColumns(client: ClientBase, schema: string): Promise<Set<string>> {
  const result = await client.query<{ table: string; column: string }>(
    `SELECT c.relname AS table, a.attname AS column FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
       JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND NOT a.attnotnull`,
    [schema],
  );
  return new Set(result.rows.map(({ table, column }) => columnKey(table, column)));
}

interface Roles {
  known: Set<string>;
  /** Those other than the present one to which it may give objects. */
  assignable: Set<string>;
}

async function readRoles(client: ClientBase): Promise<Roles> {
  const { rows } = await client.query<{ name: string; assignable: boolean }>(
    "SELECT rolname AS name, rolname <> current_user AND pg_has_role(current_user, oid, 'MEMBER') AS assignable FROM pg_roles",
  );
  return {
    known: new Set(rows.map((row) => row.name)),
    assignable: new Set(rows.filter((row) => row.assignable).map((row) => row.name)),
  };
}

/** ALTER ... OWNER and GRANT, for roles that this server knows. `name` is quoted. */
function ownership(kind: string, name: string, object: { owner: string; grants: CatalogGrant[] }, roles: Roles): string[] {
  const grantKind = kind === 'SEQUENCE' ? 'SEQUENCE' : 'TABLE';
  const statements = object.grants
    .filter(({ grantee }) => grantee === null || roles.known.has(grantee))
    .map(({ grantee, privilege, grantable }) => {
      const to = grantee === null ? 'PUBLIC' : quoteIdent(grantee);
      return `GRANT ${privilege} ON ${grantKind} ${name} TO ${to}${grantable ? ' WITH GRANT OPTION' : ''}`;
    });
  if (roles.assignable.has(object.owner)) statements.push(`ALTER ${kind} ${name} OWNER TO ${quoteIdent(object.owner)}`);
  return statements;
}

function columnDefinition(column: CatalogColumn, notNull: boolean, identity: string | undefined): string {
  const parts = [quoteIdent(column.name), column.type];
  if (column.collation !== null) parts.push(`COLLATE ${column.collation}`);
  if (column.generated) {
    parts.push(`GENERATED ALWAYS AS (${column.generated.expression}) ${column.generated.stored ? 'STORED' : 'VIRTUAL'}`);
  } else if (column.identity) parts.push(`GENERATED ${column.identity.toUpperCase()} AS IDENTITY (${identity ?? ''})`);
  else if (column.default !== null) parts.push(`DEFAULT ${column.default}`);
  if (column.notNull && (notNull || column.identity)) parts.push('NOT NULL');
  return parts.join(' ');
}

function sequenceOptions({ start, increment, min, max, cache, cycle }: CatalogSequence): string {
  return `START WITH ${start} INCREMENT BY ${increment} MINVALUE ${min} MAXVALUE ${max} CACHE ${cache} ${cycle ? 'CYCLE' : 'NO CYCLE'}`;
}

function identityOptions(sequence: CatalogSequence, schema: string): string {
  return `SEQUENCE NAME ${quoteQualified(schema, sequence.name)} ${sequenceOptions(sequence)}`;
}

function comments(table: CatalogTable, name: string): string[] {
  const statements = table.comment === null ? [] : [`COMMENT ON TABLE ${name} IS ${quoteLiteral(table.comment)}`];
  for (const column of table.columns) {
    if (column.comment !== null) {
      statements.push(`COMMENT ON COLUMN ${name}.${quoteIdent(column.name)} IS ${quoteLiteral(column.comment)}`);
    }
  }
  return statements;
}
