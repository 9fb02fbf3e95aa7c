import type { WarningGroup } from '#base/warnings.ts';
import type { Truncation } from '#sites/xml/reader/read-backup.ts';
import type { XmlDialect } from '#sites/xml/reader/xml-facts.ts';

/** Content of one space (or of none) by what it is. Each row of the table `content` is in exactly one of the numbers. */
export interface ContentCounts {
  pages: number;
  blogPosts: number;
  /** On pages, blog posts, attachments and custom content. */
  comments: number;
  attachments: number;
  customContent: number;
  /** Historical versions of any of them. */
  versions: number;
  drafts: number;
  /** Of any class, contentStatus `deleted`. */
  trash: number;
  /** Descriptions of spaces; outside of spaces profiles and the description of the site. */
  other: number;
}

export interface InspectedSpace {
  id: string;
  key: string;
  name: string | null;
  /** global, personal, collaboration. */
  type: string | null;
  /** A space that the descriptor does not name, in a backup of spaces. */
  foreign: boolean;
  content: ContentCounts;
}

export interface InspectedClass {
  className: string;
  packageName: string;
  objects: number;
  /** False: Oxbow has no table for its objects, and a restore leaves them out. */
  known: boolean;
}

export interface InspectedUsers {
  /** ConfluenceUserImpl: users by key. */
  keyed: number;
  /** Users of whom the backup gives a name and nothing else. */
  byNameOnly: number;
  /** InternalUser: users of directories, with their password hashes. */
  directoryUsers: number;
  /** InternalGroup. */
  groups: number;
  memberships: number;
  directories: number;
  /** DefaultHibernateUser and DefaultHibernateGroup of 3.x; they become users and groups of a directory. */
  oldUsers: number;
  oldGroups: number;
}

export interface InspectedAttachments {
  files: number;
  bytes: number;
  /** Versions of attachments in entities.xml, each of which has a file in a complete backup. */
  versions: number;
  /** Versions without a file; those in the trash are not among them. */
  withoutFile: number;
  /** Versions without a file whose attachment is in the trash: Confluence often leaves these files out. */
  withoutFileInTrash: number;
  /** Files that no version of an attachment describes. */
  withoutRow: { files: number; bytes: number };
}

/** References of one property to records that the backup does not contain. */
export interface DanglingReferences {
  className: string;
  property: string;
  /** The class referred to, as people call it ("page", "user"); "content" for any. */
  to: string;
  references: number;
}

/** Why something is as it is: a stable code and a sentence for people. */
export interface Reason {
  code: string;
  message: string;
  hint?: string;
}

export interface Restorability {
  verdict: 'yes' | 'with-notes' | 'no';
  /** The version that was asked about: that of a new sandbox. */
  into: { version: string; build: number };
  /** Why not; empty unless the verdict is `no`. */
  reasons: Reason[];
  /** What to add to `oxbow restore`. */
  options: { option: string; why: string }[];
  /** What will not come back as it was. */
  notes: Reason[];
}

/** What an XML backup is and holds, as `oxbow inspect` says it. Counts are complete. */
export interface InspectReport {
  backup: {
    path: string;
    container: 'zip' | 'folder';
    /** Of the zip as it lies there; of a folder the sum of its files. */
    bytes: number;
    /** Of all entries, unpacked. */
    unpackedBytes: number;
    entries: number;
    entitiesBytes: number;
  };
  kind: 'site' | 'space';
  /** Who says so: the descriptor, or, where it is missing, the classes of objects. */
  kindFrom: 'descriptor' | 'content' | 'option';
  /** null: the backup does not say. */
  createdByVersion: string | null;
  createdByBuild: number | null;
  /** The oldest build that can read it. */
  compatibleBuild: number | null;
  dialect: XmlDialect;
  source: 'server' | 'cloud';
  /** As it stands in the root element, in the time zone of the server that wrote it. */
  date: string | null;
  /** exportDescriptor.properties, null when missing. */
  descriptor: Record<string, string> | null;
  /** Keys of spaces that the descriptor names. */
  spaceKeys: string[];
  /** Objects of entities.xml that could be read. */
  objects: number;
  /** Not null when entities.xml is cut off. */
  truncation: Truncation | null;
  spaces: InspectedSpace[];
  /** Content that belongs to the site and to no space: profiles, the description of the site, and what hangs on them. */
  siteContent: ContentCounts;
  /** Content that should belong to a space and does not lead to one. */
  withoutSpace: ContentCounts;
  users: InspectedUsers;
  /** Largest first. */
  classes: InspectedClass[];
  attachments: InspectedAttachments;
  /** Tables of apps; `from` says which entry of the backup holds them. */
  appTables: { table: string; rows: number; from: 'plugin-data' | 'inline-tasks-csv' }[];
  /** Properties with a value that a Data Center 8.x database has no column for. */
  propertiesWithoutColumn: { property: string; objects: number; usedFor?: string }[];
  danglingReferences: DanglingReferences[];
  /** Entries that are no part of an XML backup as Oxbow knows it: how many, and the first 1,000. */
  otherEntries: { count: number; bytes: number; first: { name: string; bytes: number }[] };
  /** Every problem by its code: how many, and the first 1,000 by name. */
  problems: WarningGroup[];
  restorable: Restorability;
  seconds: number;
}
