import { Button, Group, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { JobAnswer, JobDetails } from '#server/contract/job-contract.ts';
import { api } from '../api/client.ts';
import { useChange } from '../api/queries.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Failure } from '../parts/failure.tsx';
import { texts } from '../texts/en.ts';

const t = texts.task;
const writesFile = ['site-backup', 'space-backup', 'export'];
const changesSite = ['site-restore', 'space-restore', 'restore-snapshot', 'rollback'];

/** Download, keep, cancel, run again, carry a plan out, roll back. */
export function TaskActions({ job, isOver }: { job: JobDetails; isOver: boolean }) {
  const navigate = useNavigate();
  const [asked, ask] = useState<'cancel' | 'rollback' | 'again' | null>(null);
  const change =
    (path: string, method = 'POST') =>
    (body: object) =>
      api<JobAnswer>(`/api/jobs/${job.id}/${path}`, { method, body });
  const cancel = useChange(change('cancel'), 'job', 'jobs');
  const again = useChange(change('run-again'), 'jobs');
  const keep = useChange(change('keep', 'PUT'), 'job', 'jobs');
  const rollback = useChange((_: object) => api<JobAnswer>('/api/jobs', { body: { type: 'rollback', site: job.site } }), 'jobs');
  const go = ({ id }: JobAnswer) => void navigate({ to: `/jobs/${id}` });
  const failure = [cancel, again, keep, rollback].find(({ isError }) => isError);
  const isPlan = job.request.dryRun === true;
  const replacesSite = job.type === 'site-restore' || (job.type === 'restore-snapshot' && job.spaceKeys.length === 0);
  const keepIt = (permanently: boolean) =>
    keep.mutate(
      { permanently },
      { onSuccess: () => notifications.show({ message: permanently ? t.isKept : t.isLetGo, color: 'green' }) },
    );
  const runAgain = () => again.mutate({}, { onSuccess: go });
  const needsThought = changesSite.includes(job.type) && !isPlan;
  return (
    <Stack gap="xs">
      <Group gap="sm">
        {job.fileExists && writesFile.includes(job.type) ? (
          <>
            <Button component="a" href={`/api/jobs/${job.id}/download`} download>
              {t.download}
            </Button>
            <Button variant="default" loading={keep.isPending} onClick={() => keepIt(!job.keepPermanently)}>
              {job.keepPermanently ? t.unkeep : t.keep}
            </Button>
          </>
        ) : null}
        {isPlan && isOver && changesSite.includes(job.type) ? (
          <Button onClick={() => void navigate({ to: '/restore', search: { plan: job.id } as never })}>{t.carryOut}</Button>
        ) : null}
        {isOver ? (
          <Button variant="default" loading={again.isPending} onClick={() => (needsThought ? ask('again') : runAgain())}>
            {t.again}
          </Button>
        ) : (
          <Button
            variant="default"
            disabled={job.state === 'CANCELLING' || job.state === 'COMPLETING'}
            onClick={() => ask('cancel')}
          >
            {t.cancel}
          </Button>
        )}
        {replacesSite && !isPlan && job.state === 'FINISHED' ? (
          <Button variant="outline" color="red" onClick={() => ask('rollback')}>
            {t.rollBack}
          </Button>
        ) : null}
      </Group>
      {failure ? <Failure error={failure.error} /> : null}
      {asked === 'cancel' ? (
        <Confirm
          title={t.cancel}
          text={changesSite.includes(job.type) ? t.cancelRestore : t.cancelOther}
          action={t.cancel}
          onConfirm={() => cancel.mutate({})}
          onClose={() => ask(null)}
        />
      ) : null}
      {asked === 'again' ? (
        <Confirm
          title={t.again}
          text={replacesSite ? texts.backup.confirmSite(job.site ?? '') : t.againRestore(job.site ?? '')}
          {...(replacesSite ? { word: job.site ?? '' } : {})}
          action={t.again}
          onConfirm={runAgain}
          onClose={() => ask(null)}
        />
      ) : null}
      {asked === 'rollback' ? (
        <Confirm
          title={t.rollBack}
          text={t.rollBackText(job.site ?? '')}
          word={job.site ?? ''}
          action={t.rollBack}
          onConfirm={() => rollback.mutate({}, { onSuccess: go })}
          onClose={() => ask(null)}
        />
      ) : null}
    </Stack>
  );
}
