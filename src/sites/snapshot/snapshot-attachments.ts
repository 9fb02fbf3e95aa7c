import { Readable } from 'node:stream';
import { ExternalSorter } from '#base/external-sorter.ts';
import type { RunContext } from '#base/run-context.ts';
import type { AttachmentFile } from '#model/site.ts';
import type { ChunkId } from '#vault/chunks/chunk-id.ts';
import { type FileEntry, parseFileLine, partsOf } from '#vault/files/file-line.ts';
import type { SnapshotContents, SnapshotTable } from '#vault/snapshots/snapshot.ts';
import { treeRows } from '#vault/tree/tree-reader.ts';
import { field, linesOf, rawField } from './row-fields.ts';
import { columnAt, scanLines } from './table-scan.ts';

/** What is read from: the ChunkReader of a vault. */
export interface SnapshotSource {
  read(id: ChunkId): Promise<Buffer>;
  readMany(ids: Iterable<ChunkId> | AsyncIterable<ChunkId>): AsyncGenerator<Buffer>;
}

/** Which attachment and version a path of a snapshot is the file of. */
export interface PathOfAttachment {
  id: string;
  version: string;
  /** Where only the path tells. */
  containerId?: string;
  /** Of two files of one version the one with the lower number counts. */
  rank: number;
}

interface AttachmentRow {
  id: string;
  version: string;
  container: string | null;
  title: string | null;
  status: string | null;
}

interface FoundFile {
  path: PathOfAttachment;
  entry: FileEntry;
}

export interface AttachmentChoice {
  /** Null: this file is none of an attachment. */
  ofPath: (path: string) => PathOfAttachment | null;
  /** Whether a row of content is wanted. */
  isMember: (contentId: string) => boolean;
  history: boolean;
  /** Files that no row knows are given too, as an XML backup may have them. */
  strays: boolean;
}

/**
 * The attachment files of a snapshot: what the rows say, and what lies beside it. Rows and files are joined by the id of the attachment on disk.
 * A row without a file is a warning by name, and so is a file without a row. Memory: 24 MiB and one attachment.
 */
export async function* snapshotAttachments(
  source: SnapshotSource,
  contents: SnapshotContents,
  content: SnapshotTable | undefined,
  choice: AttachmentChoice,
  context: RunContext,
): AsyncGenerator<AttachmentFile> {
  const sorter = new ExternalSorter({ folder: context.workFolder, name: 'attachments', memory: 24 * 1024 * 1024 });
  try {
    if (content) await addRows(source, content, choice, sorter);
    for await (const data of treeRows(source, contents.files)) {
      for (const { start, end } of linesOf(data)) {
        const line = data.subarray(start, end);
        const tab = line.indexOf(9);
        const path = choice.ofPath(line.toString('utf8', 0, tab));
        if (path) await sorter.add(path.id, `F${JSON.stringify(path)}\n${line.toString('utf8')}`);
      }
    }
    let id: string | null = null;
    let group: string[] = [];
    for await (const { key, value } of sorter.sorted()) {
      if (key !== id) {
        if (id !== null) yield* filesOf(source, id, group, choice, context);
        id = key;
        group = [];
      }
      group.push(value);
    }
    if (id !== null) yield* filesOf(source, id, group, choice, context);
  } finally {
    await sorter.dispose();
  }
}

async function addRows(
  source: SnapshotSource,
  content: SnapshotTable,
  choice: AttachmentChoice,
  sorter: ExternalSorter,
): Promise<void> {
  const at = (column: string) => columnAt(content, column);
  const columns = { id: at('contentid'), type: at('contenttype'), prevver: at('prevver'), version: at('version') };
  const named = { container: at('pageid'), title: at('title'), status: at('content_status') };
  for await (const line of scanLines(source, content)) {
    if (rawField(line, columns.type) !== 'ATTACHMENT') continue;
    const id = rawField(line, columns.id)!;
    if (!choice.isMember(id)) continue;
    const value = (index: number) => (index < 0 ? null : field(line, index));
    const row: AttachmentRow = {
      id,
      version: value(columns.version) ?? '1',
      container: value(named.container),
      title: value(named.title),
      status: value(named.status),
    };
    await sorter.add(value(columns.prevver) ?? id, `R${JSON.stringify(row)}`);
  }
}

function* filesOf(
  source: SnapshotSource,
  id: string,
  group: string[],
  choice: AttachmentChoice,
  context: RunContext,
): Generator<AttachmentFile> {
  const rows = group.filter((text) => text.startsWith('R')).map((text) => JSON.parse(text.slice(1)) as AttachmentRow);
  if (rows.length === 0 && !choice.strays) return;
  const files = new Map<string, FoundFile>();
  for (const text of group) {
    if (!text.startsWith('F')) continue;
    const feed = text.indexOf('\n');
    const path = JSON.parse(text.slice(1, feed)) as PathOfAttachment;
    const other = files.get(path.version);
    if (!other || path.rank < other.path.rank)
      files.set(path.version, { path, entry: parseFileLine(Buffer.from(text.slice(feed + 1))) });
  }
  const current = rows.find((row) => row.id === id);
  const object = `Attachment ${id} '${current?.title ?? rows[0]?.title ?? ''}'`;
  const expected = [...new Set(rows.map((row) => row.version))];
  const newest = current?.version ?? expected.toSorted((a, b) => Number(a) - Number(b)).at(-1);
  const wanted = choice.history || newest === undefined ? [...new Set([...expected, ...files.keys()])] : [newest];
  for (const version of wanted.sort((a, b) => Number(a) - Number(b))) {
    const file = files.get(version);
    if (!file) {
      const state = (current ?? rows[0]).status === 'deleted' ? ' (it is in the trash)' : '';
      const message = `version ${version} has no file in the snapshot${state}`;
      context.warn({ code: 'ATTACHMENT_FILE_MISSING', message, object });
      continue;
    }
    if (rows.length > 0 && !expected.includes(version)) {
      const message = `the file of version ${version} belongs to no version in the database`;
      context.warn({ code: 'ATTACHMENT_ROW_MISSING', message, object });
    }
    const containerId = file.path.containerId ?? current?.container ?? rows[0]?.container ?? id;
    yield { containerId, attachmentId: id, version, size: file.entry.size, open: () => openFile(source, file.entry) };
  }
}

/** The bytes of a file of a snapshot. */
export async function openFile(source: SnapshotSource, entry: FileEntry): Promise<Readable> {
  const parts = await partsOf(entry, (id) => source.read(id));
  return Readable.from(source.readMany(parts), { objectMode: false });
}
