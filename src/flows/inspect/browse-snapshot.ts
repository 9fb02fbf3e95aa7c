import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { OxbowError } from '#base/errors.ts';
import { v4Path, ver003Folder } from '#model/attachment-paths.ts';
import { ContentLookup, type ContentRow } from '#sites/snapshot/content-lookup.ts';
import { openFile } from '#sites/snapshot/snapshot-attachments.ts';
import type { ChunkReader } from '#vault/chunks/chunk-reader.ts';
import type { FileEntry } from '#vault/files/file-line.ts';
import { type ListedSnapshot, readContents } from '#vault/snapshots/list-snapshots.ts';
import type { SnapshotContents } from '#vault/snapshots/snapshot.ts';
import { findFile } from '#vault/snapshots/snapshot-files.ts';

/** Rows that are looked at for one page of a list, so that it comes soon however large the site is. */
const mostLooked = 200_000;

export interface BrowseChoice {
  spaceKey: string;
  /** Pages and blog posts, or attachments. Current versions alone. */
  kind: 'pages' | 'attachments';
  /** A part of the title, whatever the case. */
  search?: string;
  /** The `next` of the page before. */
  after?: string;
  limit: number;
}

export interface BrowsedPage {
  items: (ContentRow & { space: string | null })[];
  /** Where the next page begins; null: that was all. A page may hold less than its limit and still not be the last. */
  next: string | null;
}

const typesOf = { pages: ['PAGE', 'BLOGPOST'], attachments: ['ATTACHMENT'] };

/** What a space of a snapshot holds, by id. Reads only rows of content, no bodies. */
export async function browseSnapshot(reader: ChunkReader, snapshot: ListedSnapshot, choice: BrowseChoice): Promise<BrowsedPage> {
  const { spaceKey, kind, after, limit } = choice;
  const lookup = await ContentLookup.open(reader, await readContents(reader, snapshot));
  const search = choice.search?.toLowerCase();
  const items: BrowsedPage['items'] = [];
  let looked = 0;
  for await (const row of lookup.between(after === undefined ? {} : { from: Buffer.from(after) })) {
    if (row.id === after) continue;
    looked++;
    if (isWanted(row)) {
      items.push({ ...row, space: spaceKey });
      if (items.length === limit) return { items, next: row.id };
    }
    if (looked === mostLooked) return { items, next: row.id };
  }
  return { items, next: null };

  function isWanted(row: ContentRow): boolean {
    if (row.current !== null || !typesOf[kind].includes(row.type ?? '') || (row.status ?? 'current') !== 'current') return false;
    if (search && !row.title?.toLowerCase().includes(search)) return false;
    return row.spaceId !== null && lookup.spaceKey(row.spaceId) === spaceKey;
  }
}

export interface BrowsedAttachment {
  id: string;
  title: string | null;
  version: string;
  space: string | null;
  bytes: number;
  open: () => Promise<Readable>;
}

/** One attachment with its bytes; the current version unless another is named. Errors: CONTENT_NOT_FOUND. */
export async function findAttachment(
  reader: ChunkReader,
  snapshot: ListedSnapshot,
  id: string,
  version?: string,
): Promise<BrowsedAttachment> {
  const contents = await readContents(reader, snapshot);
  const lookup = await ContentLookup.open(reader, contents);
  const row = await lookup.row(id);
  if (row?.type !== 'ATTACHMENT' || row.current !== null) throw missing(`no attachment ${id}`);
  const wanted = version ?? row.version ?? '1';
  const entry = await fileOf(reader, contents, row, wanted, (await lookup.owner(row)).spaceId);
  if (!entry) throw missing(`no file of version ${wanted} of the attachment ${id}`);
  return {
    id,
    title: row.title,
    version: wanted,
    space: await lookup.spaceOf(row),
    bytes: entry.size,
    open: () => openFile(reader, entry),
  };
}

/** In the layouts of a home directory, and in that of a snapshot of an XML backup. */
async function fileOf(
  reader: ChunkReader,
  contents: SnapshotContents,
  { id, container }: ContentRow,
  version: string,
  spaceId: string | null,
): Promise<FileEntry | null> {
  const paths = [
    join('home/attachments', v4Path(id, version)),
    ...(container === null
      ? []
      : [join('home/attachments', ver003Folder(spaceId, container, id), version), join('attachments', container, id, version)]),
  ];
  for (const path of paths) {
    const entry = await findFile(reader, contents.files, path);
    if (entry) return entry;
  }
  return null;
}

function missing(what: string): OxbowError {
  return new OxbowError('CONTENT_NOT_FOUND', `The snapshot has ${what}.`, {
    hint: 'List the attachments of a space to see which there are.',
  });
}
