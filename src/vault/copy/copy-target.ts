import type { RunContext } from '#base/run-context.ts';
import type { ChunkReader } from '../chunks/chunk-reader.ts';
import type { ChunkWriter } from '../chunks/chunk-writer.ts';
import type { SnapshotContents } from '../snapshots/snapshot.ts';

/** Reads made ahead, and their bytes: what bounds the memory of a copy besides reader and writer. */
export const ahead = { concurrency: 8, limit: 16 * 1024 * 1024 };

/** Where a copy comes from and goes to. */
export interface Copy {
  source: ChunkReader;
  writer: ChunkWriter;
  seed: number;
  gear: Int32Array;
  /** Both vaults cut rows and files at the same places: chunks are taken over as they are. */
  sameCut: boolean;
  /** An older snapshot of the source and its copy: what did not change since is not read. */
  base: { from: SnapshotContents; to: SnapshotContents; target: ChunkReader } | null;
  context: RunContext;
}
