import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { JobDetails } from '#server/contract/job-contract.ts';
import { Failure } from '../../parts/failure.tsx';
import { JobProgress } from '../../parts/job-table.tsx';
import { texts } from '../../texts/en.ts';
import { RestoreReportView } from '../report/restore.tsx';
import type { Step } from './draft.ts';
import { GroupsTable } from './groups-table.tsx';
import { isOfNothing } from './plan-numbers.ts';
import { isAdministratorOf } from './rights.ts';
import type { StepProps } from './step-props.ts';
import type { Plan } from './use-plan.ts';
import { UsersTable } from './users-table.tsx';

const t = texts.restore;

/** What a restore would do, in numbers; who is who; and where it cannot be done, why, and what to change. */
export function PlanStep(props: StepProps & { plan: Plan; go: (step: Step) => void }) {
  const { me, draft, plan } = props;
  const { job } = plan;
  if (plan.isMakingSandbox) return <Text size="sm">{t.makingSandbox}</Text>;
  return (
    <Stack>
      {plan.error ? <Failure error={plan.error} /> : null}
      {plan.isRunning ? <Running job={job} cancel={plan.cancel} /> : null}
      {job?.state === 'FAILED' && !plan.isStale ? <Blocked {...props} job={job} /> : null}
      {job?.state === 'CANCELLED' ? <Alert color="yellow">{t.planCancelled}</Alert> : null}
      {plan.isStale && !plan.isRunning ? <Alert color="yellow">{t.stale}</Alert> : null}
      {job?.state === 'FINISHED' && !plan.isRunning ? (
        <>
          {isOfNothing(job.result) && !plan.isStale ? <Nothing plan={plan} /> : null}
          <RestoreReportView job={job} />
          {draft.scope === 'SPACE' && isAdministratorOf(me, draft.source) ? (
            <>
              <UsersTable job={job} draft={draft} change={props.change} />
              <GroupsTable job={job} draft={draft} change={props.change} />
            </>
          ) : null}
        </>
      ) : null}
      {plan.isRunning || (plan.isGood && !plan.error) ? null : (
        <Group>
          <Button variant={plan.isStale ? 'filled' : 'default'} onClick={() => plan.make()}>
            {job === null ? t.makePlan : t.makeAgain}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function Running({ job, cancel }: { job: JobDetails | null; cancel: () => void }) {
  return (
    <Stack gap="xs" role="status">
      <Text size="sm">{t.making}</Text>
      {job ? (
        <>
          {job.placeInQueue > 0 ? <Text size="sm">{texts.task.place(job.placeInQueue)}</Text> : null}
          {job.held ? <Text size="sm">{texts.task.held}</Text> : null}
          <JobProgress job={job} />
          <Group>
            <Button size="xs" variant="default" onClick={cancel}>
              {texts.common.cancel}
            </Button>
          </Group>
        </>
      ) : null}
    </Stack>
  );
}

/** The site has them all: what to do for something to happen. */
function Nothing({ plan }: { plan: Plan }) {
  return (
    <Alert color="yellow" title={t.nothing}>
      <Stack gap="sm">
        <Text size="sm">{t.nothingHelp}</Text>
        <Group>
          <Button size="xs" onClick={() => plan.make({ existing: 'replace' })}>
            {t.replaceThem}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

/** The rule that stands in the way, and the ways around it that there are. */
function Blocked({ draft, job, plan, go }: StepProps & { job: JobDetails; plan: Plan; go: (step: Step) => void }) {
  const { code, message, hint } = job.error ?? { code: '', message: '', hint: null };
  const isOne = draft.spaceKeys.length === 1;
  return (
    <Alert color="red" title={t.planFailed} role="alert">
      <Stack gap="sm">
        <Text size="sm">{message}</Text>
        <Text size="sm">{t.fixes[code] ?? hint}</Text>
        <Group gap="sm">
          {code === 'SPACE_EXISTS' ? (
            <>
              <Button size="xs" onClick={() => plan.make({ existing: 'skip' })}>
                {t.leaveThem}
              </Button>
              <Button size="xs" variant="default" onClick={() => plan.make({ existing: 'replace' })}>
                {t.replaceThem}
              </Button>
              {isOne ? (
                <Button size="xs" variant="default" onClick={() => go('where')}>
                  {t.as}
                </Button>
              ) : null}
            </>
          ) : null}
          {code === 'BACKUP_OTHER_VERSION' ? (
            <Button size="xs" onClick={() => plan.make({ acceptVersion: true })}>
              {t.acceptIt}
            </Button>
          ) : null}
          <Button size="xs" variant="default" onClick={() => go('where')}>
            {t.changeTarget}
          </Button>
          <Button size="xs" variant="default" onClick={() => go('what')}>
            {t.changeSource}
          </Button>
          <Button size="xs" variant="subtle" component={Link} to={`/jobs/${job.id}`}>
            {`${texts.task.task} ${job.id}`}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
