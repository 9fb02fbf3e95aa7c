import type { ContentCounts, InspectReport, Restorability } from '#flows/inspect/inspect-report.ts';
import { warningLines } from './report-text.ts';
import { bytes } from './terminal-progress.ts';

const spacesShown = 100;
const listShown = 20;

const columns: [keyof ContentCounts, string][] = [
  ['pages', 'pages'],
  ['blogPosts', 'blog posts'],
  ['comments', 'comments'],
  ['attachments', 'attachments'],
  ['versions', 'versions'],
  ['drafts', 'drafts'],
  ['trash', 'trash'],
];

/** What `oxbow inspect` prints for people. Names out of the backup cannot steer the terminal: control characters are shown as `?`. */
export function inspectText(report: InspectReport): string {
  const lines = [
    ...headLines(report),
    '',
    ...spaceLines(report),
    ...userLines(report),
    ...attachmentLines(report),
    ...appLines(report),
    ...classLines(report),
    ...(report.problems.length > 0 ? ['', 'Problems', ...warningLines(report.problems)] : ['', 'No problems found.']),
    '',
    ...verdictLines(report.restorable),
  ];
  return lines.map((line) => line.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '?')).join('\n');
}

function headLines(report: InspectReport): string[] {
  const { backup } = report;
  const says = { descriptor: 'its descriptor says so', content: 'concluded from its content', option: 'as the option says' };
  const version = report.createdByVersion
    ? `Confluence ${report.createdByVersion}`
    : 'a Confluence that does not give its version';
  const build = report.createdByBuild === null ? '' : `, build ${report.createdByBuild}`;
  const compatible = report.compatibleBuild === null ? '' : ` (for build ${report.compatibleBuild} and newer)`;
  const dialect = { legacy: 'legacy (up to 8.2)', cloud: 'Cloud', current: 'current (8.3 and later)' }[report.dialect];
  return [
    `${backup.path}`,
    `Kind:       ${report.kind} backup; ${says[report.kindFrom]}${report.spaceKeys.length > 0 ? `; of ${list(report.spaceKeys)}` : ''}`,
    `Written by: ${version}${build}${compatible}, ${report.source}`,
    `Date:       ${report.date ?? 'not given'}`,
    `Dialect:    ${dialect}`,
    `Container:  ${backup.container}, ${bytes(backup.bytes)}, ${plural(backup.entries, 'entry', 'entries')}, ${bytes(backup.unpackedBytes)} unpacked; entities.xml ${bytes(backup.entitiesBytes)}`,
    report.truncation
      ? `Objects:    ${count(report.truncation.completeObjects)} complete ones; entities.xml is CUT OFF at byte ${count(report.truncation.atByte)}`
      : `Objects:    ${count(report.objects)}`,
  ];
}

function spaceLines(report: InspectReport): string[] {
  const { spaces } = report;
  const rows = spaces
    .slice(0, spacesShown)
    .map((space) => [
      space.key,
      `${space.name ?? ''}${space.foreign ? ' (foreign)' : ''}`.slice(0, 50),
      space.type ?? '',
      ...numbers(space.content),
    ]);
  const extra = (label: string, content: ContentCounts) =>
    columns.some(([name]) => content[name] > 0) ? [['', label, '', ...numbers(content)]] : [];
  const body = [...rows, ...extra('(of the site)', report.siteContent), ...extra('(belongs to no space)', report.withoutSpace)];
  const head = ['key', 'name', 'type', ...columns.map(([, title]) => title)];
  return [
    `Spaces (${count(spaces.length)})`,
    ...(body.length > 0 ? table([head, ...body]) : []),
    ...(spaces.length > spacesShown ? [`  and ${count(spaces.length - spacesShown)} more spaces (all of them with --json)`] : []),
  ];
}

function userLines({ users }: InspectReport): string[] {
  const parts = [
    [users.keyed, 'by key'],
    [users.byNameOnly, 'by name only'],
    [users.directoryUsers, 'in user directories'],
    [users.oldUsers, 'of 3.x'],
  ].filter(([n]) => n !== 0);
  const groups = users.groups + users.oldGroups;
  return [
    `Users:       ${parts.length > 0 ? parts.map(([n, what]) => `${count(Number(n))} ${what}`).join(', ') : 'none'}`,
    `Groups:      ${groups > 0 ? `${count(groups)}, with ${count(users.memberships)} memberships` : 'none'}`,
  ];
}

