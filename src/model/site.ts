import type { Readable } from 'node:stream';

/** One column of a table of a site. `type` is PostgreSQL's name of it as in its catalog ("bigint", "character varying(255)"). */
export interface ColumnDescription {
  name: string;
  type: string;
}

export interface TableDescription {
  /** The name as in the catalog, without quotes ("content", "AO_BAF3AA_AOINLINE_TASK"). */
  name: string;
  /** In the order of the fields of a row. */
  columns: ColumnDescription[];
  /** How to make the table where it does not exist yet. Tables of apps bring it along. */
  definition?: TableDefinition;
}

export interface TableDefinition {
  primaryKey: string[];
  /** Columns whose values come from a sequence of their own. */
  autoIncrement: string[];
  foreignKeys: { column: string; table: string; references: string }[];
}

export interface SpaceSummary {
  id: string;
  key: string;
  name: string | null;
  /** global, personal, collaboration. */
  type: string | null;
}

/** What a site is, before any row is read. */
export interface SiteDescription {
  kind: 'live' | 'xml-backup' | 'snapshot' | 'remote';
  /** The whole site, or some of its spaces. */
  scope: 'site' | 'space';
  /** Product version as people say it ("8.5.6"), null when unknown. */
  productVersion: string | null;
  /** The build of the Confluence that holds or wrote the content, null when unknown. */
  buildNumber: number | null;
  /** The earliest build that the content is compatible with, null when unknown. */
  compatibleBuildNumber: number | null;
  source: 'server' | 'cloud';
  tables: TableDescription[];
  spaces: SpaceSummary[];
}

/** Rows of one table: lines of PostgreSQL's COPY text format, each ended by a line feed, fields in the order of the description. */
export interface RowBatch {
  data: Buffer;
  count: number;
}

/** The bytes of one version of one attachment. */
export interface AttachmentFile {
  /** Id of the content that the attachment hangs on. */
  containerId: string;
  /** Id of the CURRENT attachment: all versions of an attachment lie under it. */
  attachmentId: string;
  version: string;
  /** In bytes, null when only reading tells. */
  size: number | null;
  open(): Promise<Readable>;
}

/** Reads a site of any kind. All of one reader is as of one moment. */
export interface SiteReader {
  describe(): Promise<SiteDescription>;
  /** The rows of a table of the description, in ascending order of its primary key. */
  rows(table: string): AsyncIterable<RowBatch>;
  /** How many rows rows() will give, where that is cheap to know. */
  count?(table: string): number | Promise<number>;
  attachments(): AsyncIterable<AttachmentFile>;
  close(): Promise<void>;
}

/** Writes a site, all or nothing: nothing is visible before commit(). After commit() or abort() it is closed. */
export interface SiteWriter {
  begin(description: SiteDescription): Promise<void>;
  /** At most one call a table. */
  writeRows(table: string, batches: AsyncIterable<RowBatch>): Promise<void>;
  writeAttachment(file: AttachmentFile): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}
