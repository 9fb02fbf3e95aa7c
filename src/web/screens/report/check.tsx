import { Stack, Text } from '@mantine/core';
import type { JobDetails } from '#server/contract/job-contract.ts';
import { bytes, count, dateTime } from '../../format/format.ts';
import { Facts } from '../../parts/facts.tsx';
import { Rows } from '../../parts/rows.tsx';
import { State } from '../../parts/state.tsx';
import { texts } from '../../texts/en.ts';

const t = texts.report.check;

interface TouchedPage {
  id: string;
  title: string | null;
  space: string | null;
  lost: string[];
}

interface Damage {
  snapshot: string;
  time: string;
  whole: boolean;
  total?: { rows: number; files: number };
}

interface Checked {
  ok?: boolean;
  problems?: { code: string; object: string; message: string }[];
  totalProblems?: number;
  notes?: { code?: string; object: string; message: string }[];
  damage?: Damage[];
  touched?: { snapshot: string; spaces: string[]; pages: TouchedPage[] }[];
  snapshots?: number;
  packs?: number;
  bytes?: number;
  bytesRead?: number;
}

/** The verdict, how far the check looked, and of damage: which object, which snapshots, which pages. */
export function CheckReportView({ job }: { job: JobDetails }) {
  const { ok, problems = [], totalProblems, notes = [], damage = [], touched = [], ...numbers } = (job.result ?? {}) as Checked;
  const total = totalProblems ?? problems.length;
  const pages = touched.flatMap((one) => one.pages);
  return (
    <Stack>
      <State tone={ok ? 'ok' : 'failed'}>{ok ? t.sound : t.problems(total, count(total))}</State>
      {ok ? null : <Text size="sm">{t.repair}</Text>}
      <Facts
        of={[
          [t.read, t.readOf(bytes(numbers.bytesRead ?? 0), bytes(numbers.bytes ?? 0))],
          [t.snapshots, count(numbers.snapshots ?? 0)],
          [t.packs, count(numbers.packs ?? 0)],
        ]}
      />
      {damage.length > 0 ? (
        <Rows
          label={t.damaged}
          items={damage}
          keyOf={({ snapshot }) => snapshot}
          columns="11rem minmax(16rem, 1fr)"
          least="30rem"
          height={260}
          head={[texts.backup.snapshot, t.damaged]}
          row={({ snapshot, time, whole, total }) => [dateTime(time), whole ? t.wholeLost : lossOf(snapshot, total, touched)]}
        />
      ) : null}
      {pages.length > 0 ? (
        <Rows
          label={t.pages}
          items={pages}
          keyOf={({ id, lost }) => `${id} ${lost.join()}`}
          columns="minmax(12rem, 1fr) 7rem minmax(10rem, 1fr)"
          least="34rem"
          height={300}
          head={[t.pages, texts.report.space, t.lost]}
          row={({ id, title, space, lost }) => [title ?? id, space ?? '', lost.join(', ')]}
        />
      ) : null}
      <Named label={t.problem} of={problems} />
      <Named label={t.notes} of={notes} />
    </Stack>
  );
}

function lossOf(id: string, total: Damage['total'], touched: NonNullable<Checked['touched']>): string {
  const found = touched.find(({ snapshot }) => snapshot === id);
  const parts = [
    total ? t.lostRows(count(total.rows), count(total.files)) : '',
    found && found.pages.length > 0 ? t.lostIn(count(found.pages.length), found.spaces.join(', ')) : '',
  ];
  return parts.filter(Boolean).join('; ');
}

function Named({ label, of }: { label: string; of: { object: string; message: string }[] }) {
  if (of.length === 0) return null;
  return (
    <Rows
      label={label}
      items={of}
      keyOf={({ object, message }) => `${object} ${message}`}
      columns="minmax(12rem, 1fr) minmax(16rem, 2fr)"
      least="34rem"
      height={300}
      head={[t.object, label]}
      row={({ object, message }) => [
        <span key="object" title={object}>
          {object}
        </span>,
        <span key="message" title={message}>
          {message}
        </span>,
      ]}
    />
  );
}
