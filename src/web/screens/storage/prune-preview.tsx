import { Anchor, Button, Group, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { JobRequestBody } from '#server/contract/job-contract.ts';
import { useJob, useJobs } from '../../api/queries.ts';
import { bytes, count, relative } from '../../format/format.ts';
import { texts } from '../../texts/en.ts';
import { freedBytes, type Pruned } from '../report/prune.tsx';

const t = texts.storage;

interface Props {
  vault: string;
  run: (request: JobRequestBody) => void;
  prune: () => void;
}

/** What the newest preview said a prune would free, unless one ran since; and the buttons for both. */
export function PrunePreview({ vault, run, prune }: Props) {
  const jobs = useJobs({ types: 'prune', vault, states: 'FINISHED', schedules: 'include', limit: 20 }).data?.jobs ?? [];
  const newest = jobs[0]?.request.dryRun === true ? jobs[0] : undefined;
  const preview = useJob(newest?.id ?? '', newest !== undefined).data;
  const pruned = (preview?.result ?? {}) as Pruned;
  const freed = freedBytes(pruned);
  const packs = (pruned.unused?.packs ?? 0) + (pruned.repacked?.packs ?? 0);
  return (
    <div>
      <Group gap="sm">
        <Button size="xs" variant="default" onClick={() => run({ type: 'prune', vault, dryRun: true })}>
          {t.prunePreview}
        </Button>
        <Button size="xs" variant="default" onClick={prune}>
          {t.prune}
        </Button>
      </Group>
      {newest && preview?.result ? (
        <Text size="sm" mt={4}>
          {`${freed > 0 ? t.wouldFree(bytes(freed), count(packs)) : t.wouldFreeNothing} `}
          <Anchor component={Link} to={`/jobs/${newest.id}`} size="sm">
            {t.previewOf(relative(newest.createdOn))}
          </Anchor>
        </Text>
      ) : null}
    </div>
  );
}
