import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import { ContentLookup } from '#sites/snapshot/content-lookup.ts';
import { field } from '#sites/snapshot/row-fields.ts';
import type { SnapshotSource } from '#sites/snapshot/snapshot-attachments.ts';
import { fileKey, parseFileLine } from '#vault/files/file-line.ts';
import type { SnapshotContents, SnapshotTable } from '#vault/snapshots/snapshot.ts';
import { diffTrees, type RowDifference } from '#vault/tree/tree-diff.ts';
import type { TreeSource } from '#vault/tree/tree-reader.ts';
import { type CompareReport, type NamedDifference, noDifference } from './compare-report.ts';
import { SpaceOfRow } from './space-of-row.ts';

/** One side of a comparison. */
export interface ComparedSide {
  name: string;
  source: SnapshotSource & TreeSource;
  contents: SnapshotContents;
}

const namedAtMost = 1000;

/**
 * Tells what is different between two sites whose trees lie in vaults cut by the same seed: rows by table and by space, and files. Only what differs
 * is read. Folders count only where something else was or is.
 * @param only which paths of files are compared
 */
export async function compareContents(
  before: ComparedSide,
  after: ComparedSide,
  context: RunContext,
  only: { files?: (path: string) => boolean } = {},
): Promise<Omit<CompareReport, 'seconds'>> {
  const report: Omit<CompareReport, 'seconds'> = {
    before: before.name,
    after: after.name,
    equal: true,
    tables: {},
    tablesAdded: [],
    tablesRemoved: [],
    tablesReshaped: [],
    spaces: {},
    files: noDifference(),
    content: [],
    filesNamed: [],
  };
  const spaceOf = {
    before: new SpaceOfRow(before.source, before.contents, await ContentLookup.open(before.source, before.contents)),
    after: new SpaceOfRow(after.source, after.contents, await ContentLookup.open(after.source, after.contents)),
  };
  const sources = { before: before.source, after: after.source };
  const ours = new Map(before.contents.tables.map((table) => [table.name, table]));
  for (const table of after.contents.tables) {
    throwIfCancelled(context);
    const other = ours.get(table.name);
    ours.delete(table.name);
    if (!other) {
      report.tablesAdded.push(table.name);
      continue;
    }
    if (JSON.stringify([other.columns, other.key]) !== JSON.stringify([table.columns, table.key])) {
      report.tablesReshaped.push(table.name);
      continue;
    }
    if (other.tree.id === table.tree.id) continue;
    context.progress({ phase: `comparing ${table.name}`, done: 0, unit: 'steps' });
    const counts = noDifference();
    for await (const difference of diffTrees(sources, other.tree, table.tree, table.key)) {
      throwIfCancelled(context);
      const kind = kindOf(difference);
      counts[kind]++;
      const side = difference.after ? spaceOf.after : spaceOf.before;
      const line = (difference.after ?? difference.before)!;
      const space = await side.of(table, line);
      const bySpace = report.spaces[space ?? ''] ?? noDifference();
      bySpace[kind]++;
      report.spaces[space ?? ''] = bySpace;
      if (table.name === 'content' && report.content.length < namedAtMost) report.content.push(name(table, kind, line, space));
    }
    if (counts.added + counts.changed + counts.removed > 0) report.tables[table.name] = counts;
  }
  report.tablesRemoved.push(...ours.keys());
  await compareFiles(sources, before.contents, after.contents, only.files ?? (() => true), report);
  const rows =
    Object.keys(report.tables).length + report.tablesAdded.length + report.tablesRemoved.length + report.tablesReshaped.length;
  report.equal = rows === 0 && report.files.added + report.files.changed + report.files.removed === 0;
  return report;
}

function kindOf({ before, after }: RowDifference): NamedDifference['kind'] {
  return before ? (after ? 'changed' : 'removed') : 'added';
}

function name(table: SnapshotTable, kind: NamedDifference['kind'], line: Buffer, space: string | null): NamedDifference {
  const value = (column: string) => {
    const at = table.columns.findIndex((candidate) => candidate.name === column);
    return at < 0 ? null : field({ data: line, start: 0, end: line.length }, at);
  };
  const type = (value('contenttype') ?? 'content').toLowerCase();
  const version = value('prevver') === null ? '' : ` (version ${value('version')})`;
  const title = value('title');
  return { kind, object: `${type} ${value('contentid')}${title === null ? '' : ` '${title}'`}${version}`, space };
}

/** Owner, rights and times count only where the bytes differ too, or the kind of thing. */
async function compareFiles(
  sources: { before: TreeSource; after: TreeSource },
  before: SnapshotContents,
  after: SnapshotContents,
  isWanted: (path: string) => boolean,
  report: Omit<CompareReport, 'seconds'>,
): Promise<void> {
  for await (const difference of diffTrees(sources, before.files, after.files, fileKey)) {
    const [a, b] = [difference.before && parseFileLine(difference.before), difference.after && parseFileLine(difference.after)];
    const entry = (b ?? a)!;
    if (!isWanted(entry.path) || (entry.kind === 'folder' && (!a || !b || a.kind === b.kind))) continue;
    const content = (one: typeof a) => JSON.stringify(one && [one.kind, one.size, one.parts, one.list, one.target]);
    if (a && b && content(a) === content(b)) continue;
    const kind = kindOf(difference);
    if (entry.kind !== 'folder') report.files[kind]++;
    if (report.filesNamed.length < namedAtMost && entry.kind !== 'folder') report.filesNamed.push({ kind, path: entry.path });
  }
}
