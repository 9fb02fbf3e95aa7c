import type { WarningGroup } from '#base/warnings.ts';
import type { ExportReport } from '#flows/export/export-report.ts';
import type { RestoreReport } from '#flows/restore/restore-report.ts';
import { bytes, duration } from './terminal-progress.ts';

const shown = 5;

/** The report of a restore, or its plan, for people. */
export function restoreText(report: RestoreReport): string {
  const lines: string[] = [];
  const isPlan = report.outcome === 'plan';
  const what = report.scope === 'site' ? 'the whole site' : 'spaces';
  lines.push(
    isPlan
      ? `Plan: restore ${what} into '${report.site}'. Nothing was changed.`
      : `Restored ${what} into '${report.site}' in ${duration(report.seconds)}.`,
  );
  lines.push(backupLine(report));
  for (const space of report.spaces.slice(0, 50)) {
    const as = space.as ? ` as ${space.as}` : '';
    const words = { restore: 'restored', replace: 'replaces the one in the site', skip: 'left out' }[space.action];
    lines.push(`  ${space.key}${as} '${space.name ?? ''}': ${words}${space.reason ? ` (${space.reason})` : ''}`);
  }
  if (report.spaces.length > 50) lines.push(`  and ${report.spaces.length - 50} more spaces`);
  const { processed, persisted, reused, skipped } = report.records;
  lines.push(
    `Records: ${count(processed)} processed, ${count(persisted)} ${isPlan ? 'to be written' : 'written'}, ${count(reused)} reused, ${count(skipped)} skipped`,
  );
  lines.push(`Attachment files: ${count(report.attachments.files)} (${bytes(report.attachments.bytes)})`);
  const { users } = report;
  if (users.total > 0) {
    lines.push(
      `Users: ${users.byKey} found by key, ${users.byName} by name, ${users.byEmail} by e-mail, ${users.byMapping} by the mapping, ${users.created} new`,
    );
  }
  if (report.groupsMissing.length > 0) lines.push(`Groups that the site does not have: ${report.groupsMissing.join(', ')}`);
  const lost = Object.entries(report.propertiesWithoutColumn);
  if (lost.length > 0)
    lines.push(`Properties that this database has no column for: ${lost.map(([name, n]) => `${name} (${n})`).join(', ')}`);
  for (const entry of report.classesWithoutTable) {
    lines.push(
      `Class ${entry.className}: ${entry.objects} objects ${entry.became ? `became ${entry.became}` : 'have no table here and were not restored'}`,
    );
  }
  lines.push(...warningLines(report.warnings.filter((group) => group.code !== 'PROPERTY_WITHOUT_COLUMN')));
  if (report.safetyBackup) lines.push(`Safety backup of what was replaced: ${report.safetyBackup}`);
  if (report.previous) lines.push(`The site as it was is kept (${report.previous}): oxbow sandbox rollback ${report.site}`);
  return lines.join('\n');
}

export function exportText(report: ExportReport): string {
  const what =
    report.scope === 'site' ? `the site '${report.site}'` : `the spaces ${report.spaces.join(', ')} of '${report.site}'`;
  return [
    `Wrote an XML backup of ${what} in ${duration(report.seconds)}: ${report.path} (${bytes(report.bytes)})`,
    `${count(report.objects)} objects, ${count(report.attachments)} attachment files`,
    ...warningLines(report.warnings),
  ].join('\n');
}

/** Each kind of warning with its number and its first examples. */
export function warningLines(groups: WarningGroup[]): string[] {
  return groups.flatMap((group) => [
    `Warning ${group.code} (${count(group.count)}):`,
    ...group.examples.slice(0, shown).map((warning) => `  ${warning.object ? `${warning.object}: ` : ''}${warning.message}`),
    ...(group.count > shown
      ? [`  and ${count(group.count - Math.min(shown, group.examples.length))} more (all of them with --json)`]
      : []),
  ]);
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function backupLine({ backup }: RestoreReport): string {
  const facts = [
    backup.kind,
    ...(backup.dialect ? [`${backup.dialect} dialect`] : []),
    backup.source,
    ...(backup.date ? [backup.date] : []),
  ];
  return `Backup: ${backup.path} (${facts.join(', ')})`;
}
