import { Stack, Text } from '@mantine/core';
import type { JobDetails } from '#server/contract/job-contract.ts';
import { bytes, count, dateTime, duration } from '../../format/format.ts';
import { Facts } from '../../parts/facts.tsx';
import { Rows } from '../../parts/rows.tsx';
import { texts } from '../../texts/en.ts';
import { type WarningLine, Warnings } from './warnings.tsx';

const t = texts.report;

interface RestoredSpace {
  key: string;
  name: string | null;
  action: string;
  as?: string;
  reason?: string;
}

interface Counts {
  processed: number;
  persisted: number;
  reused: number;
  skipped: number;
}

/** What is read of the report of a restore: of spaces, of a site from a file, or of a whole site from a snapshot. */
interface Restored {
  outcome?: string;
  backup?: { createdByVersion?: string | null };
  spaces?: RestoredSpace[];
  records?: Counts;
  users?: { total: number; created: number };
  groupsMissing?: string[];
  attachments?: { files: number; bytes: number };
  warnings?: WarningLine[];
  previous?: string | null;
  safetyBackup?: string | null;
  seconds?: number;
  tables?: Record<string, Counts> | number;
  rows?: number;
  files?: number;
  fileBytes?: number;
  time?: string;
  target?: { database?: string; version?: string | null };
  stagingChanges?: { what: string; count: number }[];
}

/** A plan or a restore: what was (or would be) written, what becomes of each space, what is left out. */
export function RestoreReportView({ job }: { job: JobDetails }) {
  const report = (job.result ?? {}) as Restored;
  const isPlan = report.outcome === 'plan';
  const { users, attachments, groupsMissing = [], spaces = [], records, warnings, stagingChanges = [] } = report;
  const isWhole = typeof report.rows === 'number';
  return (
    <Stack>
      <Text size="sm">{isPlan ? t.nothingWritten : t.written}</Text>
      <Facts
        of={[
          [t.records, isWhole ? count(report.rows!) : records ? recordsOf(records, isPlan) : count(job.records.processed)],
          [t.tables, typeof report.tables === 'number' ? count(report.tables) : null],
          [t.spaces, isWhole ? null : count(spaces.length)],
          [t.attachments, attachments ? t.filesOf(count(attachments.files), bytes(attachments.bytes)) : null],
          [t.files, typeof report.files === 'number' ? t.filesOf(count(report.files), bytes(report.fileBytes ?? 0)) : null],
          [t.users, users && users.total > 0 ? usersOf(users) : null],
          [t.version, report.backup?.createdByVersion ?? null],
          [t.asOf, report.time ? dateTime(report.time) : null],
          [t.target, report.target ? targetOf(report.target) : null],
          [t.staging, stagingChanges.length > 0 ? stagingOf(stagingChanges) : null],
          [t.safety, report.safetyBackup ?? null],
          [t.previous, report.previous ?? null],
          [t.time, typeof report.seconds === 'number' ? duration(report.seconds) : null],
        ]}
      />
      {groupsMissing.length > 0 ? <Text size="sm">{t.groupsMissing(groupsMissing.slice(0, 100).join(', '))}</Text> : null}
      <Warnings of={warnings} />
      {spaces.length > 0 ? <Spaces spaces={spaces} /> : null}
      {report.tables && typeof report.tables === 'object' ? <Tables tables={report.tables} /> : null}
    </Stack>
  );
}

function recordsOf({ persisted, reused, skipped }: Counts, isPlan: boolean): string {
  return (isPlan ? t.recordsPlan : t.recordsOf)(count(persisted), count(reused), count(skipped));
}

function usersOf({ total, created }: { total: number; created: number }): string {
  return t.usersFound(count(total), count(total - created), count(created));
}

function targetOf({ database = '', version }: { database?: string; version?: string | null }): string {
  const what = t.targets[database] ?? database;
  return version ? t.targetVersion(what, version) : what;
}

function stagingOf(changes: { what: string; count: number }[]): string {
  return changes.map(({ what, count: times }) => t.stagingOf(what, count(times))).join(', ');
}

function Spaces({ spaces }: { spaces: RestoredSpace[] }) {
  return (
    <Rows
      label={t.spaces}
      items={spaces}
      keyOf={({ key }) => key}
      columns="minmax(10rem, 1fr) minmax(12rem, 1.4fr)"
      least="24rem"
      height={320}
      head={[t.space, t.action]}
      row={({ key, name, action, as, reason }) => [
        name && name !== key ? `${name} (${key})` : key,
        [t.actions[action] ?? action, as ? t.asKey(as) : '', reason ?? ''].filter(Boolean).join('; '),
      ]}
    />
  );
}

/** By table of the database: folded, for who wants to know. */
function Tables({ tables }: { tables: Record<string, Counts> }) {
  const all = Object.entries(tables).filter(([, { processed }]) => processed > 0);
  if (all.length === 0) return null;
  return (
    <details>
      <summary>{`${t.tables} (${count(all.length)})`}</summary>
      <Rows
        label={t.tables}
        items={all}
        keyOf={([name]) => name}
        columns="minmax(10rem, 1fr) 6rem 6rem 6rem"
        least="30rem"
        height={320}
        head={[t.table, t.records, texts.task.reused, texts.task.skipped]}
        row={([name, { persisted, reused, skipped }]) => [name, count(persisted), count(reused), count(skipped)]}
      />
    </details>
  );
}
