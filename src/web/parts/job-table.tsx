import { Anchor, Group, Progress, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { JobAnswer } from '#server/contract/job-contract.ts';
import { dateTime } from '../format/format.ts';
import { texts } from '../texts/en.ts';
import { Rows } from './rows.tsx';
import { JobState } from './state.tsx';

const t = texts.backup;

/** Tasks as Confluence's page lists them: type, file name, status, user, created; the file name opens the task. */
export function JobTable({ jobs }: { jobs: readonly JobAnswer[] }) {
  return (
    <Rows
      label={t.activity}
      items={jobs}
      keyOf={({ id }) => id}
      columns="minmax(8rem, 1fr) minmax(14rem, 3fr) minmax(8rem, 1.1fr) minmax(5rem, 0.8fr) 10.5rem"
      least="50rem"
      head={[t.type, t.fileName, t.status, t.user, t.created]}
      row={(job) => [
        texts.types[job.type] ?? job.type,
        <Anchor
          key="name"
          component={Link}
          to={`/jobs/${job.id}`}
          size="sm"
          title={nameOf(job)}
          c={job.fileName !== null && !job.fileExists ? 'dimmed' : undefined}
        >
          {nameOf(job)}
        </Anchor>,
        <Group key="state" gap="xs" wrap="nowrap">
          <JobState job={job} />
          <JobProgress job={job} />
        </Group>,
        <Text key="user" size="sm" truncate title={job.createdBy}>
          {job.createdBy}
        </Text>,
        dateTime(job.createdOn),
      ]}
    />
  );
}

/** The file, or else what the task is of. */
function nameOf({ fileName, spaceKeys, site, vault, id }: JobAnswer): string {
  return fileName ?? (spaceKeys.length > 0 ? spaceKeys.join(', ') : [site, vault].filter(Boolean).join(', ') || id);
}

/** How far a task in progress is. */
export function JobProgress({ job, size = 'xs' }: { job: JobAnswer; size?: 'xs' | 'md' }) {
  if (job.phase === null) return null;
  const { done, total, name } = job.phase;
  const percent = total ? Math.min(100, (100 * done) / total) : 100;
  return <Progress value={percent} animated={!total} striped={!total} size={size} flex={1} miw={40} aria-label={name} />;
}
