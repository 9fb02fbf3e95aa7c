import { IdSet } from '#model/id-set.ts';
import type { SnapshotTable } from '#vault/snapshots/snapshot.ts';
import type { TreeSource } from '#vault/tree/tree-reader.ts';
import { type Line, rawField } from './row-fields.ts';
import { columnAt, scanLines } from './table-scan.ts';

/** The part of a site that is wanted. */
export interface SnapshotSelection {
  /** Ids and keys of the spaces; null is the whole site. */
  spaces: { ids: ReadonlySet<string>; keys: ReadonlySet<string> } | null;
  history: boolean;
  trash: boolean;
}

interface ContentRow {
  id: string;
  space: string | null;
  owners: string[];
}

const owners = ['prevver', 'pageid', 'parentcommentid', 'parentccid'];

/**
 * The ids of the content of a selection, by the same rules as a live site is read (sites/live/reader/space-members.ts): what hangs on
 * nothing and lies in the spaces, then whatever hangs on content that is selected. The table is read once or a few times; memory grows with
 * the selection, not with the site.
 */
export async function selectContent(
  source: TreeSource,
  content: SnapshotTable,
  { spaces, history, trash }: SnapshotSelection,
): Promise<IdSet> {
  const at = (column: string) => columnAt(content, column);
  const columns = { id: at('contentid'), space: at('spaceid'), prevver: at('prevver'), status: at('content_status') };
  const ownersAt = owners.map(at);
  const members = new IdSet();
  const value = (line: Line, index: number) => (index < 0 ? null : rawField(line, index));
  const isKept = (line: Line) => {
    const status = value(line, columns.status);
    if (!trash && status === 'deleted') return false;
    return history || value(line, columns.prevver) === null || status === 'draft';
  };
  const inSpaces = (space: string | null) => spaces === null || (space !== null && spaces.ids.has(space));
  async function* rows(all = false): AsyncGenerator<ContentRow> {
    for await (const line of scanLines(source, content)) {
      if (!all && !isKept(line)) continue;
      const found = ownersAt.map((index) => value(line, index)).filter((id) => id !== null);
      yield { id: value(line, columns.id)!, space: value(line, columns.space), owners: found };
    }
  }
  // Usually owners have lower ids than what hangs on them, and one pass finds all.
  const takeWhatHangs = async (first: boolean) => {
    for (let again = true; again; ) {
      again = false;
      let added = false;
      for await (const row of rows()) {
        if (row.owners.length === 0 ? first && inSpaces(row.space) : row.owners.every((id) => members.has(id))) {
          if (members.add(row.id)) added = true;
        } else if (row.owners.some((id) => Number(id) > Number(row.id) && !members.has(id))) again = true;
      }
      if (!added) return;
    }
  };
  await takeWhatHangs(true);
  if (await takeStrays(rows, members, inSpaces)) await takeWhatHangs(false);
  return members;
}

/** What names a space of the selection and hangs on content that names none (a placeholder for a page that is missing) belongs to it too. */
async function takeStrays(
  rows: (all?: boolean) => AsyncGenerator<ContentRow>,
  members: IdSet,
  inSpaces: (space: string | null) => boolean,
): Promise<boolean> {
  const candidates = new Map<string, string[]>();
  const asked = new IdSet();
  for await (const row of rows()) {
    if (row.owners.length === 0 || row.space === null || !inSpaces(row.space) || members.has(row.id)) continue;
    candidates.set(row.id, row.owners);
    for (const id of row.owners) asked.add(id);
  }
  if (candidates.size === 0) return false;
  const withSpace = new IdSet();
  for await (const row of rows(true)) if (row.space !== null && asked.has(row.id)) withSpace.add(row.id);
  let added = false;
  for (const [id, owned] of candidates) if (!owned.some((owner) => withSpace.has(owner)) && members.add(id)) added = true;
  return added;
}
