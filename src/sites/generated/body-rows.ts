import type { AttachmentFacts } from './attachment-facts.ts';
import { blogOfDraft, blogOfHistory, blogVersions } from './blog-rows.ts';
import type { ContentSection } from './content-ids.ts';
import { customBody, spaceOfDescriptionHistory } from './description-rows.ts';
import { inlineFacts } from './inline-facts.ts';
import { plainBodies } from './nasty-text.ts';
import { pageBodies, shortBodies } from './page-body.ts';
import { pageOfDraft, spaceOfTrash } from './page-rows.ts';
import type { RowSource, Value } from './row-source.ts';
import { latin } from './script-words.ts';
import type { SiteFacts } from './site-facts.ts';

const storage = 2;
const json = 1;
const plain = 0;

/** The bodies of all content that has one: everything but attachments and the description of the site. */
export function bodyRows(facts: SiteFacts, files: AttachmentFacts): RowSource[] {
  const { counts, shares, spaces, hosts, id } = facts;
  const { pages } = facts.options;
  const page = pageBodies(facts, files);
  const short = shortBodies(facts, 'comment');
  const inline = inlineFacts(facts);
  const custom = customBody(facts);
  const script = (space: number) => spaces.script(space);
  const pageVersions = (n: number) => shares.history.count(n) + 1;
  const current = (n: number) => page(n, pageVersions(n), pageVersions(n));
  const bodies = (section: ContentSection, type: number, body: (n: number) => Value): RowSource => ({
    columns: ['body', 'contentid', 'bodytypeid'],
    items: counts[section],
    row: (n) => [body(n), id(section, n), type],
  });
  return [
    bodies('profile', storage, (n) => (n % 3 === 0 ? short(n + 4e8, latin) : '')),
    bodies('spaceDescription', plain, (n) => plainBodies[n % plainBodies.length]!),
    bodies('spaceDescriptionHistory', plain, (n) => plainBodies[(spaceOfDescriptionHistory(n) + 1) % plainBodies.length]!),
    bodies('page', storage, current),
    bodies('pageHistory', storage, (n) => {
      const of = shares.history.find(n);
      return page(of, n - shares.history.start(of) + 1, pageVersions(of));
    }),
    bodies('pageDraft', storage, (n) => current(pageOfDraft(n))),
    bodies('newDraft', storage, (n) => (n % 4 === 0 ? '' : short(n + 5e8, script(n % spaces.count)))),
    bodies('trashedPage', storage, (n) => short(n + 6e8, script(spaceOfTrash(facts, n)))),
    bodies('blog', storage, (n) => page(pages + n, blogVersions(n), blogVersions(n))),
    bodies('blogHistory', storage, (n) => page(pages + blogOfHistory(n), 1, 2)),
    bodies('blogDraft', storage, (n) => page(pages + blogOfDraft(n), blogVersions(blogOfDraft(n)), blogVersions(blogOfDraft(n)))),
    bodies('trashedBlog', storage, (n) => short(n + 7e8, latin)),
    bodies('comment', storage, (n) => short(n, script(hosts.space(shares.comments.find(n))))),
    bodies('inlineComment', storage, (n) => short(n + 1e8, script(spaces.ofPage(inline(n).page)))),
    bodies('inlineReply', storage, (n) => short(n + 2e8, latin)),
    bodies('fileComment', storage, (n) => short(n + 3e8, latin)),
    bodies('custom', json, custom),
  ];
}
