import type { WarningGroup } from '#base/warnings.ts';
import type { BackupReport } from '#flows/backup/backup-report.ts';
import type { DrillReport } from '#flows/drill/drill-report.ts';
import type { CompareReport, DifferenceCounts } from '#flows/inspect/compare-report.ts';
import type { TouchedContent } from '#flows/inspect/locate-damage.ts';
import type { ShownPage, ShownSnapshot } from '#flows/inspect/show-snapshot.ts';
import type { WholeRestoreReport } from '#flows/restore/restore-whole.ts';
import type { CheckReport } from '#vault/maintenance/check.ts';
import type { Damage } from '#vault/maintenance/damage.ts';
import type { PruneReport } from '#vault/maintenance/prune.ts';
import type { RepairReport } from '#vault/maintenance/repair.ts';
import type { VaultStatus } from '#vault/maintenance/status.ts';
import type { ListedSnapshot } from '#vault/snapshots/list-snapshots.ts';
import { shortId } from '#vault/snapshots/snapshot.ts';
import { bytes, duration } from './terminal-progress.ts';

const shown = 10;

export function count(value: number): string {
  return value.toLocaleString('en');
}

export function statusText(status: VaultStatus): string {
  const ratio = status.storedBytes > 0 ? (status.snapshotBytes / status.storedBytes).toFixed(1) : '-';
  const lines = [
    `Vault ${status.location} (${status.id}), format ${status.version}, made ${status.createdAt}`,
    `Snapshots: ${count(status.snapshots)}${status.newest ? `, the newest of ${status.newest}` : ''}`,
    `Stored: ${bytes(status.storedBytes)} in ${count(status.packs)} packs, for ${bytes(status.snapshotBytes)} of snapshots (${ratio} : 1)`,
    `Keys: ${status.keys.length}, opened with ${status.openedWith}`,
  ];
  if (status.lockDays > 0) lines.push(`What is written cannot be deleted for ${status.lockDays} days.`);
  if (status.damagedSnapshots > 0) lines.push(`${status.damagedSnapshots} snapshots cannot be read: run oxbow check.`);
  for (const lease of status.leases) {
    const what =
      lease.kind === 'hold' ? `Locked: ${lease.purpose}` : `At work: ${lease.purpose} (process ${lease.pid} of ${lease.host})`;
    lines.push(`${what}, since ${lease.since}`);
  }
  return lines.join('\n');
}

export function backupText(report: BackupReport): string {
  const { snapshot } = report;
  const { statistics } = snapshot;
  const lines = [
    `Snapshot ${shortId(snapshot.id)} of '${report.site}', as of ${snapshot.time}, in ${duration(report.seconds)}`,
    `Rows: ${count(statistics.rows)} in ${report.tables} tables (${bytes(statistics.rowBytes)}), ${count(report.rowsRead)} read`,
    `Files: ${count(statistics.files)} (${bytes(statistics.fileBytes)}), ${count(report.filesRead)} read`,
    `New: ${bytes(statistics.newBytes)}, stored in ${bytes(statistics.storedBytes)}`,
  ];
  if (report.fullReason) lines.push(`Every row was read: ${report.fullReason}.`);
  return [...lines, ...warningLines(report.warnings)].join('\n');
}

/** Groups of warnings with the first few of each by name. */
export function warningLines(groups: WarningGroup[]): string[] {
  const lines: string[] = [];
  for (const group of groups) {
    lines.push(`${group.code}: ${count(group.count)}`);
    for (const { object, message } of group.examples.slice(0, shown)) lines.push(`  ${object ? `${object}: ` : ''}${message}`);
    if (group.count > shown) lines.push(`  and ${count(group.count - shown)} more (all with --json)`);
  }
  return lines;
}

export function snapshotLine(snapshot: ListedSnapshot): string {
  const { summary, statistics } = snapshot;
  const scope = summary.scope === 'space' ? ` ${(summary.spaceKeys as string[]).slice(0, 5).join(',')}` : '';
  const marks = [...snapshot.tags, ...(snapshot.protected ? ['protected'] : [])];
  const drill = snapshot.drills.at(-1);
  const parts = [
    shortId(snapshot.id),
    snapshot.time.replace('T', ' ').slice(0, 19),
    `${summary.site}${scope}`,
    `${count(statistics.rows)} rows`,
    `${count(statistics.files)} files`,
    bytes(statistics.rowBytes + statistics.fileBytes),
    `+${bytes(statistics.storedBytes)}`,
    ...(marks.length > 0 ? [`[${marks.join(', ')}]`] : []),
    ...(drill ? [drill.ok ? `restores in ${duration(drill.seconds)}` : 'DOES NOT RESTORE'] : []),
  ];
  return parts.join('  ');
}

