import { Stack, Text } from '@mantine/core';
import type { JobDetails } from '#server/contract/job-contract.ts';
import { bytes, count, dateTime } from '../../format/format.ts';
import { Facts } from '../../parts/facts.tsx';
import { Rows } from '../../parts/rows.tsx';
import { texts } from '../../texts/en.ts';

const t = texts.report.repair;

interface Repaired {
  dryRun?: boolean;
  actions?: { object: string; message: string }[];
  totalActions?: number;
  packs?: { damaged: number; savedChunks: number; savedBytes: number };
  refilledChunks?: number;
  snapshots?: { damage: { snapshot: string; time: string }; replacedBy: string | null }[];
}

/** What was mended, what came back, and which snapshots lost something for good. */
export function RepairReportView({ job }: { job: JobDetails }) {
  const { dryRun, actions = [], packs, refilledChunks = 0, snapshots = [], ...more } = (job.result ?? {}) as Repaired;
  const total = more.totalActions ?? actions.length;
  return (
    <Stack>
      <Text size="sm">
        {[dryRun ? t.preview : '', total === 0 ? t.nothing : (dryRun ? t.would : t.done)(count(total))].filter(Boolean).join(' ')}
      </Text>
      <Facts
        of={[
          [t.refilled, refilledChunks > 0 ? t.chunks(count(refilledChunks)) : null],
          [t.saved, packs && packs.savedChunks > 0 ? `${t.chunks(count(packs.savedChunks))} (${bytes(packs.savedBytes)})` : null],
        ]}
      />
      {snapshots.length > 0 ? (
        <Rows
          label={t.lost}
          items={snapshots}
          keyOf={({ damage }) => damage.snapshot}
          columns="11rem minmax(14rem, 1fr)"
          least="28rem"
          height={260}
          head={[texts.backup.snapshot, t.lost]}
          row={({ damage, replacedBy }) => [
            dateTime(damage.time),
            replacedBy ? t.replaced(replacedBy.slice(0, 12)) : t.notReplaced,
          ]}
        />
      ) : null}
      {actions.length > 0 ? (
        <Rows
          label={t.did}
          items={actions}
          keyOf={({ object, message }) => `${object} ${message}`}
          columns="minmax(12rem, 1fr) minmax(16rem, 2fr)"
          least="34rem"
          height={300}
          head={[t.object, t.did]}
          row={({ object, message }) => [
            <span key="object" title={object}>
              {object}
            </span>,
            message,
          ]}
        />
      ) : null}
    </Stack>
  );
}
