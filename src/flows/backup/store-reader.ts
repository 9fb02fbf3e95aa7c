import { ExternalSorter } from '#base/external-sorter.ts';
import { MemoryBudget } from '#base/memory-budget.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import { clusterColumns } from '#model/cluster-order.ts';
import type { AttachmentFile, RowBatch, SiteReader, TableDescription } from '#model/site.ts';
import { tableModel } from '#model/table-model.ts';
import { fileKey, fileLine } from '#vault/files/file-line.ts';
import { writeFileParts } from '#vault/files/file-writer.ts';
import type { SnapshotTable } from '#vault/snapshots/snapshot.ts';
import { compareKeyTexts, keyText } from '#vault/tree/key-text.ts';
import { type KeyKind, keyEnd, lineEnd } from '#vault/tree/row-key.ts';
import type { TreeRoot } from '#vault/tree/tree-node.ts';
import { TreeWriter } from '#vault/tree/tree-writer.ts';
import type { WriteSession } from '#vault/write-session.ts';

/** Sorting of rows and of paths: 48 MiB in memory, the rest on disk. */
const memory = 48 * 1024 * 1024;
const numbers = /^(smallint|integer|bigint)$/;

/** Stores the rows of one table of any reader in the order of a snapshot. */
export async function storeTable(
  session: WriteSession,
  table: TableDescription,
  batches: AsyncIterable<RowBatch>,
  context: RunContext,
): Promise<SnapshotTable> {
  const layout = layoutOf(table);
  const tree = new TreeWriter(session.writer, session.seed);
  await sortLines(
    tree,
    layout.key,
    (async function* () {
      for await (const { data } of batches) {
        throwIfCancelled(context);
        for (let at = 0, end = 0; at < data.length; at = end) {
          end = lineEnd(data, at);
          yield layout.reorder(data.subarray(at, end));
        }
      }
    })(),
    `rows-${table.name}`,
    context,
  );
  return { name: table.name, columns: layout.columns, key: layout.key, tree: tree.finish() };
}

/** Sorts whole lines by key and adds them to a tree. */
export async function sortLines(
  tree: TreeWriter,
  key: KeyKind[],
  lines: AsyncIterable<Buffer>,
  name: string,
  context: Pick<RunContext, 'workFolder'>,
): Promise<void> {
  const sorter = new ExternalSorter({
    folder: context.workFolder,
    name: name.replace(/[^\w-]/g, '_'),
    memory: new MemoryBudget(memory),
    compare: compareKeyTexts(key),
  });
  try {
    for await (const line of lines) {
      const waiting = sorter.add(keyText(line, key.length), line);
      if (waiting) await waiting;
    }
    for await (const { data } of sorter.sortedLines()) {
      for (let at = 0, end = 0; at < data.length; at = end) {
        end = lineEnd(data, at);
        const stop = keyEnd(data, at, end, key.length);
        tree.addRow(data, at, end, stop);
        if (end >= data.length) tree.noteLast(data, at, stop);
      }
      await tree.ready();
    }
  } finally {
    await sorter.dispose();
  }
}

interface Layout {
  columns: SnapshotTable['columns'];
  key: KeyKind[];
  reorder(line: Buffer): Buffer;
}

/** Key columns first, as far as the table has them and they can be ordered by. */
function layoutOf(table: TableDescription): Layout {
  const primary = tableModel(table.name)?.key ?? table.definition?.primaryKey ?? [];
  const names = table.columns.map((column) => column.name);
  const lead = clusterColumns(table.name, primary).filter((name) => names.includes(name));
  const hasKey = primary.length > 0 && primary.every((name) => lead.includes(name));
  const first = hasKey ? lead : [];
  const order = [...first, ...names.filter((name) => !first.includes(name))].map((name) => names.indexOf(name));
  const columns = order.map((at) => table.columns[at]);
  const key = columns.slice(0, first.length).map(({ type }): KeyKind => (numbers.test(type) ? 'number' : 'text'));
  const isSame = order.every((at, i) => at === i);
  return { columns: columns.map(({ name, type }) => ({ name, type })), key, reorder: isSame ? (line) => line : reorderBy(order) };
}

function reorderBy(order: number[]): (line: Buffer) => Buffer {
  const ends = new Array<number>(order.length);
  return (line) => {
    let at = 0;
    for (let i = 0; i < ends.length; i++) {
      const next = line.indexOf(9, at);
      ends[i] = next < 0 ? line.length - 1 : next;
      at = ends[i] + 1;
    }
    const out = Buffer.allocUnsafe(line.length);
    let length = 0;
    order.forEach((field, i) => {
      const start = field === 0 ? 0 : ends[field - 1] + 1;
      if (i > 0) out[length++] = 9;
      length += line.copy(out, length, start, ends[field]);
    });
    out[length++] = 10;
    return out.subarray(0, length);
  };
}

export interface StoredFiles {
  tree: TreeRoot;
  files: number;
  bytes: number;
}

/** A file of a snapshot that is made from something else than a home directory. */
export interface NamedFile {
  /** '/'-separated. */
  path: string;
  open(): Promise<AsyncIterable<Buffer>>;
}

/** Where the snapshot of an XML backup, or of some spaces, keeps an attachment. */
export function attachmentPath(file: Pick<AttachmentFile, 'containerId' | 'attachmentId' | 'version'>): string {
  return `attachments/${file.containerId}/${file.attachmentId}/${file.version}`;
}

/** Stores files in whatever order they come. */
export async function storeFiles(
  session: WriteSession,
  files: AsyncIterable<NamedFile>,
  context: RunContext,
): Promise<StoredFiles> {
  const tree = new TreeWriter(session.writer, session.seed);
  const result = { files: 0, bytes: 0 };
  const lines = async function* () {
    for await (const file of files) {
      throwIfCancelled(context);
      const written = await writeFileParts(session.writer, session.gear, await file.open());
      result.files++;
      result.bytes += written.size;
      context.progress({ phase: 'reading files', done: result.files, unit: 'files' });
      yield fileLine({ path: file.path, kind: 'file', mtime: '0', mode: 0o640, uid: 0, gid: 0, ...written });
    }
  };
  await sortLines(tree, fileKey, lines(), 'files', context);
  return { tree: tree.finish(), ...result };
}

/** The attachments of a reader as files of a snapshot. */
export async function* attachmentsOf(reader: SiteReader): AsyncGenerator<NamedFile> {
  for await (const file of reader.attachments()) yield { path: attachmentPath(file), open: () => file.open() };
}
