import type { ChunkId } from '../chunks/chunk-id.ts';
import type { SnapshotContents, SnapshotTable } from '../snapshots/snapshot.ts';
import { copyFiles } from './copy-files.ts';
import { copyTable } from './copy-table.ts';
import type { Copy } from './copy-target.ts';

/** Copies all that a snapshot holds. Errors: OBJECT_DAMAGED, CHUNK_MISSING, when the source lacks some of it. */
export async function copyContents(copy: Copy, contents: SnapshotContents): Promise<SnapshotContents> {
  const tables: SnapshotTable[] = [];
  const total = contents.tables.length + 1;
  for (const table of contents.tables) {
    copy.context.progress({ phase: 'copying a snapshot', done: tables.length, total, unit: 'steps' });
    tables.push({ ...table, tree: await copyTable(copy, table) });
  }
  const files = await copyFiles(copy, contents.files);
  const documents: Record<string, ChunkId[]> = {};
  for (const [name, ids] of Object.entries(contents.documents)) {
    documents[name] = [];
    for (const id of ids) {
      documents[name].push(copy.writer.put('document', await copy.source.read(id)));
      await copy.writer.ready();
    }
  }
  return { ...contents, tables, files, documents };
}
