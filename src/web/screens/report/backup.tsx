import { Stack } from '@mantine/core';
import type { JobDetails } from '#server/contract/job-contract.ts';
import { bytes, count, duration } from '../../format/format.ts';
import { Facts } from '../../parts/facts.tsx';
import { texts } from '../../texts/en.ts';
import { type WarningLine, Warnings } from './warnings.tsx';

const t = texts.report.backup;
const shownSpaces = 30;

interface Written {
  scope?: string;
  spaces?: string[];
  bytes?: number;
  objects?: number;
  attachments?: number;
  warnings?: WarningLine[];
  seconds?: number;
}

/** What is in an XML backup that was written. */
export function BackupReportView({ job }: { job: JobDetails }) {
  const { scope, spaces = [], objects, attachments, warnings, seconds, bytes: size } = (job.result ?? {}) as Written;
  const more = spaces.length > shownSpaces ? `, \u2026 (${count(spaces.length)})` : '';
  return (
    <Stack>
      <Facts
        of={[
          [t.objects, typeof objects === 'number' ? count(objects) : null],
          [texts.report.attachments, typeof attachments === 'number' ? count(attachments) : null],
          [t.size, typeof size === 'number' ? bytes(size) : null],
          [t.spaces, scope === 'site' ? t.whole : `${spaces.slice(0, shownSpaces).join(', ')}${more}`],
          [texts.report.time, typeof seconds === 'number' ? duration(seconds) : null],
        ]}
      />
      <Warnings of={warnings} />
    </Stack>
  );
}
