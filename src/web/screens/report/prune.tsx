import { Stack, Text } from '@mantine/core';
import type { JobDetails } from '#server/contract/job-contract.ts';
import { bytes, count } from '../../format/format.ts';
import { Facts } from '../../parts/facts.tsx';
import { texts } from '../../texts/en.ts';

const t = texts.report.prune;

/** What is read of the report of a prune. */
export interface Pruned {
  dryRun?: boolean;
  packs?: number;
  bytes?: number;
  unused?: { packs: number; bytes: number };
  repacked?: { packs: number; bytes: number; neededBytes: number };
  waiting?: { packs: number };
  kept?: number;
  locked?: number;
}

/** What a prune frees, or freed. */
export function freedBytes({ unused, repacked }: Pruned): number {
  return (unused?.bytes ?? 0) + (repacked ? repacked.bytes - repacked.neededBytes : 0);
}

export function PruneReportView({ job }: { job: JobDetails }) {
  const report = (job.result ?? {}) as Pruned;
  const { dryRun, unused, repacked, waiting, kept = 0, locked = 0 } = report;
  const freed = freedBytes(report);
  return (
    <Stack>
      <Text size="sm">{dryRun ? t.preview : t.done}</Text>
      <Facts
        of={[
          [dryRun ? t.wouldFree : t.freed, freed > 0 ? bytes(freed) : t.nothing],
          [t.unused, unused ? t.packsOf(count(unused.packs), bytes(unused.bytes)) : null],
          [t.repacked, repacked ? t.packsOf(count(repacked.packs), bytes(repacked.bytes)) : null],
          [t.all, typeof report.bytes === 'number' ? t.packsOf(count(report.packs ?? 0), bytes(report.bytes)) : null],
        ]}
      />
      {waiting && waiting.packs > 0 ? <Text size="sm">{t.waiting(count(waiting.packs))}</Text> : null}
      {locked > 0 ? <Text size="sm">{t.locked(count(locked))}</Text> : null}
      {kept > 0 ? <Text size="sm">{t.kept(count(kept))}</Text> : null}
    </Stack>
  );
}
