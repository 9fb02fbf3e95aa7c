/** A column as `pg_attribute` has it. */
export interface CatalogColumn {
  name: string;
  /** As format_type prints it: "bigint", "character varying(255)". */
  type: string;
  notNull: boolean;
  /** The expression, null when there is none. */
  default: string | null;
  /** Characters that a varchar(n) or char(n) holds, null for any other type. */
  maxLength: number | null;
  identity: 'always' | 'by default' | null;
  /** Set for a generated column: nothing can be written into it. */
  generated: { expression: string; stored: boolean } | null;
  /** Only when it is not that of the type. */
  collation: string | null;
  comment: string | null;
}

/** A primary key, unique constraint, check or exclusion. `definition` is what follows ADD CONSTRAINT name. */
export interface CatalogConstraint {
  name: string;
  /** In the order of the key; of a check, those that it names. */
  columns: string[];
  definition: string;
}

/** What keeps rows apart besides the primary key: a unique constraint or a unique index. */
export interface CatalogUnique extends CatalogConstraint {
  /** For an index `definition` is the whole CREATE UNIQUE INDEX. */
  kind: 'constraint' | 'index';
  /** False for an index over expressions or over some rows only: then `columns` alone say nothing about uniqueness. */
  plain: boolean;
}

export interface CatalogForeignKey extends CatalogConstraint {
  referencedTable: string;
  referencedColumns: string[];
}

/** An index that is neither unique nor behind a constraint. `definition` is the whole CREATE INDEX. */
export interface CatalogIndex {
  name: string;
  /** An expression counts as ''. */
  columns: string[];
  definition: string;
}

export interface CatalogTrigger {
  name: string;
  /** The whole CREATE TRIGGER. */
  definition: string;
  /** Name of its function. */
  function: string;
  /** As pg_trigger.tgenabled: O origin (the usual), D disabled, R replica, A always. */
  enabled: 'O' | 'D' | 'R' | 'A';
}

/** A right that was granted on a table or sequence to a role other than its owner. `grantee` null is PUBLIC. */
export interface CatalogGrant {
  grantee: string | null;
  privilege: string;
  grantable: boolean;
}

export interface CatalogTable {
  name: string;
  owner: string;
  grants: CatalogGrant[];
  comment: string | null;
  /** Storage parameters ("fillfactor=80"). */
  options: string[];
  columns: CatalogColumn[];
  primaryKey: CatalogConstraint | null;
  uniques: CatalogUnique[];
  foreignKeys: CatalogForeignKey[];
  indexes: CatalogIndex[];
  /** Checks and exclusion constraints. */
  checks: CatalogConstraint[];
  triggers: CatalogTrigger[];
}

export interface CatalogSequence {
  name: string;
  owner: string;
  grants: CatalogGrant[];
  type: string;
  start: string;
  increment: string;
  min: string;
  max: string;
  cache: string;
  cycle: boolean;
  /** The state: the next value is `lastValue` itself until it `isCalled`, after that the one that follows. */
  lastValue: string;
  isCalled: boolean;
  ownedBy: { table: string; column: string } | null;
  /** It belongs to an identity column, which creates it. */
  identity: boolean;
}

/** A function of triggers. Written in a language of PostgreSQL itself, so that its text is all of it. */
export interface CatalogFunction {
  name: string;
  owner: string;
  language: string;
  source: string;
  /** What stands between LANGUAGE and AS: volatility, SECURITY DEFINER, SET. */
  attributes: string[];
}

export interface CatalogView {
  name: string;
  owner: string;
  grants: CatalogGrant[];
  materialized: boolean;
  /** The query. */
  definition: string;
}

/**
 * One schema, as plain data (it can be kept as JSON). Names are without quotes; DDL names objects of the schema without the schema,
 * see withSearchPath. Everything that has a name is in ascending order of it (by bytes), columns in that of the table, views in the
 * order in which they were created. Members of extensions are left out.
 */
export interface Catalog {
  schema: string;
  tables: CatalogTable[];
  sequences: CatalogSequence[];
  functions: CatalogFunction[];
  views: CatalogView[];
  /** Relations that Oxbow does not rebuild (partitioned and foreign tables, partitions), each as "kind name". */
  others: string[];
}
