import { attachmentFacts } from './attachment-facts.ts';
import { LineWriter } from './line-writer.ts';
import type { TableRows } from './row-source.ts';
import { siteFacts } from './site-facts.ts';
import { type GeneratedSiteOptions, resolveOptions } from './site-options.ts';
import { siteTables } from './site-tables.ts';

/** What a generated site will hold. Counts are exact, but for `estimatedRowBytes`. */
export interface GeneratedSiteSummary {
  spaces: number;
  personalSpaces: number;
  pages: number;
  blogPosts: number;
  /** Historical versions of pages and blog posts. */
  versions: number;
  drafts: number;
  trashed: number;
  comments: number;
  attachments: number;
  /** Files: all versions of all attachments, the trash included. */
  files: number;
  fileBytes: number;
  users: number;
  groups: number;
  tables: number;
  rows: number;
  /** Bytes of all rows as COPY text, from a sample of them. */
  estimatedRowBytes: number;
}

const sample = 200;

/** Counts and sizes of the site that the options describe, in a moment, for a look before it is made. Error: GENERATE_OPTION_INVALID. */
export function generatedSiteSummary(options: GeneratedSiteOptions): GeneratedSiteSummary {
  const resolved = resolveOptions(options);
  const facts = siteFacts(resolved);
  const { counts } = facts;
  const tables = [...siteTables(facts, attachmentFacts(facts)).values()];
  return {
    spaces: resolved.spaces,
    personalSpaces: resolved.personalSpaces,
    pages: counts.page,
    blogPosts: counts.blog,
    versions: counts.pageHistory + counts.blogHistory,
    drafts: counts.pageDraft + counts.newDraft + counts.blogDraft,
    trashed: counts.trashedPage + counts.trashedBlog + counts.trashedAttachment,
    comments: counts.comment + counts.inlineComment + counts.inlineReply + counts.fileComment,
    attachments: counts.attachment,
    files: counts.attachment + counts.attachmentHistory + counts.trashedAttachment,
    fileBytes: resolved.attachments === 0 ? 0 : resolved.attachmentBytes,
    users: resolved.users,
    groups: resolved.groups,
    tables: tables.length,
    rows: tables.reduce((sum, table) => sum + table.count, 0),
    estimatedRowBytes: Math.round(tables.reduce((sum, table) => sum + estimatedBytes(table), 0)),
  };
}

/** From up to 200 items of each sort, evenly taken. */
function estimatedBytes(table: TableRows): number {
  let bytes = 0;
  for (const source of table.sources) {
    const writer = new LineWriter();
    const step = Math.max(1, Math.floor(source.items / sample));
    for (let item = 0; item < source.items; item += step) {
      const rows = source.rowsOf(item);
      for (let n = 0; n < rows; n++) source.write(writer, item, n, item);
    }
    if (writer.rows > 0) bytes += (writer.length / writer.rows) * source.count;
  }
  return bytes;
}
