import { OxbowError } from '#base/errors.ts';
import type { WarningGroup } from '#base/warnings.ts';
import { batchLines, decodeRow } from '#model/copy-text.ts';
import type { SiteDescription } from '#model/site.ts';
import { ContentLookup, type ContentRow } from '#sites/snapshot/content-lookup.ts';
import { isKeptTable } from '#sites/snapshot/kept-tables.ts';
import type { ChunkReader } from '#vault/chunks/chunk-reader.ts';
import { readDocument } from '#vault/snapshots/documents.ts';
import { type ListedSnapshot, readContents } from '#vault/snapshots/list-snapshots.ts';
import type { SnapshotContents } from '#vault/snapshots/snapshot.ts';
import { rowsInRange } from '#vault/tree/tree-reader.ts';

export interface ShownSnapshot {
  snapshot: ListedSnapshot;
  spaces: SiteDescription['spaces'];
  tables: { name: string; rows: number; bytes: number }[];
  /** What the backup reported. */
  warnings: WarningGroup[];
}

/** What a snapshot holds. Reads its contents and two documents, no rows. */
export async function showSnapshot(reader: ChunkReader, snapshot: ListedSnapshot): Promise<ShownSnapshot> {
  const contents = await readContents(reader, snapshot);
  const json = async <T>(name: string, otherwise: T): Promise<T> => {
    const ids = contents.documents[name];
    return ids ? (JSON.parse((await readDocument(reader, ids)).toString('utf8')) as T) : otherwise;
  };
  const description = await json<Pick<SiteDescription, 'spaces'>>('description', { spaces: [] });
  return {
    snapshot,
    spaces: description.spaces,
    tables: contents.tables
      .filter((table) => !isKeptTable(table.name) || table.tree.rows > 0)
      .map(({ name, tree }) => ({ name, rows: tree.rows, bytes: tree.bytes })),
    warnings: await json<WarningGroup[]>('warnings', []),
  };
}

export interface ShownPage extends ContentRow {
  space: string | null;
  /** Bodies as they stand in the database, by id. */
  bodies: { id: string; body: string | null }[];
}

/** One page (or other content) of a snapshot with its body, reading only the parts that hold it. Error: CONTENT_NOT_FOUND. */
export async function showPage(reader: ChunkReader, snapshot: ListedSnapshot, id: string): Promise<ShownPage> {
  const contents = await readContents(reader, snapshot);
  const lookup = await ContentLookup.open(reader, contents);
  const row = /^-?\d+$/.test(id) ? await lookup.row(id) : null;
  if (!row) {
    throw new OxbowError('CONTENT_NOT_FOUND', `The snapshot has no content ${id}.`, {
      hint: 'Give the id of a page: it stands in its address (pageId=...), or in oxbow compare.',
    });
  }
  return { ...row, space: await lookup.spaceOf(row), bodies: await bodiesOf(reader, contents, id) };
}

async function bodiesOf(reader: ChunkReader, contents: SnapshotContents, id: string): Promise<ShownPage['bodies']> {
  const table = contents.tables.find((candidate) => candidate.name === 'bodycontent');
  if (!table) return [];
  const at = (column: string) => table.columns.findIndex((candidate) => candidate.name === column);
  const bodies: ShownPage['bodies'] = [];
  const end = Buffer.from(id);
  for await (const data of rowsInRange(reader, table.tree, table.key, { from: end, to: end })) {
    for (const line of batchLines(data)) {
      const row = decodeRow(line);
      if (row[at('contentid')] === id) bodies.push({ id: row[at('bodycontentid')]!, body: row[at('body')] });
    }
  }
  return bodies;
}
