import type { Descriptor } from '../descriptor.ts';

/** Which of the three dialects of entities.xml a backup is written in (docs/formats/xml-backup.md). */
export type XmlDialect = 'legacy' | 'cloud' | 'current';

/** What an XML backup is, as found while reading it. */
export interface XmlFacts {
  path: string;
  container: 'zip' | 'folder';
  /** A whole site, or one or more spaces. */
  kind: 'site' | 'space';
  /** Who says so. Only an unpacked folder may lack a descriptor. */
  kindFrom: 'descriptor' | 'content' | 'option';
  dialect: XmlDialect;
  source: 'server' | 'cloud';
  /** As written in the root element, in the time zone of the server. */
  date: string | null;
  descriptor: Descriptor | null;
  /** Build that wrote the backup, and the oldest one it is compatible with. */
  createdByBuild: number | null;
  compatibleBuild: number | null;
  createdByVersion: string | null;
  /** Space keys of the descriptor. */
  spaceKeys: string[];
  entitiesBytes: number;
  /** Objects read from entities.xml. */
  objects: number;
}