function attachmentLines({ attachments: a }: InspectReport): string[] {
  const lacking = [
    ...(a.withoutFile > 0 ? [`${plural(a.withoutFile, 'version')} without a file`] : []),
    ...(a.withoutFileInTrash > 0 ? [`${plural(a.withoutFileInTrash, 'version')} in the trash without a file`] : []),
    ...(a.withoutRow.files > 0 ? [`${plural(a.withoutRow.files, 'file')} that no record describes`] : []),
  ];
  const trouble = lacking.length > 0 ? `; ${lacking.join(', ')}` : '';
  return [`Attachments: ${plural(a.files, 'file')}, ${bytes(a.bytes)}, for ${plural(a.versions, 'version')}${trouble}`];
}

function appLines(report: InspectReport): string[] {
  const lines: string[] = [];
  const filled = report.appTables.filter((entry) => entry.rows > 0).sort((a, b) => b.rows - a.rows);
  if (report.appTables.length > 0) {
    const names = filled.map(
      (entry) => `${entry.table} ${count(entry.rows)}${entry.from === 'inline-tasks-csv' ? ' (CSV)' : ''}`,
    );
    lines.push(
      `App data:    ${plural(report.appTables.length, 'table')}${names.length > 0 ? `; rows: ${list(names)}` : ', all empty'}`,
    );
  }
  const { otherEntries: other } = report;
  if (other.count > 0) {
    lines.push(
      `Other entries (${count(other.count)}, ${bytes(other.bytes)}): ${list(
        other.first.map((entry) => entry.name),
        other.count,
      )}`,
    );
  }
  return lines;
}

function classLines(report: InspectReport): string[] {
  const rows = report.classes.map((entry) => [entry.className, count(entry.objects), entry.known ? '' : 'unknown to Oxbow']);
  const properties = report.propertiesWithoutColumn.map(
    (entry) => `  ${entry.property}: ${plural(entry.objects, 'object')}${entry.usedFor ? ` (used for ${entry.usedFor})` : ''}`,
  );
  return [
    '',
    `Objects by class (${count(rows.length)})`,
    ...table(rows, [1]),
    ...(properties.length > 0 ? ['', 'Properties that a Data Center 8.x database has no column for', ...properties] : []),
    ...(report.danglingReferences.length > 0 ? ['', 'References to records that are not in the backup'] : []),
    ...report.danglingReferences.map((d) => `  ${d.className}.${d.property} to a missing ${d.to}: ${count(d.references)}`),
  ];
}

function verdictLines(restorable: Restorability): string[] {
  const into = `a new sandbox (Confluence ${restorable.into.version}, build ${restorable.into.build})`;
  if (restorable.verdict === 'no') {
    return [
      `Can NOT be restored into ${into}:`,
      ...restorable.reasons.map(
        (reason) => `  ${reason.code}: ${reason.message.replace(/\.$/, '')}.${reason.hint ? ` ${reason.hint}` : ''}`,
      ),
    ];
  }
  return [
    `Can be restored into ${into}${restorable.verdict === 'yes' ? '.' : ', with notes:'}`,
    ...restorable.notes.map((note) => `  ${note.code}: ${note.message}`),
    ...restorable.options.map(({ option, why }) => `Add ${option}: ${why}`),
  ];
}

function numbers(content: ContentCounts): string[] {
  return columns.map(([name]) => count(content[name]));
}

/** Columns of equal width, numbers (from the fourth column on, unless named) to the right. */
function table(rows: string[][], right?: number[]): string[] {
  const width = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const isRight = (i: number) => (right ? right.includes(i) : i > 2);
  return rows.map((row) =>
    `  ${row.map((cell, i) => (isRight(i) ? cell.padStart(width[i]) : cell.padEnd(width[i]))).join('  ')}`.trimEnd(),
  );
}

function list(names: string[], all = names.length): string {
  const more = all - Math.min(names.length, listShown);
  return names.slice(0, listShown).join(', ') + (more > 0 ? ` and ${count(more)} more` : '');
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
