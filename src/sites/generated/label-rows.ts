import type { AttachmentFacts } from './attachment-facts.ts';
import { hiLoIds } from './hi-lo.ts';
import type { RowSource, Value } from './row-source.ts';
import { latin, spaceScripts } from './script-words.ts';
import type { SiteFacts } from './site-facts.ts';
import { templateCount } from './template-rows.ts';
import { timestampText } from './timestamps.ts';

/** Labels: global ones, then the favourites of users (`my`), then those of teams. */
interface LabelCounts {
  global: number;
  my: number;
  team: number;
}

export function labelCounts(facts: SiteFacts): LabelCounts {
  return {
    global: Math.min(2000, 40 + Math.floor(facts.options.pages / 50)),
    my: Math.ceil(facts.people.users / 3),
    team: Math.ceil(facts.spaces.count / 8),
  };
}

function labelName(n: number): string {
  const script = n % 6 === 5 ? spaceScripts[n % spaceScripts.length]! : latin;
  const { subjects, kinds } = script;
  const number = Math.floor(n / subjects.length);
  return `${subjects[n % subjects.length]}${number === 0 ? '' : `-${kinds[number % kinds.length]}-${number}`}`;
}

export function labelRows(facts: SiteFacts): RowSource[] {
  const counts = labelCounts(facts);
  const begin = facts.people.created(0);
  const columns = ['name', 'namespace', 'owner', 'creationdate', 'lastmoddate'];
  const row = (name: string, namespace: string, owner: string | null, n: number): Value[] => {
    const time = timestampText(begin + n * 86_400_017);
    return [name, namespace, owner, time, time];
  };
  return [
    // The number keeps apart labels whose words are the same in two scripts.
    {
      columns,
      items: counts.global,
      row: (n) => row(n % 6 === 5 ? `${labelName(n)}-${n}` : labelName(n), 'global', null, n % 2000),
    },
    { columns, items: counts.my, row: (n) => row('favourite', 'my', facts.people.key(n * 3), n % 2000) },
    {
      columns,
      items: counts.team,
      row: (n) =>
        row(
          `team-${facts.people.group(n % facts.people.groups)}-${n}`,
          'team',
          facts.people.key(facts.spaces.owner(n * 8)),
          n % 2000,
        ),
    },
  ];
}

/** Which label hangs on what: pages, blog posts, attachments, templates, descriptions of spaces (teams), favourites. */
export function labellingRows(facts: SiteFacts, files: AttachmentFacts): RowSource[] {
  const hash = facts.hash('labelling');
  const labels = labelCounts(facts);
  const label = hiLoIds('label');
  const template = hiLoIds('pagetemplates');
  const { hosts, shares } = facts;
  const columns = [
    'labelid',
    'contentid',
    'pagetemplateid',
    'owner',
    'creationdate',
    'lastmoddate',
    'labelableid',
    'labelabletype',
  ];
  const onContent = (which: number, content: number, owner: string | null, time: number): Value[] => {
    const when = timestampText(time);
    return [label(which), content, null, owner, when, when, content, 'CONTENT'];
  };
  /** Some labels are on many pages, no page has one twice. */
  const popular = (owner: number, n: number) => {
    const share = hash(owner) / 4294967296;
    return (Math.floor(labels.global * share * share) + n) % labels.global;
  };
  return [
    {
      columns,
      items: shares.labels.total,
      row: (n) => {
        const host = shares.labels.find(n);
        return onContent(popular(host, n - shares.labels.start(host)), hosts.id(host), facts.author(61, n), hosts.created(host));
      },
    },
    {
      columns,
      items: Math.ceil(files.current / 10),
      row: (n) => onContent(popular(n * 10 + 7, 0), files.id(n * 10), facts.author(62, n), files.created(n * 10)),
    },
    {
      columns,
      items: templateCount(facts),
      row: (n) => {
        const when = timestampText(facts.people.created(0));
        return [label(popular(n, 3)), null, template(n), facts.user(63, n), when, when, template(n), 'PAGETEMPLATE'];
      },
    },
    {
      columns,
      items: labels.team,
      row: (n) =>
        onContent(
          labels.global + labels.my + n,
          facts.id('spaceDescription', n * 8),
          facts.people.key(facts.spaces.owner(n * 8)),
          facts.spaces.created(n * 8),
        ),
    },
    {
      columns,
      items: labels.my,
      row: (n) => {
        const page = hash(n, 9) % facts.options.pages;
        return onContent(labels.global + n, facts.id('page', page), facts.people.key(n * 3), facts.pageCreated(page));
      },
    },
  ];
}
