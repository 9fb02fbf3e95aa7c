import { List, Stack, Text } from '@mantine/core';
import type { JobDetails } from '#server/contract/job-contract.ts';
import { bytes, count } from '../../format/format.ts';
import { Facts } from '../../parts/facts.tsx';
import { Rows } from '../../parts/rows.tsx';
import { State, type Tone } from '../../parts/state.tsx';
import { texts } from '../../texts/en.ts';
import { type WarningLine, Warnings } from './warnings.tsx';

const t = texts.report.inspect;
const tones: Record<string, Tone> = { yes: 'ok', 'with-notes': 'warning', no: 'failed' };

interface ContentCounts {
  pages: number;
  blogPosts: number;
  comments: number;
  attachments: number;
  versions: number;
}

interface Reason {
  code: string;
  message: string;
  hint?: string;
}

interface Inspected {
  backup?: { bytes: number; unpackedBytes: number };
  kind?: string;
  createdByVersion?: string | null;
  createdByBuild?: number | null;
  dialect?: string;
  date?: string | null;
  objects?: number;
  truncation?: unknown;
  spaces?: { key: string; name: string | null; content: ContentCounts }[];
  attachments?: { files: number; bytes: number; withoutFile: number };
  users?: { keyed: number };
  appTables?: unknown[];
  problems?: WarningLine[];
  restorable?: { verdict: string; reasons: Reason[]; notes: Reason[] };
}

/** What a backup file is and holds, and whether it can be restored. */
export function InspectReportView({ job }: { job: JobDetails }) {
  const report = (job.result ?? {}) as Inspected;
  const { restorable, attachments, spaces = [], appTables = [] } = report;
  return (
    <Stack>
      {restorable ? (
        <State tone={tones[restorable.verdict] ?? 'off'}>{t.verdicts[restorable.verdict] ?? restorable.verdict}</State>
      ) : null}
      {report.truncation ? <Text size="sm">{t.truncated}</Text> : null}
      <Facts
        of={[
          [t.kind, t.kinds[report.kind ?? ''] ?? report.kind ?? null],
          [texts.report.version, report.createdByVersion ?? (report.createdByBuild ? String(report.createdByBuild) : null)],
          [t.dialect, report.dialect ?? null],
          [t.date, report.date ?? null],
          [t.objects, typeof report.objects === 'number' ? count(report.objects) : null],
          [texts.report.spaces, count(spaces.length)],
          [texts.report.users, report.users ? count(report.users.keyed) : null],
          [
            texts.report.attachments,
            attachments ? texts.report.filesOf(count(attachments.files), bytes(attachments.bytes)) : null,
          ],
          [t.unpacked, report.backup ? bytes(report.backup.unpackedBytes) : null],
        ]}
      />
      <Reasons label={t.reasons} of={restorable?.reasons ?? []} />
      <Reasons label={t.notes} of={restorable?.notes ?? []} />
      {attachments && attachments.withoutFile > 0 ? <Text size="sm">{t.withoutFile(count(attachments.withoutFile))}</Text> : null}
      {appTables.length > 0 ? <Text size="sm">{t.apps(count(appTables.length))}</Text> : null}
      {spaces.length > 0 ? (
        <Rows
          label={texts.report.spaces}
          items={spaces}
          keyOf={({ key }) => key}
          columns="minmax(10rem, 1fr) 5rem 6rem 6rem 7rem 6rem"
          least="44rem"
          height={360}
          head={[texts.report.space, t.pages, t.blogPosts, t.comments, texts.report.attachments, t.versions]}
          row={({ key, name, content }) => [
            name && name !== key ? `${name} (${key})` : key,
            count(content.pages),
            count(content.blogPosts),
            count(content.comments),
            count(content.attachments),
            count(content.versions),
          ]}
        />
      ) : null}
      <Warnings of={report.problems} label={t.problems} />
    </Stack>
  );
}

function Reasons({ label, of }: { label: string; of: Reason[] }) {
  if (of.length === 0) return null;
  return (
    <div>
      <h3>{label}</h3>
      <List size="sm">
        {of.map(({ code, message, hint }) => (
          <List.Item key={`${code} ${message}`}>{hint ? `${message} ${hint}` : message}</List.Item>
        ))}
      </List>
    </div>
  );
}
