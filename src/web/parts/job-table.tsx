import { Anchor, Progress, Table, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { JobAnswer } from '#server/contract/job-contract.ts';
import { dateTime } from '../format/format.ts';
import { texts } from '../texts/en.ts';
import { JobState } from './state.tsx';

/** Tasks as Confluence's page lists them: type, file name, status, user, created. */
export function JobTable({ jobs }: { jobs: JobAnswer[] }) {
  const t = texts.backup;
  return (
    <div className="wide">
      <Table aria-label={t.activity}>
        <Table.Thead>
          <Table.Tr>
            {[t.type, t.fileName, t.status, t.user, t.created].map((name) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {jobs.map((job) => (
            <Table.Tr key={job.id}>
              <Table.Td>
                <Anchor component={Link} to={`/jobs/${job.id}`} size="sm">
                  {texts.types[job.type] ?? job.type}
                </Anchor>
              </Table.Td>
              <Table.Td>
                <Text
                  size="sm"
                  c={job.fileExists || job.fileName === null ? undefined : 'dimmed'}
                  lineClamp={1}
                  title={job.fileName ?? undefined}
                >
                  {job.fileName ?? (job.spaceKeys.join(', ') || job.vault || job.site)}
                </Text>
              </Table.Td>
              <Table.Td>
                <JobState job={job} />
                <JobProgress job={job} />
              </Table.Td>
              <Table.Td>{job.createdBy}</Table.Td>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>{dateTime(job.createdOn)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** How far a task in progress is. */
export function JobProgress({ job, size = 'xs' }: { job: JobAnswer; size?: 'xs' | 'md' }) {
  if (job.phase === null) return null;
  const { done, total, name } = job.phase;
  const percent = total ? Math.min(100, (100 * done) / total) : 100;
  return <Progress value={percent} animated={!total} striped={!total} size={size} mt={4} aria-label={name} />;
}
