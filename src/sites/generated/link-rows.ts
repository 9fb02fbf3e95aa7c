import { linkFacts } from './link-facts.ts';
import type { RowSource } from './row-source.ts';
import type { SiteFacts } from './site-facts.ts';
import { timestampText } from './timestamps.ts';

/** Outgoing links of current pages, those that stand in their bodies. Of an address the scheme takes the place of the space key. */
export function linkRows(facts: SiteFacts): RowSource[] {
  const { shares, spaces, titles, id } = facts;
  const link = linkFacts(facts);
  return [
    {
      columns: [
        'destpagetitle',
        'lowerdestpagetitle',
        'destspacekey',
        'lowerdestspacekey',
        'contentid',
        'creator',
        'creationdate',
        'lastmodifier',
        'lastmoddate',
      ],
      items: shares.links.total,
      row: (n) => {
        const page = shares.links.find(n);
        const to = link(n, page);
        const external = 'url' in to;
        const title = external ? to.url.slice('https:'.length) : titles.page(to.page);
        const key = external ? 'https' : spaces.key(to.space);
        const user = facts.user(91, page);
        const created = timestampText(facts.pageCreated(page));
        return [title, title.toLowerCase(), key, key.toLowerCase(), id('page', page), user, created, user, created];
      },
    },
  ];
}
