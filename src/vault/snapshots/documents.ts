import type { ChunkId } from '../chunks/chunk-id.ts';
import type { TreeSink } from '../tree/tree-writer.ts';

/** Documents are cut here: a chunk must fit into a pack. */
const pieceBytes = 4 * 1024 * 1024;

/** Stores a document (JSON, a descriptor, fingerprints) as chunks that follow each other. */
export function writeDocument(sink: Pick<TreeSink, 'put'>, bytes: Buffer): ChunkId[] {
  const ids: ChunkId[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += pieceBytes)
    ids.push(sink.put('document', bytes.subarray(at, at + pieceBytes)));
  return ids;
}

export async function readDocument(source: { read(id: ChunkId): Promise<Buffer> }, ids: ChunkId[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const id of ids) parts.push(await source.read(id));
  return Buffer.concat(parts);
}
