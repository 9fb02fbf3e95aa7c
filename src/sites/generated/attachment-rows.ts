import type { AttachmentFacts } from './attachment-facts.ts';
import { type ContentRows, contentColumns, contentValues, versionComment } from './content-row.ts';
import type { SiteFacts } from './site-facts.ts';

const author = 31;

/** Attachments: current, historical (which keep container and space), in the trash. */
export function attachmentRows(facts: SiteFacts, files: AttachmentFacts): ContentRows {
  const { counts, shares } = facts;
  const comments = facts.hash('attachment-comment');
  const version = (attachment: number, number: number, status?: 'deleted') => {
    const created = files.created(attachment);
    const user = facts.author(author, attachment);
    const values = contentValues({
      type: 'ATTACHMENT',
      title: files.name(attachment),
      version: number,
      creator: user,
      created,
      modifier: number === 1 ? user : facts.author(author, attachment + number * 1_000_003),
      modified: facts.saved(created, number, files.versions(attachment)),
      comment: versionComment(comments(attachment, number)),
      ...(status ? { status } : {}),
    });
    const space = files.space(attachment);
    values.push(files.containerId(attachment), space === null ? null : facts.spaces.id(space));
    return values;
  };
  const columns = [...contentColumns, 'pageid', 'spaceid'];
  return {
    attachment: { columns, items: counts.attachment, row: (n) => version(n, files.versions(n)) },
    attachmentHistory: {
      columns: [...columns, 'prevver'],
      items: counts.attachmentHistory,
      row: (n) => {
        const attachment = shares.attachmentHistory.find(n);
        const number = n - shares.attachmentHistory.start(attachment) + 1;
        return [...version(attachment, number), files.id(attachment)];
      },
    },
    trashedAttachment: {
      columns,
      items: counts.trashedAttachment,
      row: (n) => version(counts.attachment + n, 1, 'deleted'),
    },
  };
}
