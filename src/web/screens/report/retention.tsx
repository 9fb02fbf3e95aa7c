import { Stack, Text } from '@mantine/core';
import type { JobDetails } from '#server/contract/job-contract.ts';
import { useAllSnapshots } from '../../api/queries.ts';
import { count, dateTime } from '../../format/format.ts';
import { Rows } from '../../parts/rows.tsx';
import { State } from '../../parts/state.tsx';
import { texts } from '../../texts/en.ts';

const t = texts.report.retention;

interface Decided {
  decisions?: { id: string; keep: boolean; reasons: string[] }[];
  forgotten?: number;
}

/** Which snapshots the rules keep, and why; which go. */
export function RetentionReportView({ job }: { job: JobDetails }) {
  const { decisions = [], forgotten = 0 } = (job.result ?? {}) as Decided;
  // Those that went are known by their number alone.
  const times = new Map((useAllSnapshots().data ?? []).map(({ id, time }) => [id, time]));
  const stay = decisions.filter(({ keep }) => keep).length;
  return (
    <Stack>
      <Text size="sm">
        {`${job.request.dryRun === true ? t.preview : t.done(count(forgotten))} ${t.counts(count(stay), count(decisions.length - stay))}`}
      </Text>
      {decisions.length > 0 ? (
        <Rows
          label={t.decision}
          items={decisions}
          keyOf={({ id }) => id}
          columns="11rem 7rem minmax(12rem, 1fr)"
          least="32rem"
          height={360}
          head={[t.snapshot, t.decision, t.why]}
          row={({ id, keep, reasons }) => [
            times.has(id) ? dateTime(times.get(id)!) : id.slice(0, 12),
            <State key="keep" tone={keep ? 'ok' : 'off'}>
              {keep ? t.stays : t.goes}
            </State>,
            reasons.join(', '),
          ]}
        />
      ) : null}
    </Stack>
  );
}
