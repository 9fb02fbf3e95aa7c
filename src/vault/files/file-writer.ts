import type { ChunkId } from '../chunks/chunk-id.ts';
import { digestOf } from '../chunks/chunk-id.ts';
import type { TreeSink } from '../tree/tree-writer.ts';
import { fileParts } from './fast-cdc.ts';
import { type FileEntry, partsInLine } from './file-line.ts';

/** Stores the bytes of a file as chunks. Gives what its line says of them, with the size that was really read. */
export async function writeFileParts(
  sink: TreeSink,
  gear: Int32Array,
  bytes: AsyncIterable<Buffer>,
): Promise<Pick<FileEntry, 'size' | 'parts' | 'list'>> {
  const parts: ChunkId[] = [];
  let size = 0;
  for await (const part of fileParts(gear, bytes)) {
    parts.push(sink.put('file', part));
    size += part.length;
    await sink.ready();
  }
  return { size, ...keepParts(sink, parts) };
}

/** Where the ids of the parts of a file stand: in its line, or in a chunk when they are many. */
export function keepParts(sink: Pick<TreeSink, 'put'>, parts: ChunkId[]): Pick<FileEntry, 'parts' | 'list'> {
  return parts.length <= partsInLine ? { parts } : { parts: [], list: sink.put('list', Buffer.concat(parts.map(digestOf))) };
}
