import { Anchor, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { useDeferredValue, useState } from 'react';
import type { JobAnswer } from '#server/contract/job-contract.ts';
import type { SiteSpace } from '../api/queries.ts';
import { useJobs, useMe, useSpaces, useStartJob } from '../api/queries.ts';
import { bytes, relative } from '../format/format.ts';
import { Empty } from '../parts/empty.tsx';
import { Failure } from '../parts/failure.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';
import { Rows } from '../parts/rows.tsx';
import { JobState } from '../parts/state.tsx';
import { texts } from '../texts/en.ts';

const t = texts.spaces;

/** For somebody who administers spaces: each of them, its last backup, and what can be done with it. */
export function Spaces() {
  const me = useMe().data;
  const sites = (me?.sites ?? []).filter(({ spaceKeys, systemAdministrator }) => systemAdministrator || spaceKeys.length > 0);
  return (
    <Page title={t.title}>
      {sites.length === 0 ? <Empty icon="spaces" text={t.empty} /> : null}
      {sites.map(({ site }) => (
        <OfSite key={site} site={site} />
      ))}
    </Page>
  );
}

function OfSite({ site }: { site: string }) {
  const [search, setSearch] = useState('');
  const spaces = useSpaces(site, useDeferredValue(search));
  const jobs = useJobs({ types: 'space-backup', site, limit: 1000 });
  const start = useStartJob();
  const navigate = useNavigate();
  const last = new Map<string, JobAnswer>();
  for (const job of jobs.data?.jobs ?? []) for (const key of job.spaceKeys) if (!last.has(key)) last.set(key, job);
  const backUp = (space: SiteSpace) =>
    start.mutate(
      { type: 'space-backup', site, spaceKeys: [space.key], keepPermanently: false },
      { onSuccess: ({ id }) => void navigate({ to: `/jobs/${id}` }) },
    );
  return (
    <Panel
      title={site}
      side={
        <TextInput
          size="xs"
          aria-label={texts.backup.searchSpaces}
          placeholder={texts.backup.searchSpaces}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      }
    >
      <Stack>
        <Text size="sm" c="dimmed">
          {t.help}
        </Text>
        {start.isError ? <Failure error={start.error} /> : null}
        <Loaded of={spaces}>
          {(found) => (
            <Rows
              label={t.title}
              items={found}
              keyOf={({ key }) => key}
              columns="minmax(9rem, 2fr) minmax(12rem, 2fr) 19rem"
              head={[t.space, t.last, texts.common.actions]}
              least="44rem"
              row={(space) => [
                <Text key="name" size="sm" truncate title={space.name}>
                  {space.name === space.key ? space.key : `${space.name} (${space.key})`}
                </Text>,
                <Last key="last" job={last.get(space.key)} />,
                <Group key="do" gap="sm" wrap="nowrap">
                  <Download job={last.get(space.key)} name={space.name} />
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={`${t.backUp}: ${space.name}`}
                    onClick={() => backUp(space)}
                    disabled={start.isPending}
                  >
                    {t.backUp}
                  </Button>
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={`${t.restore}: ${space.name}`}
                    onClick={() => void navigate({ to: '/restore', search: { site, space: space.key } as never })}
                  >
                    {t.restore}
                  </Button>
                </Group>,
              ]}
            />
          )}
        </Loaded>
      </Stack>
    </Panel>
  );
}

function Last({ job }: { job: JobAnswer | undefined }) {
  if (!job)
    return (
      <Text size="sm" c="dimmed">
        {t.none}
      </Text>
    );
  return (
    <Group gap="xs" wrap="nowrap">
      <JobState job={job} />
      <Anchor component={Link} to={`/jobs/${job.id}`} size="sm">
        {relative(job.createdOn)}
      </Anchor>
    </Group>
  );
}

function Download({ job, name }: { job: JobAnswer | undefined; name: string }) {
  if (!job?.fileExists) return null;
  return (
    <Anchor href={`/api/jobs/${job.id}/download`} download size="sm" aria-label={`${texts.task.download}: ${name}`}>
      {`${texts.task.download} (${bytes(job.fileBytes)})`}
    </Anchor>
  );
}
