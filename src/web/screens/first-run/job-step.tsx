import { Alert, Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { JobAnswer, JobRequestBody } from '#server/contract/job-contract.ts';
import { api } from '../../api/client.ts';
import { useChange, useStartJob } from '../../api/queries.ts';
import { Failure } from '../../parts/failure.tsx';
import { Phase } from '../../parts/phase.tsx';
import { JobState } from '../../parts/state.tsx';
import { texts } from '../../texts/en.ts';
import type { StepState } from './guide-state.ts';

const t = texts.firstRun;

interface Props {
  state: StepState;
  /** The newest of its kind. */
  job: JobAnswer | null;
  request: JobRequestBody;
  start: string;
  /** What is said when it went wrong. */
  failed: string;
}

/** A step that is one job: its button, its progress, and what to do when it fails. */
export function JobStep({ state, job, request, start: startName, failed }: Props) {
  const start = useStartJob();
  const run = () => start.mutate(request);
  if (state === 'running' && job) return <Running job={job} />;
  const { error } = job ?? {};
  const isFailed = state === 'failed' && job !== null;
  return (
    <Stack gap="sm">
      {isFailed && error ? (
        <Alert color="red" title={failed} role="alert">
          <p style={{ margin: 0 }}>{error.message}</p>
          {error.hint ? <p style={{ margin: '0.4rem 0 0' }}>{`${texts.common.whatToDo}: ${error.hint}`}</p> : null}
        </Alert>
      ) : null}
      {job?.state === 'CANCELLED' && state === 'open' ? (
        <Text size="sm" role="status">
          {t.cancelled}
        </Text>
      ) : null}
      {start.isError ? <Failure error={start.error} /> : null}
      <Group>
        <Button loading={start.isPending} onClick={run}>
          {isFailed ? texts.common.retry : startName}
        </Button>
        {isFailed ? <Details job={job} /> : null}
      </Group>
    </Stack>
  );
}

function Running({ job }: { job: JobAnswer }) {
  const cancel = useChange((_: object) => api(`/api/jobs/${job.id}/cancel`, { body: {} }), 'job', 'jobs');
  return (
    <Stack gap="xs">
      {cancel.isError ? <Failure error={cancel.error} /> : null}
      {job.held ? <Text size="sm">{texts.task.held}</Text> : null}
      {job.placeInQueue > 0 ? <Text size="sm">{texts.task.place(job.placeInQueue)}</Text> : null}
      {job.phase ? <Phase job={job} /> : <JobState job={job} />}
      <Group>
        <Button
          size="xs"
          variant="default"
          loading={cancel.isPending}
          disabled={job.state !== 'QUEUED' && job.state !== 'PROCESSING'}
          onClick={() => cancel.mutate({})}
        >
          {texts.common.cancel}
        </Button>
        <Details job={job} />
      </Group>
    </Stack>
  );
}

function Details({ job }: { job: JobAnswer }) {
  return (
    <Anchor component={Link} to={`/jobs/${job.id}`} size="sm">
      {t.details}
    </Anchor>
  );
}
