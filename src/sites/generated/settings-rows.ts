import { hexDigits, uuidOf } from './prng.ts';
import type { RowSource, Value } from './row-source.ts';
import type { SiteFacts } from './site-facts.ts';
import { timestampText } from './timestamps.ts';

const global = '_GLOBAL';
const plugins = [
  'inline-comments',
  'inline-tasks',
  'space-ia',
  'create-content-plugin',
  'roadmap-plugin',
  'edge-index',
  'document-conversion-library',
];

/** Settings in the XML form in which Confluence keeps them: of the site, then four of each space. */
export function bandanaRows(facts: SiteFacts): RowSource[] {
  const { spaces, options } = facts;
  const columns = ['bandanacontext', 'bandanakey', 'bandanavalue'];
  const fixed = globalSettings(facts);
  return [
    { columns, items: fixed.length, row: (n) => fixed[n]! },
    {
      columns,
      items: spaces.count,
      perItem: [4],
      row: (space, n) => {
        const key = spaces.key(space);
        if (n === 0) return [key, 'atlassian.confluence.space.settings', spaceSettings(space)];
        if (n === 1) return [key, 'atlassian.confluence.css.resource.counter', `<int>${space % 90}</int>`];
        if (n === 2) return [key, 'sidebar.nav-type', '<string>page-tree</string>'];
        return [key, 'trash.date.migration.time', `<instant>${timestampText(options.now).replace(' ', 'T')}Z</instant>`];
      },
    },
  ];
}

function globalSettings(facts: SiteFacts): Value[][] {
  const hash = facts.hash('settings');
  const text = (value: string) => `<string>${value}</string>`;
  const server = uuidOf(hash, 1).toUpperCase().slice(0, 19);
  return [
    [global, 'atlassian.confluence.settings', siteSettings(facts)],
    [global, 'confluence.server.id', text(server)],
    [global, 'confluence.server.installation.date', `<date>${timestampText(facts.people.created(0))} UTC</date>`],
    [
      global,
      'plugin.manager.state.Map',
      '<map>\n  <entry>\n    <string>com.example.app</string>\n    <boolean>false</boolean>\n  </entry>\n</map>',
    ],
    [global, 'atlassian.confluence.colour.scheme', '<string>theme &amp; colours \\ "quoted"</string>'],
    [global, 'synchrony_collaborative_editor_app_secret', text(`made-up-${hexDigits(hash, 2, 0, 24)}`)],
    [global, 'gadget.counter', '<int>0</int>'],
    [global, 'an.empty.setting', ''],
    ...plugins.map((plugin, n): Value[] => [
      global,
      `com.atlassian.confluence.plugins.confluence-${plugin}:build`,
      text(String(n + 1)),
    ]),
    [
      'com.atlassian.confluence.schedule.ScheduledJobConfiguration',
      'DEFAULT#BackupJob',
      '<com.atlassian.confluence.schedule.ScheduledJobConfiguration>\n  <enabled>false</enabled>\n</com.atlassian.confluence.schedule.ScheduledJobConfiguration>',
    ],
    [
      'com.atlassian.confluence.plugins.createcontent.impl.DefaultUserStorageService',
      'quick-create',
      `<set>\n  <string>${facts.people.key(0)}</string>\n</set>`,
    ],
  ];
}

function siteSettings(facts: SiteFacts): string {
  const entries = {
    baseUrl: 'https://confluence.example.com',
    siteTitle: 'Example &amp; Sons &lt;Wiki&gt;',
    defaultEncoding: 'UTF-8',
    allowCamelCase: 'false',
    attachmentMaxSize: '104857600',
    indexingLanguage: 'english',
    supportedUsers: String(facts.people.users),
  };
  const lines = Object.entries(entries).map(([name, value]) => `  <${name}>${value}</${name}>`);
  return `<settings>\n${lines.join('\n')}\n  <customHtmlSettings>\n    <beforeHeadEnd>&lt;!-- ]]&gt; --&gt;\t</beforeHeadEnd>\n  </customHtmlSettings>\n</settings>`;
}

function spaceSettings(space: number): string {
  return `<com.atlassian.confluence.setup.settings.SpaceSettings>\n  <overrideGlobal>${space % 2 === 0}</overrideGlobal>\n  <disableLogo>false</disableLogo>\n</com.atlassian.confluence.setup.settings.SpaceSettings>`;
}

/** Properties of users and of pages with tasks, in the order of the key (entity_name, entity_id, entity_key) by bytes. */
export function propertySetRows(facts: SiteFacts): RowSource[] {
  const { people, options, id } = facts;
  const columns = [
    'entity_name',
    'entity_id',
    'entity_key',
    'key_type',
    'boolean_val',
    'double_val',
    'string_val',
    'text_val',
    'long_val',
    'int_val',
    'date_val',
  ];
  const row = (name: string, entity: number, key: string, type: number, text: string): Value[] => [
    name,
    entity,
    key,
    type,
    type === 1 && text === 'true' ? 't' : 'f',
    type === 4 ? text : 0,
    type === 5 ? text : '',
    type === 6 ? text : '',
    type === 3 ? text : 0,
    type === 2 ? text : 0,
    null,
  ];
  return [
    {
      columns,
      items: people.users,
      perItem: [4, 1, 2],
      row: (user, n) => {
        const name = `USERPROPS-${people.key(user)}`;
        if (n === 0)
          return row(name, 0, 'confluence.prefs.homepage', 5, user % 4 === 0 ? `spacehome:${facts.spaces.key(0)}` : 'dashboard');
        if (n === 1) return row(name, 0, 'confluence.prefs.watch.my.own.content', 1, 'true');
        return n === 2
          ? row(name, 0, 'confluence.user.profile.about', 6, 'Two lines\r\nof "text" with \\ and \t')
          : row(name, 0, 'confluence.user.time.zone.offset', 4, '-2.5');
      },
    },
    {
      columns,
      items: Math.ceil(options.pages / 9),
      row: (n) =>
        row(
          'confluence_ContentEntityObject',
          id('page', n * 9),
          'confluence.inline.tasks.sequence.last',
          5,
          String(1 + (n % 20)),
        ),
    },
  ];
}

/** Keys that are random bytes and no keys. */
export function keyRows(facts: SiteFacts): RowSource[] {
  const hash = facts.hash('key');
  const bytes = (n: number, count: number) => Buffer.from(hexDigits(hash, n, 0, count * 2), 'hex').toString('base64');
  const server = uuidOf(hash, 9);
  const rows: Value[][] = [
    [`confluence:${server}`, 'RSA', 'public', bytes(1, 162)],
    [`confluence:${server}`, 'RSA', 'private', bytes(2, 635)],
  ];
  return [{ columns: ['alias', 'algorithm', 'type', 'keyspec'], items: rows.length, row: (n) => rows[n]! }];
}
