import type { AttachmentFacts } from './attachment-facts.ts';
import { inlineFacts } from './inline-facts.ts';
import { pageOfDraft } from './page-rows.ts';
import { uuidOf } from './prng.ts';
import type { RowSource, Value } from './row-source.ts';
import type { SiteFacts } from './site-facts.ts';
import { timestampText } from './timestamps.ts';

const columns = ['propertyname', 'stringval', 'longval', 'dateval', 'contentid'];
const text = (name: string, value: string, content: number): Value[] => [name, value, null, null, content];
const long = (name: string, value: number, content: number): Value[] => [name, null, value, null, content];

/** Properties of content: media type and size of files, what makes a comment an inline one, macros of pages, state of the editor in drafts. */
export function propertyRows(facts: SiteFacts, files: AttachmentFacts): RowSource[] {
  return [...pageProperties(facts), ...commentProperties(facts), ...attachmentProperties(facts, files)];
}

function pageProperties(facts: SiteFacts): RowSource[] {
  const { counts, id, options } = facts;
  const hash = facts.hash('property');
  return [
    {
      columns,
      items: counts.page,
      perItem: [1, 2, 1, 0, 3],
      row: (page, n) => {
        const content = id('page', page);
        if (n === 0) return text('macroNames', hash(page) % 2 === 0 ? '' : 'code,info,status', content);
        return n === 1
          ? text('macro-count.code', `${1 + (hash(page) % 4)}-${1 + (hash(page) % 2)}`, content)
          : long('macro-create-events-published-for-version', 1, content);
      },
    },
    {
      columns,
      items: counts.pageDraft,
      perItem: [3],
      row: (draft, n) => {
        const content = id('pageDraft', draft);
        if (n === 0) return text('share-id', uuidOf(hash, pageOfDraft(draft)), content);
        return n === 1
          ? text('sync-rev', `0.confluence$content$${id('page', pageOfDraft(draft))}.${draft}`, content)
          : text('sync-rev-source', 'synchrony-ack', content);
      },
    },
    {
      columns,
      items: counts.spaceDescription,
      row: (space) => [
        `attachmentChanged-${facts.spaces.created(space)}`,
        null,
        null,
        timestampText(options.now - space * 1000),
        id('spaceDescription', space),
      ],
    },
  ];
}

function commentProperties(facts: SiteFacts): RowSource[] {
  const { counts, id, options } = facts;
  const hash = facts.hash('comment-property');
  const inline = inlineFacts(facts);
  return [
    { columns, items: counts.comment, row: (n) => text('comment-uuid', uuidOf(hash, n), id('comment', n)) },
    {
      columns,
      items: counts.inlineComment,
      perItem: [8],
      row: (comment, n) => {
        const { ref, selection, status } = inline(comment);
        const content = id('inlineComment', comment);
        if (n === 0) return text('inline-comment', 'true', content);
        if (n === 1) return text('inline-marker-ref', ref, content);
        if (n === 2) return text('inline-original-selection', selection, content);
        if (n === 3) return text('actualCommentType', 'inline', content);
        if (n === 4) return text('status', status, content);
        if (n === 5) return long('status-lastmoddate', options.now - comment * 1000, content);
        return n === 6
          ? text('status-lastmodifier', facts.user(51, comment), content)
          : text('comment-uuid', uuidOf(hash, comment, 1), content);
      },
    },
    { columns, items: counts.inlineReply, row: (n) => text('inline-comment', 'true', id('inlineReply', n)) },
    {
      columns,
      items: counts.fileComment,
      row: (n) => text('ANCHOR', `{"type":"pin","page":1,"position":[0.${hash(n) % 1000},0.5]}`, id('fileComment', n)),
    },
  ];
}

function attachmentProperties(facts: SiteFacts, files: AttachmentFacts): RowSource[] {
  const { counts, shares, id } = facts;
  const file = (attachment: number, version: number, content: number, n: number) => {
    if (n === 0) return text('MEDIA_TYPE', files.kind(attachment).mediaType, content);
    if (n === 1) return long('FILESIZE', files.size(attachment, version), content);
    return n === 2 ? long('MINOR_EDIT', version % 2, content) : long('HIDDEN', 1, content);
  };
  return [
    {
      columns,
      items: counts.attachment,
      perItem: [3, 3, 3, 4, 3],
      row: (attachment, n) => file(attachment, files.versions(attachment), id('attachment', attachment), n),
    },
    {
      columns,
      items: counts.attachmentHistory,
      perItem: [3],
      row: (row, n) => {
        const attachment = shares.attachmentHistory.find(row);
        return file(attachment, row - shares.attachmentHistory.start(attachment) + 1, id('attachmentHistory', row), n);
      },
    },
    {
      columns,
      items: counts.trashedAttachment,
      perItem: [3],
      row: (row, n) => file(counts.attachment + row, 1, id('trashedAttachment', row), n),
    },
  ];
}
