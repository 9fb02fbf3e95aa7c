import { hiLoIds } from './hi-lo.ts';
import type { RowSource, Value } from './row-source.ts';
import type { SiteFacts } from './site-facts.ts';
import { timestampText } from './timestamps.ts';

const audit = ['creator', 'creationdate', 'lastmodifier', 'lastmoddate'];
const editedEvery = 23;
const viewedEvery = 37;

/** Restrictions: on every 23rd page one to edit, on every 37th one to view. */
const restrictions = (facts: SiteFacts) => {
  const pages = facts.options.pages;
  const edit = Math.ceil(pages / editedEvery);
  const view = Math.ceil(pages / viewedEvery);
  return { edit, count: edit + view, pageOf: (set: number) => (set < edit ? set * editedEvery : (set - edit) * viewedEvery) };
};

export function restrictionRows(facts: SiteFacts): RowSource[] {
  const { edit, count, pageOf } = restrictions(facts);
  return [
    {
      columns: ['cont_perm_type', 'content_id', 'creationdate', 'lastmoddate'],
      items: count,
      row: (set) => {
        const created = timestampText(facts.pageCreated(pageOf(set)));
        return [set < edit ? 'Edit' : 'View', facts.id('page', pageOf(set)), created, created];
      },
    },
  ];
}

/** Who may: one to three entries a restriction, first a user, then groups. */
export function restrictionEntryRows(facts: SiteFacts): RowSource[] {
  const { edit, count, pageOf } = restrictions(facts);
  const id = hiLoIds('content_perm_set');
  const hash = facts.hash('restriction');
  return [
    {
      columns: ['cp_type', 'username', 'groupname', 'cps_id', ...audit],
      items: count,
      perItem: [2, 1, 3, 1, 2],
      row: (set, n) => {
        const user = facts.user(81, set);
        const created = timestampText(facts.pageCreated(pageOf(set)));
        const group = facts.people.group(n === 1 ? 1 : 2 + (hash(set) % Math.max(1, Math.floor(facts.people.groups / 2) - 2)));
        const subject: Value[] = n === 0 ? [user, null] : [null, group];
        return [set < edit ? 'Edit' : 'View', ...subject, id(set), user, created, user, created];
      },
    },
  ];
}

const spaceTypes = [
  'VIEWSPACE',
  'REMOVEOWNCONTENT',
  'EDITSPACE',
  'EDITBLOG',
  'CREATEATTACHMENT',
  'COMMENT',
  'EXPORTSPACE',
  'REMOVEPAGE',
  'REMOVEBLOG',
  'REMOVEATTACHMENT',
  'REMOVECOMMENT',
  'REMOVEMAIL',
  'SETPAGEPERMISSIONS',
  'SETSPACEPERMISSIONS',
];
const ofMembers = 7;
const globalTypes: [string, number[]][] = [
  ['USECONFLUENCE', [0, 1]],
  ['PERSONALSPACE', [0, 1]],
  ['CREATESPACE', [0, 1]],
  ['ADMINISTRATECONFLUENCE', [1]],
  ['SYSTEMADMINISTRATOR', [1]],
  ['UPDATEUSERSTATUS', [0]],
  ['PROFILEATTACHMENTS', [0]],
];

/** Global permissions, then those of the spaces: the owner and administrators all, users most, anonymous visitors to view every fourth. */
export function spacePermissionRows(facts: SiteFacts): RowSource[] {
  const { people, spaces } = facts;
  const columns = ['spaceid', 'permtype', 'permgroupname', 'permusername', 'permalluserssubject', ...audit];
  const begin = timestampText(people.created(0));
  const global = globalTypes.flatMap(([type, groups]) =>
    groups.map((group): [string, string | null] => [type, people.group(group)]),
  );
  const row = (space: number, type: string, group: string | null, user: string | null, anyone: string | null): Value[] => {
    const created = timestampText(spaces.created(space));
    const owner = people.key(spaces.owner(space));
    return [spaces.id(space), type, group, user, anyone, owner, created, owner, created];
  };
  return [
    { columns, items: global.length, row: (n) => [null, global[n]![0], global[n]![1], null, null, null, begin, null, begin] },
    { columns, items: 1, row: () => [null, 'USECONFLUENCE', null, people.key(people.users - 1), null, null, begin, null, begin] },
    { columns, items: 1, row: () => [null, 'USECONFLUENCE', null, null, 'anonymous-users', null, begin, null, begin] },
    {
      columns,
      items: spaces.count,
      perItem: [2 * spaceTypes.length + ofMembers],
      row: (space, n) => {
        const type = spaceTypes[n % spaceTypes.length]!;
        if (n < spaceTypes.length) return row(space, type, people.group(1), null, null);
        if (n < 2 * spaceTypes.length) return row(space, type, null, people.key(spaces.owner(space)), null);
        return row(space, type, spaces.isPersonal(space) || space % 5 !== 3 ? people.group(0) : people.group(3), null, null);
      },
    },
    {
      columns,
      items: Math.ceil(spaces.count / 4),
      // Older versions leave all three subjects empty for anonymous visitors.
      row: (n) => row(n * 4, 'VIEWSPACE', null, null, n % 2 === 0 ? 'anonymous-users' : null),
    },
  ];
}
