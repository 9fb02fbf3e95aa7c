import { Stack, Text } from '@mantine/core';
import type { JobDetails } from '#server/contract/job-contract.ts';
import { bytes, count } from '../../format/format.ts';
import { Rows } from '../../parts/rows.tsx';
import { texts } from '../../texts/en.ts';

const t = texts.report.copy;

interface Copied {
  copied?: { from: string; to: string; storedBytes: number }[];
  skipped?: unknown[];
  failed?: { from: string; message: string }[];
}

/** Which snapshots went into the second vault, and which could not. */
export function CopyReportView({ job }: { job: JobDetails }) {
  const { copied = [], skipped = [], failed = [] } = (job.result ?? {}) as Copied;
  return (
    <Stack>
      <Text size="sm">{t.done(count(copied.length), count(skipped.length))}</Text>
      {failed.length > 0 ? (
        <>
          <Text size="sm">{t.failed(count(failed.length))}</Text>
          <Rows
            label={t.reason}
            items={failed}
            keyOf={({ from }) => from}
            columns="9rem minmax(16rem, 1fr)"
            least="28rem"
            height={260}
            head={[t.snapshot, t.reason]}
            row={({ from, message }) => [from.slice(0, 12), message]}
          />
        </>
      ) : null}
      {copied.length > 0 ? (
        <Rows
          label={t.snapshot}
          items={copied}
          keyOf={({ from }) => from}
          columns="minmax(9rem, 1fr) 12rem"
          height={260}
          head={[t.snapshot, t.added]}
          row={({ from, storedBytes }) => [from.slice(0, 12), bytes(storedBytes)]}
        />
      ) : null}
    </Stack>
  );
}
