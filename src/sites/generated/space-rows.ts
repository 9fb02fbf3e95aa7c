import type { RowSource } from './row-source.ts';
import type { SiteFacts } from './site-facts.ts';
import { timestampText } from './timestamps.ts';

export function spaceRows(facts: SiteFacts): RowSource[] {
  const { spaces, people, id } = facts;
  return [
    {
      columns: [
        'spacename',
        'spacekey',
        'lowerspacekey',
        'spacedescid',
        'homepage',
        'creator',
        'creationdate',
        'lastmodifier',
        'lastmoddate',
        'spacetype',
        'spacestatus',
      ],
      items: spaces.count,
      row: (space) => {
        const key = spaces.key(space);
        const owner = people.key(spaces.owner(space));
        const created = spaces.created(space);
        return [
          spaces.name(space),
          key,
          key.toLowerCase(),
          id('spaceDescription', space),
          id('page', spaces.firstPage(space)),
          owner,
          timestampText(created),
          owner,
          timestampText(created + 1000),
          spaces.isPersonal(space) ? 'personal' : 'global',
          spaces.isArchived(space) ? 'ARCHIVED' : 'CURRENT',
        ];
      },
    },
  ];
}
