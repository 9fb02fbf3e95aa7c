import type { ChunkId } from '../chunks/chunk-id.ts';
import type { KeyKind } from '../tree/row-key.ts';
import type { TreeRoot } from '../tree/tree-node.ts';

/** A table of a snapshot. */
export interface SnapshotTable {
  name: string;
  /** In the order of the fields of a row: the key first. */
  columns: { name: string; type: string }[];
  /** How the first fields compare; empty: the whole line is the key. */
  key: KeyKind[];
  tree: TreeRoot;
}

/** All that a snapshot holds; kept as a document chunk. */
export interface SnapshotContents {
  version: 1;
  /** By name. */
  tables: SnapshotTable[];
  files: TreeRoot;
  /** Documents (JSON and others) by name, each a list of chunks that follow each other. */
  documents: Record<string, ChunkId[]>;
}

/** What a snapshot says of itself: the object snapshots/<id>, sealed. */
export interface SnapshotHeader {
  version: 1;
  /** ISO. The moment as of which the data is. */
  time: string;
  /** ISO. When it was complete. */
  finished: string;
  /** Tags that it was made with; what holds now stands in the ledger. */
  tags: string[];
  /** What it is of, in words of the room above ("site" and its name, spaces, versions, counts). Plain data. */
  summary: Record<string, unknown>;
  /** The document chunk of its contents. */
  contents: ChunkId;
  /** Snapshot that it was made from, hex. */
  parent: string | null;
  /** Of what snapshot of another vault it is a copy: ids in hex. A copy of a copy names the first one. */
  copyOf?: { vault: string; snapshot: string };
  /** Of what damaged snapshot it holds what could be saved, and what it lacks. */
  repaired?: RepairRecord;
  statistics: SnapshotStatistics;
}

/** What a repair could not save. The first names of each kind, and how many there are. */
export interface RepairRecord {
  /** Snapshot in whose place it stands, hex. */
  of: string;
  /** ISO. */
  time: string;
  lost: { rows: number; files: number; documents: number; names: string[] };
}

export interface SnapshotStatistics {
  rows: number;
  /** Bytes of rows. */
  rowBytes: number;
  files: number;
  fileBytes: number;
  /** Plain bytes of chunks that the vault did not have. */
  newBytes: number;
  /** What was stored for them. */
  storedBytes: number;
  seconds: number;
}

export interface Snapshot extends SnapshotHeader {
  /** 64 hex digits: the SHA-256 of its object. */
  id: string;
}

/** Digits that people see and may type. */
export const shortIdLength = 10;

export function shortId(id: string): string {
  return id.slice(0, shortIdLength);
}