export function pruneText(report: PruneReport): string {
  const will = report.dryRun ? 'would be' : 'were';
  const lines = [
    `${count(report.unused.packs)} of ${count(report.packs)} packs (${bytes(report.unused.bytes)}) hold nothing that a snapshot needs.`,
    `${count(report.repacked.packs)} packs (${bytes(report.repacked.bytes)}) ${will} written anew, for ${bytes(report.repacked.neededBytes)} that is needed.`,
  ];
  if (!report.dryRun) lines.push(`Removed: ${count(report.removed.packs)} packs, ${bytes(report.removed.bytes)}.`);
  if (report.waiting.packs > 0)
    lines.push(`${count(report.waiting.packs)} packs wait until work that began before has ended; the next prune removes them.`);
  if (report.renewed > 0) lines.push(`Locked anew: ${count(report.renewed)} objects that are needed.`);
  if (report.locked > 0) lines.push(`${count(report.locked)} packs are still locked by the store; a later prune removes them.`);
  return lines.join('\n');
}

export function checkText(report: CheckReport, touched: TouchedContent[]): string {
  const share = report.bytes > 0 ? Math.round((100 * report.bytesRead) / report.bytes) : 100;
  const rate = report.bytesRead > 0 ? ` at ${bytes(report.bytesRead / Math.max(report.seconds, 0.001))}/s` : '';
  const lines = [
    `${count(report.snapshots)} snapshots, ${count(report.packs)} packs, ${count(report.chunks)} chunks, ${bytes(report.bytes)}`,
    `Read and verified: ${count(report.packsRead)} packs (${share} % of the data)${rate}`,
  ];
  for (const { object, message } of report.notes.slice(0, shown)) lines.push(`Note: ${object}: ${message}`);
  if (report.ok) return [...lines, 'No problems were found.'].join('\n');
  lines.push(`${count(report.totalProblems)} PROBLEMS:`);
  for (const { code, object, message } of report.problems.slice(0, 50)) lines.push(`  ${code} ${object}: ${message}`);
  lines.push(...touchedLines(touched), 'What can be saved is saved by: oxbow repair');
  return lines.join('\n');
}

/** What damage means for spaces and pages. */
function touchedLines(touched: TouchedContent[]): string[] {
  const lines: string[] = [];
  for (const { snapshot, time, whole, spaces, pages, other } of touched) {
    lines.push(
      `Snapshot ${shortId(snapshot)} of ${time}: ${whole ? 'nothing of it can be read' : 'a part of it cannot be read'}`,
    );
    if (spaces.length > 0) lines.push(`  Spaces: ${spaces.slice(0, 50).join(', ')}`);
    for (const page of pages.slice(0, shown * 2))
      lines.push(`  ${page.space ?? '-'}: '${page.title ?? ''}' (${page.id}): ${page.lost.slice(0, 5).join(', ')}`);
    if (pages.length > shown * 2) lines.push(`  and ${count(pages.length - shown * 2)} more pages (all with --json)`);
    for (const what of other.slice(0, shown)) lines.push(`  ${what}`);
    if (other.length > shown) lines.push(`  and ${count(other.length - shown)} more (all with --json)`);
  }
  return lines;
}

export function repairText(report: RepairReport, touched: TouchedContent[]): string {
  if (report.totalActions === 0) return 'There is nothing to repair.';
  const lines = [`${report.dryRun ? 'To be done' : 'Done'}: ${count(report.totalActions)} things`];
  for (const { object, message } of report.actions.slice(0, 50)) lines.push(`  ${object}: ${message}`);
  const { packs } = report;
  if (packs.damaged > 0)
    lines.push(`Damaged packs: ${packs.damaged}, with ${count(packs.savedChunks)} chunks saved (${bytes(packs.savedBytes)})`);
  if (report.refilledChunks > 0) lines.push(`Taken from the second vault: ${count(report.refilledChunks)} chunks`);
  if (report.snapshots.length === 0) return [...lines, 'Nothing is lost.'].join('\n');
  for (const { damage, replacedBy } of report.snapshots)
    lines.push(
      `LOST in snapshot ${shortId(damage.snapshot)}: ${lostText(damage)}${replacedBy ? `; the rest is snapshot ${shortId(replacedBy)}` : ''}`,
    );
  return [...lines, ...touchedLines(touched)].join('\n');
}

function lostText({ whole, total }: Damage): string {
  return whole ? 'all of it' : `${count(total.rows)} rows, ${count(total.files)} files, ${count(total.documents)} documents`;
}

