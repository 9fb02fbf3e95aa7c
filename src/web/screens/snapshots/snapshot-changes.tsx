import { Button, Group, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { JobAnswer } from '#server/contract/job-contract.ts';
import type { SnapshotAnswer } from '#server/contract/vault-contract.ts';
import { useAllSnapshots, useJobs, useMe, useStartJob } from '../../api/queries.ts';
import { dateTime } from '../../format/format.ts';
import { Failure } from '../../parts/failure.tsx';
import { Panel } from '../../parts/panel.tsx';
import { texts } from '../../texts/en.ts';
import { Comparison } from './comparison.tsx';
import { previousOf } from './snapshot-filter.ts';

const t = texts.snapshots;
const siteNow = 'site';

interface CompareRequest {
  snapshot?: string;
  with?: { snapshot?: string; site?: string };
}

/** What changed since the snapshot before, or between it and any other, or until now; what was compared already is shown at once. */
export function SnapshotChanges({ snapshot }: { snapshot: SnapshotAnswer }) {
  const { vault, id, site } = snapshot;
  const isServer = useMe().data?.role === 'server-administrator';
  const all = useAllSnapshots().data ?? [];
  const jobs = useJobs({ types: 'compare', vault, limit: 100 }).data?.jobs ?? [];
  const start = useStartJob();
  const others = isServer ? all.filter((one) => one.vault === vault && one.id !== id) : [];
  const before = isServer ? previousOf(snapshot, all) : undefined;
  const [chosen, choose] = useState<string | null>(null);
  const other = chosen ?? before?.id ?? siteNow;
  const found = jobs.find((job) => job.state !== 'CANCELLED' && job.state !== 'FAILED' && isOf(job, id, other, others));
  const compare = () => {
    const otherOne = others.find((one) => one.id === other);
    if (!otherOne) start.mutate({ type: 'compare', vault, snapshot: id, with: { site } });
    // From the older to the newer.
    else if (otherOne.time < snapshot.time) start.mutate({ type: 'compare', vault, snapshot: other, with: { snapshot: id } });
    else start.mutate({ type: 'compare', vault, snapshot: id, with: { snapshot: other } });
  };
  return (
    <Panel title={t.changes}>
      <Stack>
        <Group align="flex-end" gap="sm">
          <Select
            label={t.changesWith}
            data={[
              ...(before ? [{ value: before.id, label: t.theOneBefore(dateTime(before.time)) }] : []),
              { value: siteNow, label: t.siteNow },
              ...others
                .filter((one) => one.id !== before?.id)
                .map((one) => ({ value: one.id, label: `${dateTime(one.time)}, ${one.site}` })),
            ]}
            value={other}
            onChange={choose}
            allowDeselect={false}
            searchable
            limit={200}
            nothingFoundMessage={texts.common.none}
            miw={300}
            maw="100%"
          />
          <Button variant="default" loading={start.isPending} onClick={compare}>
            {t.compare}
          </Button>
        </Group>
        {start.isError ? <Failure error={start.error} /> : null}
        {found ? <Comparison key={found.id} id={found.id} /> : null}
        {isServer && others.length === 0 ? (
          <Text size="sm" c="dimmed">
            {t.noOther}
          </Text>
        ) : null}
      </Stack>
    </Panel>
  );
}

/** Whether a job compared just these two, whichever came first. With the site it is what the site was then. */
function isOf(job: JobAnswer, id: string, other: string, others: readonly SnapshotAnswer[]): boolean {
  const { snapshot, with: against } = job.request as CompareRequest;
  if (!others.some((one) => one.id === other)) return snapshot === id && against?.site !== undefined;
  return (snapshot === id && against?.snapshot === other) || (snapshot === other && against?.snapshot === id);
}
