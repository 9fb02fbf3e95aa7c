/**
 * How one class of an XML backup maps to one table of Confluence's database. The XML reader, the XML writer, space selection,
 * id remapping, restore order and counting all work from these declarations: adding a class is adding one entry.
 * Facts: docs/formats/xml-backup.md.
 */

/** How a value is written in each of the two worlds (XML text, column of PostgreSQL). */
export type ValueCodec =
  | 'string' // varchar; CDATA in the legacy dialects
  | 'text' // unbounded string
  | 'keyword' // varchar, but never in CDATA (spaceType)
  | 'integer' // 32 bit
  | 'long' // 64 bit
  | 'boolean'
  | 'flag' // XML true/false, column character(1) T/F (Crowd)
  | 'double' // Java's Double.toString
  | 'timestamp' // XML yyyy-MM-dd HH:mm:ss.SSS without a zone, column timestamp
  | 'base64' // column bytea
  | 'character'; // one character

/** What a column gets when the backup says nothing: older versions did not write everything that 8.x requires. */
export type Fallback = { value: string } | { lowerCaseOf: string } | { copyOf: string };

interface PropertyBase {
  /** Name in the XML of current versions. */
  name: string;
  column: string;
  /** Names that older versions used for the same. */
  aliases?: string[];
  fallback?: Fallback;
}

export interface ScalarProperty extends PropertyBase {
  kind: 'scalar';
  codec: ValueCodec;
  /** Characters that the column takes; longer values are cut and reported. */
  maxLength?: number;
  /** The value is an enum constant: `enum-class` and `package` of the property. */
  enumClass?: { className: string; packageName: string };
  /** The value stands in `<component name>` under the same inner name. */
  component?: string;
  /** Known in the XML only: no column of a Data Center database holds it. It is carried to be matched by, and named when dropped. */
  xmlOnly?: boolean;
}

/** A reference by id to a row of another table. */
export interface ReferenceProperty extends PropertyBase {
  kind: 'reference';
  table: string;
  /** The class to write, when the table holds one class only. Otherwise the class of the row referred to is written. */
  className?: string;
  /** Scalar properties of older versions that hold the id itself (originalVersionId). */
  idAliases?: string[];
}

/** A reference to a user: by key (`ConfluenceUserImpl`), in backups up to 4.x by name in a scalar property (the aliases). */
export interface UserProperty extends PropertyBase {
  kind: 'user';
}

/** One scalar that stands in several columns. */
export interface SplitProperty {
  kind: 'split';
  name: string;
  columns: string[];
  split: (text: string) => string[] | null;
  join: (values: (string | null)[]) => string;
}

export type PropertyModel = ScalarProperty | ReferenceProperty | UserProperty | SplitProperty;

/** A collection of other objects: the inverse side of one of their references. */
export interface InverseCollection {
  /** Names under which it was written, newest first. */
  names: string[];
  javaType: string;
  /** The role that Cloud adds in parentheses, and the legacy dialect of newer servers leaves out. */
  table: string;
  /** The column of `table` that refers back to this object. */
  column: string;
  /** Only rows of this class belong to it (content collections share the table `content`). */
  className?: string;
  /** The column of `table` that holds the position in the list. */
  positionColumn?: string;
  /** Written by the 8.3+ dialect too. */
  inCurrentDialect?: boolean;
}

/** A collection of values, each a row of a side table. */
export interface ValueCollection {
  name: string;
  javaType: string;
  table: string;
  ownerColumn: string;
  /** Map entries: name and value columns. Enum elements: the name column alone. */
  nameColumn: string;
  valueColumn?: string;
  enumClass?: { className: string; packageName: string };
}

export interface ClassModel {
  className: string;
  packageName: string;
  table: string;
  /** The value of the discriminator column of a table that holds several classes. */
  discriminator?: { column: string; value: string };
  /** The single id. */
  id?: { name: string; column: string; text?: boolean };
  /** Or the composite id. */
  compositeId?: { name: string; type: 'string' | 'long'; column: string }[];
  properties: PropertyModel[];
  inverse?: InverseCollection[];
  values?: ValueCollection[];
  /** How people call one of its objects. */
  label: string;
  /** The column that names an object for people. */
  titleColumn?: string;
}
