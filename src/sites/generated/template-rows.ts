import { hiLoIds } from './hi-lo.ts';
import type { RowSource, Value } from './row-source.ts';
import type { SiteFacts } from './site-facts.ts';
import { timestampText } from './timestamps.ts';

const global = 5;

/** Page templates: global ones, one for every other space, a historical version of some of these. */
export const templateCount = (facts: SiteFacts) => global + Math.ceil(facts.spaces.count / 2);

const columns = [
  'hibernateversion',
  'templatename',
  'templatedesc',
  'pluginkey',
  'modulekey',
  'refpluginkey',
  'refmodulekey',
  'content',
  'spaceid',
  'prevver',
  'version',
  'creator',
  'creationdate',
  'lastmodifier',
  'lastmoddate',
  'bodytypeid',
];
const blueprints = 'com.atlassian.confluence.plugins.confluence-business-blueprints';

export function templateRows(facts: SiteFacts): RowSource[] {
  const { spaces } = facts;
  const id = hiLoIds('pagetemplates');
  const perSpace = Math.ceil(spaces.count / 2);
  const row = (name: string, n: number, space: number | null, version: number, previous: number | null): Value[] => {
    const user = facts.user(71, n);
    const created = facts.people.created(0) + n * 1_234_567;
    const plugin = n < global && n % 2 === 0;
    return [
      version + 1,
      name,
      n % 3 === 0 ? null : `How to write a ${name}`,
      plugin ? blueprints : null,
      plugin ? `blueprint-page-${n}` : null,
      plugin ? blueprints : null,
      plugin ? `blueprint-${n}` : null,
      templateBody(name, version),
      space === null ? null : spaces.id(space),
      previous,
      version,
      user,
      timestampText(created),
      user,
      timestampText(created + version * 86_400_000),
      2,
    ];
  };
  const nameOf = (space: number) => `${facts.titles.some(space, space + 1)} template`;
  return [
    { columns, items: global, row: (n) => row(`Global template ${n + 1}`, n, null, 1, null) },
    { columns, items: perSpace, row: (n) => row(nameOf(n * 2), global + n, n * 2, n % 3 === 0 ? 2 : 1, null) },
    { columns, items: Math.ceil(perSpace / 3), row: (n) => row(nameOf(n * 6), global + n * 3, null, 1, id(global + n * 3)) },
  ];
}

function templateBody(name: string, version: number): string {
  return (
    '<at:declarations><at:string at:name="owner" /><at:textarea at:columns="80" at:name="goal" at:rows="4" /></at:declarations>' +
    `<h1>${name}</h1><p><ac:placeholder>Write what it is about &amp; for whom</ac:placeholder></p>` +
    `<p>Owner: <at:var at:name="owner" />, version ${version}</p>\n<ac:structured-macro ac:name="toc" />`
  );
}