export function wholeRestoreText(report: WholeRestoreReport): string {
  const { target } = report;
  const where =
    target.database === 'empty' ? 'an empty database' : `the site that is there (Confluence ${target.version ?? target.build})`;
  const what = `snapshot ${shortId(report.snapshot)}, as of ${report.time}`;
  const lines = [
    report.outcome === 'plan'
      ? `Plan: rebuild '${report.site}' out of ${what}, over ${where}. Nothing was changed.`
      : `Rebuilt '${report.site}' out of ${what} in ${duration(report.seconds)}.`,
    `Rows: ${count(report.rows)} in ${report.tables} tables; files: ${count(report.files)} (${bytes(report.fileBytes)})`,
  ];
  for (const { what: change, count: times } of report.stagingChanges) lines.push(`Made safe: ${change} (${count(times)})`);
  if (report.previous)
    lines.push('The site as it was is kept: oxbow sandbox rollback NAME puts it back, with --drop it is removed.');
  return [...lines, ...warningLines(report.warnings)].join('\n');
}

export function compareText(report: CompareReport): string {
  const title = `From ${report.before} to ${report.after}`;
  if (report.equal) return `${title}: nothing is different.`;
  const counts = (one: DifferenceCounts) =>
    `${count(one.added)} added, ${count(one.changed)} changed, ${count(one.removed)} removed`;
  const lines = [`${title}, in ${duration(report.seconds)}:`];
  for (const [table, one] of Object.entries(report.tables)) lines.push(`  ${table}: ${counts(one)}`);
  for (const table of report.tablesAdded) lines.push(`  ${table}: new table`);
  for (const table of report.tablesRemoved) lines.push(`  ${table}: table is gone`);
  for (const table of report.tablesReshaped) lines.push(`  ${table}: other columns`);
  lines.push(`Files: ${counts(report.files)}`);
  const spaces = Object.entries(report.spaces).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [space, one] of spaces.slice(0, 50)) lines.push(`Space ${space === '' ? '- (none)' : space}: ${counts(one)}`);
  for (const one of report.content.slice(0, 50)) lines.push(`  ${one.kind} ${one.object}${one.space ? ` in ${one.space}` : ''}`);
  for (const one of report.filesNamed.slice(0, 20)) lines.push(`  ${one.kind} ${one.path}`);
  if (report.content.length > 50 || report.filesNamed.length > 20) lines.push('  (more with --json)');
  return lines.join('\n');
}

export function drillText(report: DrillReport): string {
  const lines = [
    `Snapshot ${shortId(report.snapshot)}: ${report.result}.`,
    `Compared: ${count(report.rows)} rows in ${report.tables} tables, ${count(report.files)} files (${bytes(report.fileBytes)}); all in ${duration(report.seconds)}`,
  ];
  if (report.differences && !report.differences.equal)
    lines.push(compareText({ ...report.differences, seconds: report.seconds }));
  return [...lines, ...warningLines(report.warnings)].join('\n');
}

export function shownText({ snapshot, spaces, tables, warnings }: ShownSnapshot): string {
  const { summary, statistics } = snapshot;
  const lines = [
    snapshotLine(snapshot),
    `Of ${summary.kind === 'live' ? 'a live site' : 'an XML backup'}, ${summary.scope === 'site' ? 'whole' : 'some spaces'}, Confluence ${summary.productVersion ?? summary.buildNumber ?? 'of unknown version'}`,
    `As of ${snapshot.time}, complete at ${snapshot.finished}; ${bytes(statistics.newBytes)} were new, stored in ${bytes(statistics.storedBytes)}`,
  ];
  if (snapshot.copyOf) lines.push(`A copy of ${shortId(snapshot.copyOf.snapshot)} of the vault ${snapshot.copyOf.vault}`);
  if (snapshot.repaired) {
    const { lost, of } = snapshot.repaired;
    lines.push(
      `What could be saved of ${shortId(of)}: LOST are ${count(lost.rows)} rows, ${count(lost.files)} files, ${count(lost.documents)} documents`,
    );
    for (const name of lost.names.slice(0, shown)) lines.push(`  ${name}`);
  }
  for (const drill of snapshot.drills) lines.push(`Drill of ${drill.time}: ${drill.result}`);
  lines.push(`Spaces: ${spaces.length}`);
  for (const space of spaces.slice(0, 50)) lines.push(`  ${space.key}  ${space.name ?? ''}`);
  if (spaces.length > 50) lines.push(`  and ${count(spaces.length - 50)} more (all with --json)`);
  lines.push('Tables:');
  for (const table of tables.filter((one) => one.rows > 0))
    lines.push(`  ${table.name}: ${count(table.rows)} rows, ${bytes(table.bytes)}`);
  return [...lines, ...warningLines(warnings)].join('\n');
}

export function pageText(page: ShownPage): string {
  const lines = [
    `${page.type ?? 'CONTENT'} ${page.id} '${page.title ?? ''}', version ${page.version ?? '-'}, space ${page.space ?? '-'}, ${page.status ?? 'current'}`,
  ];
  for (const { body } of page.bodies) lines.push(body ?? '');
  return lines.join('\n');
}
