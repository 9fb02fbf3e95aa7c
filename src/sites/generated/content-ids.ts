import { hiLoIds } from './hi-lo.ts';

/** The sorts of rows of the table `content`, in the order of their ids. */
export const contentSections = [
  'globalDescription',
  'profile',
  'spaceDescription',
  'spaceDescriptionHistory',
  'page',
  'pageHistory',
  'pageDraft',
  'newDraft',
  'trashedPage',
  'blog',
  'blogHistory',
  'blogDraft',
  'trashedBlog',
  'comment',
  'inlineComment',
  'inlineReply',
  'fileComment',
  'attachment',
  'attachmentHistory',
  'trashedAttachment',
  'custom',
] as const;

export type ContentSection = (typeof contentSections)[number];
export type ContentCounts = Record<ContentSection, number>;

/** The id of the n-th row of a section. */
export type ContentId = (section: ContentSection, n: number) => number;

export function contentIds(counts: ContentCounts): ContentId {
  const idOf = hiLoIds('content');
  const starts = {} as ContentCounts;
  let start = 0;
  for (const section of contentSections) {
    starts[section] = start;
    start += counts[section];
  }
  return (section, n) => idOf(starts[section] + n);
}
