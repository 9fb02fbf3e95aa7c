import { Alert, Anchor, Code, Stack, Text } from '@mantine/core';
import { Link, useParams } from '@tanstack/react-router';
import type { JobDetails } from '#server/contract/job-contract.ts';
import { useJob } from '../api/queries.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';
import { texts } from '../texts/en.ts';
import { TaskReport } from './report/task-report.tsx';
import { TaskActions } from './task-actions.tsx';
import { TaskFacts } from './task-facts.tsx';
import { TaskLog } from './task-log.tsx';
import { TaskSkipped } from './task-skipped.tsx';

const t = texts.task;
const over = ['FINISHED', 'FAILED', 'CANCELLED'];

/** Everything that Confluence's page lists of a task, live, and what can be done with it. */
export function Task() {
  const { id } = useParams({ strict: false }) as { id: string };
  const job = useJob(id);
  return (
    <Page title={job.data ? `${texts.types[job.data.type] ?? job.data.type} ${id}` : t.title}>
      <Anchor component={Link} to="/backup" size="sm">
        {`\u2190 ${texts.backup.activity}`}
      </Anchor>
      <Loaded of={job}>
        {(found) => (
          <Stack key={id}>
            <TaskActions job={found} isOver={over.includes(found.state)} />
            <Trouble job={found} />
            <TaskFacts job={found} asOf={job.dataUpdatedAt} />
            {found.result ? <TaskReport job={found} /> : null}
            <TaskLog id={id} isOver={over.includes(found.state)} />
            {found.records.skipped > 0 ? <TaskSkipped id={id} total={found.records.skipped} /> : null}
            <Panel title={t.cli}>
              <Code block tabIndex={0} aria-label={t.cli}>
                {found.cli}
              </Code>
              <Text size="xs" c="dimmed" mt="xs">
                {t.cliHelp}
              </Text>
            </Panel>
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

/** What went wrong, in plain words, and what to do. */
function Trouble({ job: { error } }: { job: JobDetails }) {
  if (!error) return null;
  return (
    <Alert color="red" title={t.errors} role="alert">
      <p style={{ margin: 0 }}>{error.message}</p>
      {error.hint ? <p style={{ margin: '0.4rem 0 0' }}>{`${texts.common.whatToDo}: ${error.hint}`}</p> : null}
    </Alert>
  );
}
