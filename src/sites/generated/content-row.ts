import type { ContentSection } from './content-ids.ts';
import type { RowSource, Value } from './row-source.ts';
import { timestampText } from './timestamps.ts';

/** Columns that every row of the table `content` fills. */
export const contentColumns = [
  'contenttype',
  'hibernateversion',
  'title',
  'lowertitle',
  'version',
  'creator',
  'creationdate',
  'lastmodifier',
  'lastmoddate',
  'versioncomment',
  'content_status',
];

export interface ContentRow {
  type: string;
  title: string | null;
  version: number;
  creator: string | null;
  created: number;
  modifier: string | null;
  modified: number;
  comment?: string | null;
  status?: 'current' | 'draft' | 'deleted';
}

export function contentValues(row: ContentRow): Value[] {
  const created = timestampText(row.created);
  return [
    row.type,
    row.version + 1,
    row.title,
    row.title === null ? null : row.title.toLowerCase(),
    row.version,
    row.creator,
    created,
    row.modifier,
    row.modified === row.created ? created : timestampText(row.modified),
    row.comment === undefined ? '' : row.comment,
    row.status ?? 'current',
  ];
}

export type ContentRows = Partial<Record<ContentSection, RowSource>>;

/** Comments on versions, some of which programs stumble over; most are empty. */
export function versionComment(random: number): string | null {
  const chance = random % 40;
  if (chance === 0) return 'Fixed typos & <links>';
  if (chance === 1) return 'Two\nlines,\ta tab and C:\\temp\\new';
  if (chance === 2) return 'Reverted from v. 2';
  if (chance === 3) return ' 🎉 ';
  return chance < 10 ? null : '';
}
