import { type ContentRows, contentColumns, contentValues } from './content-row.ts';
import { inlineFacts } from './inline-facts.ts';
import { scaled } from './prng.ts';
import type { SiteFacts } from './site-facts.ts';

const authors = { comment: 21, inline: 22, reply: 23, file: 24 };

/** The inline comment that the n-th reply answers, the attachment that the n-th comment on a file is pinned to. */
export const commentOfReply = (n: number) => n * 3;
export const attachmentOfComment = (n: number) => n * 50;

/** Comments in threads below pages and blog posts, inline comments with their replies, comments pinned to files. In no space. */
export function commentRows(facts: SiteFacts): ContentRows {
  const { id, hosts, shares, counts } = facts;
  const hash = facts.hash('comment');
  const inline = inlineFacts(facts);
  const comment = (kind: number, n: number, earliest: number) => {
    const user = facts.author(kind, n);
    const begin = earliest + Math.floor((facts.options.now - earliest) * 0.9 * (hash(n, kind) / 4294967296));
    const modified = hash(n, kind + 1) % 10 === 0 ? begin + 600_000 : begin;
    return contentValues({ type: 'COMMENT', title: null, version: 1, creator: user, created: begin, modifier: user, modified });
  };
  const columns = [...contentColumns, 'pageid', 'parentcommentid'];
  return {
    comment: {
      columns,
      items: counts.comment,
      row: (n) => {
        const host = shares.comments.find(n);
        const before = n - shares.comments.start(host);
        const random = hash(n);
        const parent = before > 0 && random % 2 === 0 ? id('comment', n - before + scaled(hash(n, 1), before)) : null;
        return [...comment(authors.comment, n, hosts.created(host)), hosts.id(host), parent];
      },
    },
    inlineComment: {
      columns,
      items: counts.inlineComment,
      row: (n) => {
        const { page } = inline(n);
        return [...comment(authors.inline, n, facts.pageCreated(page)), id('page', page), null];
      },
    },
    inlineReply: {
      columns,
      items: counts.inlineReply,
      row: (n) => {
        const { page } = inline(commentOfReply(n));
        const parent = id('inlineComment', commentOfReply(n));
        return [...comment(authors.reply, n, facts.pageCreated(page)), id('page', page), parent];
      },
    },
    fileComment: {
      columns,
      items: counts.fileComment,
      row: (n) => [
        ...comment(authors.file, n, facts.options.now - 40_000_000_000),
        id('attachment', attachmentOfComment(n)),
        null,
      ],
    },
  };
}
