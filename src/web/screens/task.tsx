import { Alert, Anchor, Button, Code, Group, Paper, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { JobAnswer, JobDetails, LogLineAnswer } from '#server/contract/job-contract.ts';
import { api, query } from '../api/client.ts';
import { useChange, useJob } from '../api/queries.ts';
import { bytes, count, dateTime, duration } from '../format/format.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Failure } from '../parts/failure.tsx';
import { JobProgress } from '../parts/job-table.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { JobState } from '../parts/state.tsx';
import { texts } from '../texts/en.ts';

const t = texts.task;
const over = ['FINISHED', 'FAILED', 'CANCELLED'];

/** Everything that Confluence's page lists of a task, live, and what can be done with it. */
export function Task() {
  const { id } = useParams({ strict: false }) as { id: string };
  const job = useJob(id);
  return (
    <Page title={job.data ? `${texts.types[job.data.type] ?? job.data.type} ${id}` : t.title}>
      <Loaded of={job}>
        {(found) => (
          <Stack>
            <Actions job={found} />
            {found.error ? (
              <Alert color="red" title={t.errors} role="alert">
                <p style={{ margin: 0 }}>{found.error.message}</p>
                {found.error.hint ? (
                  <p style={{ margin: '0.4rem 0 0' }}>{`${texts.common.whatToDo}: ${found.error.hint}`}</p>
                ) : null}
              </Alert>
            ) : null}
            <Facts job={found} />
            <Log id={id} isOver={over.includes(found.state)} />
            {found.records.skipped > 0 ? <Skipped id={id} /> : null}
            {found.result ? <Report result={found.result} /> : null}
            <Paper>
              <Title order={2} mb="xs">
                {t.cli}
              </Title>
              <Code block>{found.cli}</Code>
            </Paper>
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

function Actions({ job }: { job: JobDetails }) {
  const navigate = useNavigate();
  const [isCancelling, askCancel] = useState(false);
  const [isRollingBack, askRollback] = useState(false);
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
  const isRestore =
    ['site-restore', 'restore-snapshot'].includes(job.type) && job.state === 'FINISHED' && job.request.dryRun !== true;
  return (
    <Stack gap="xs">
      <Group>
        {job.fileExists && job.type !== 'site-restore' && job.type !== 'space-restore' ? (
          <>
            <Button component="a" href={`/api/jobs/${job.id}/download`} download>
              {t.download}
            </Button>
            <Button variant="default" loading={keep.isPending} onClick={() => keep.mutate({ permanently: !job.keepPermanently })}>
              {job.keepPermanently ? t.unkeep : t.keep}
            </Button>
          </>
        ) : null}
        {over.includes(job.state) ? (
          <Button variant="default" loading={again.isPending} onClick={() => again.mutate({}, { onSuccess: go })}>
            {t.again}
          </Button>
        ) : (
          <Button
            variant="default"
            disabled={job.state === 'CANCELLING' || job.state === 'COMPLETING'}
            onClick={() => askCancel(true)}
          >
            {t.cancel}
          </Button>
        )}
        {isRestore ? (
          <Button variant="default" color="red" onClick={() => askRollback(true)}>
            {t.rollBack}
          </Button>
        ) : null}
      </Group>
      {failure ? <Failure error={failure.error} /> : null}
      {isCancelling ? (
        <Confirm
          title={t.cancel}
          text={texts.types[job.type]}
          action={t.cancel}
          onConfirm={() => cancel.mutate({})}
          onClose={() => askCancel(false)}
        />
      ) : null}
      {isRollingBack ? (
        <Confirm
          title={t.rollBack}
          text={texts.backup.confirmSite(job.site ?? '')}
          word={job.site ?? ''}
          action={t.rollBack}
          onConfirm={() => rollback.mutate({}, { onSuccess: go })}
          onClose={() => askRollback(false)}
        />
      ) : null}
    </Stack>
  );
}

function Facts({ job }: { job: JobDetails }) {
  const { records, phase } = job;
  const isSpaces = job.spaceKeys.length > 0;
  const total = records.total === null ? '' : ` ${texts.common.of} ${count(records.total)}`;
  const facts: [string, ReactNode][] = [
    [
      t.fileName,
      job.fileName ? `${job.fileName}${job.fileExists || job.fileBytes === null ? '' : ` (${t.gone})`}` : texts.common.none,
    ],
    [t.status, <JobState key="state" job={job} />],
    ...(isSpaces
      ? [
          [
            t.spaces,
            `${job.numberOfSpaces} (${job.spaceKeys.slice(0, 8).join(', ')}${job.numberOfSpaces > 8 ? ', \u2026' : ''})`,
          ] as [string, ReactNode],
        ]
      : []),
    [t.records, `${count(records.processed)}${total}`],
    [t.queue, duration(job.queueSeconds)],
    [t.elapsed, duration(job.elapsedSeconds) || '\u2013'],
    ...(job.attachmentsIncluded === null
      ? []
      : [[t.attachments, job.attachmentsIncluded ? t.included : t.notIncluded] as [string, ReactNode]]),
    [t.createdOn, dateTime(job.createdOn)],
    [t.createdBy, job.createdBy],
    ...(job.fileExists
      ? [[t.deleteScheduled, job.deleteScheduled ? dateTime(job.deleteScheduled) : t.neverDeleted] as [string, ReactNode]]
      : []),
    [t.skipped, count(records.skipped)],
    [t.warnings, count(job.warnings)],
    [t.bytes, bytes(job.bytesProcessed)],
  ];
  return (
    <Paper>
      {job.held ? <Alert mb="sm">{t.held}</Alert> : null}
      {job.placeInQueue > 0 ? <Alert mb="sm">{t.place(job.placeInQueue)}</Alert> : null}
      {phase ? (
        <div aria-live="polite" style={{ marginBottom: '1rem' }}>
          <Group justify="space-between">
            <Text size="sm">{phase.name}</Text>
            <Text size="sm" c="dimmed">
              {[
                phase.rate
                  ? `${phase.unit === 'bytes' ? bytes(phase.rate) : `${count(Math.round(phase.rate))} ${phase.unit}`}/s`
                  : '',
                phase.secondsLeft !== null ? `${t.left}: ${duration(phase.secondsLeft)}` : '',
              ]
                .filter(Boolean)
                .join(', ')}
            </Text>
          </Group>
          <JobProgress job={job} size="md" />
        </div>
      ) : null}
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Paper>
  );
}

/** The lines as they come, by a stream of this task alone, which ends with it. */
function Log({ id, isOver }: { id: string; isOver: boolean }) {
  const [lines, setLines] = useState<LogLineAnswer[]>([]);
  const end = useRef<HTMLElement>(null);
  useEffect(() => {
    if (isOver) {
      let isGone = false;
      api<LogLineAnswer[]>(`/api/jobs/${id}/log?last=true&limit=1000`).then(
        (all) => isGone || setLines(all),
        () => {},
      );
      return () => {
        isGone = true;
      };
    }
    setLines([]);
    const source = new EventSource(`/api/jobs/${id}/events`);
    source.addEventListener('open', () => setLines([]));
    source.addEventListener('log', (event) =>
      setLines((known) => [...known, ...(JSON.parse(event.data) as LogLineAnswer[])].slice(-1000)),
    );
    source.addEventListener('end', () => source.close());
    return () => source.close();
  }, [id, isOver]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the last line
  useEffect(() => {
    end.current?.scrollTo({ top: end.current.scrollHeight });
  }, [lines.length]);
  return (
    <Paper>
      <Title order={2} mb="xs">
        {t.log}
      </Title>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="log" ref={end} tabIndex={0} aria-label={t.log}>
        {lines.length === 0
          ? t.noLog
          : lines.map((line) => (
              <div key={line.id} data-level={line.level}>
                {`${new Date(line.time).toLocaleTimeString()}  ${line.message}${line.object ? `: ${line.object}` : ''}`}
              </div>
            ))}
      </section>
    </Paper>
  );
}

function Skipped({ id }: { id: string }) {
  const [search, setSearch] = useState('');
  const skipped = useQuery({
    queryKey: ['skipped', id, search],
    queryFn: () =>
      api<{ id: string; code: string; object: string; reason: string }[]>(
        `/api/jobs/${id}/skipped${query({ search, limit: 500 })}`,
      ),
  });
  return (
    <Paper>
      <Group justify="space-between" mb="xs">
        <Title order={2}>{t.skippedTitle}</Title>
        <Group>
          <TextInput
            aria-label={texts.common.search}
            placeholder={texts.common.search}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
            size="xs"
          />
          <Anchor href={`/api/jobs/${id}/skipped.csv`} download size="sm">
            {t.csv}
          </Anchor>
        </Group>
      </Group>
      <Loaded of={skipped}>
        {(records) => (
          <div className="wide" style={{ maxHeight: 360, overflow: 'auto' }}>
            <Table aria-label={t.skippedTitle}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t.record}</Table.Th>
                  <Table.Th>{t.reason}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {records.map((one) => (
                  <Table.Tr key={one.id}>
                    <Table.Td>{one.object}</Table.Td>
                    <Table.Td>{one.reason}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </Loaded>
    </Paper>
  );
}

/** What the work reported, for those who want to know everything. */
function Report({ result }: { result: unknown }) {
  return (
    <Paper>
      <details>
        <summary>{t.result}</summary>
        <Code block mt="sm" style={{ maxHeight: 400, overflow: 'auto' }}>
          {JSON.stringify(result, null, 2)}
        </Code>
      </details>
    </Paper>
  );
}
