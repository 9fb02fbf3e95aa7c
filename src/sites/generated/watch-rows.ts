import { hiLoIds } from './hi-lo.ts';
import type { RowSource, Value } from './row-source.ts';
import type { SiteFacts } from './site-facts.ts';
import { timestampText } from './timestamps.ts';

const audit = ['creator', 'creationdate', 'lastmodifier', 'lastmoddate'];
const firstUser = (random: number, n: number, users: number) => ((random % users) + n) % users;

/** Watches of pages and blog posts, of spaces, of labels; daily summaries. */
export function notificationRows(facts: SiteFacts): RowSource[] {
  const { shares, hosts, people, spaces } = facts;
  const hash = facts.hash('watch');
  const label = hiLoIds('label');
  const columns = ['contentid', 'labelid', 'spaceid', 'username', 'digest', 'network', 'contenttype', ...audit];
  const row = (subject: Value[], user: number, digest: boolean, type: string | null, time: number): Value[] => {
    const key = people.key(user);
    const when = timestampText(time);
    return [...subject, key, digest ? 't' : 'f', 'f', type, key, when, key, when];
  };
  return [
    {
      columns,
      items: shares.watches.total,
      row: (n) => {
        const host = shares.watches.find(n);
        const user = firstUser(hash(host), n - shares.watches.start(host), people.users);
        return row([hosts.id(host), null, null], user, false, hosts.isBlog(host) ? 'blogpost' : 'page', hosts.created(host));
      },
    },
    {
      columns,
      items: spaces.count,
      perItem: [2, 1, 3],
      row: (space, n) => {
        const user = firstUser(hash(space, 1), n, people.users);
        return row([null, null, spaces.id(space)], user, false, n === 1 ? 'blogpost' : null, spaces.created(space));
      },
    },
    { columns, items: 3, row: (n) => row([null, label(n), null], n + 1, false, null, people.created(1)) },
    {
      columns,
      items: Math.ceil(people.users / 10),
      row: (n) => row([null, null, null], n * 10, true, null, people.created(n * 10)),
    },
  ];
}

export function likeRows(facts: SiteFacts): RowSource[] {
  const { shares, hosts, people } = facts;
  const hash = facts.hash('like');
  return [
    {
      columns: ['contentid', 'username', 'creationdate'],
      items: shares.likes.total,
      row: (n) => {
        const host = shares.likes.find(n);
        const user = firstUser(hash(host), n - shares.likes.start(host), people.users);
        return [hosts.id(host), people.key(user), timestampText(hosts.created(host) + 1000)];
      },
    },
  ];
}

/** Who wrote at a page (collaborator), who changed it (touched). */
export function userContentRelationRows(facts: SiteFacts): RowSource[] {
  const { hosts, people } = facts;
  const hash = facts.hash('touched');
  return [
    {
      columns: ['targetcontentid', 'sourceuser', 'targettype', 'relationname', ...audit],
      items: hosts.count,
      perItem: [2, 1, 3, 2],
      row: (host, n) => {
        const key = people.key(firstUser(hash(host), n >> 1, people.users));
        const when = timestampText(hosts.created(host));
        return [
          hosts.id(host),
          key,
          hosts.isBlog(host) ? 'BLOG' : 'PAGE',
          n % 2 === 0 ? 'touched' : 'collaborator',
          key,
          when,
          key,
          when,
        ];
      },
    },
  ];
}

/** Every fortieth page is linked from the one behind it. */
export function contentRelationRows(facts: SiteFacts): RowSource[] {
  const { options, id } = facts;
  return [
    {
      columns: ['targetcontentid', 'sourcecontentid', 'targettype', 'sourcetype', 'relationname', ...audit],
      items: Math.floor(options.pages / 40),
      row: (n) => {
        const user = facts.user(101, n);
        const when = timestampText(facts.pageCreated(n * 40 + 1));
        return [id('page', n * 40), id('page', n * 40 + 1), 'PAGE', 'PAGE', 'link', user, when, user, when];
      },
    },
  ];
}

/** Every fourth user follows two others. */
export function followRows(facts: SiteFacts): RowSource[] {
  const { people } = facts;
  const followee = (user: number, n: number) => (user + 1 + n * 7) % people.users;
  return [
    {
      columns: ['follower', 'followee'],
      items: Math.ceil(people.users / 4),
      perItem: [2],
      row: (n, which) => [people.key(n * 4), people.key(followee(n * 4, which))],
    },
  ];
}

export function userRelationRows(facts: SiteFacts): RowSource[] {
  const { people } = facts;
  return [
    {
      columns: ['sourceuser', 'targetuser', 'relationname', ...audit],
      items: Math.ceil(people.users / 5),
      row: (n) => {
        const key = people.key(n * 5);
        const when = timestampText(people.created(n * 5));
        return [key, people.key((n * 5 + 3) % people.users), 'colleague', key, when, key, when];
      },
    },
  ];
}
