import { Alert, Anchor, Paper } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import type { JobDetails } from '#server/contract/job-contract.ts';
import { bytes, count, dateTime, duration } from '../format/format.ts';
import { Facts } from '../parts/facts.tsx';
import { Phase } from '../parts/phase.tsx';
import { JobState } from '../parts/state.tsx';
import { texts } from '../texts/en.ts';

const t = texts.task;
const shownSpaces = 8;
const writesFile = ['site-backup', 'space-backup', 'export'];
const takesFile = [...writesFile, 'site-restore', 'space-restore', 'import', 'inspect'];

/** How far it is, and all fields of Confluence's page in its order, then ours. */
export function TaskFacts({ job, asOf }: { job: JobDetails; asOf: number }) {
  const { records } = job;
  const elapsed = useElapsed(job, asOf);
  const total = records.total === null ? '' : ` ${texts.common.of} ${count(records.total)}`;
  return (
    <Paper component="section" aria-label={t.title}>
      {job.held ? <Alert mb="sm">{t.held}</Alert> : null}
      {job.placeInQueue > 0 ? <Alert mb="sm">{t.place(job.placeInQueue)}</Alert> : null}
      <Phase job={job} />
      <Facts
        of={[
          [t.fileName, takesFile.includes(job.type) ? fileOf(job) : null],
          [t.status, <JobState key="state" job={job} />],
          [t.spaces, job.spaceKeys.length > 0 ? spacesOf(job) : null],
          [t.records, `${count(records.processed)}${total}`],
          [t.queue, duration(job.queueSeconds)],
          [t.elapsed, elapsed === null ? '\u2013' : duration(elapsed)],
          [t.attachments, job.attachmentsIncluded === null ? null : job.attachmentsIncluded ? t.included : t.notIncluded],
          [t.createdOn, dateTime(job.createdOn)],
          [t.createdBy, job.createdBy],
          [
            t.deleteScheduled,
            job.fileExists && writesFile.includes(job.type)
              ? job.deleteScheduled
                ? dateTime(job.deleteScheduled)
                : t.neverDeleted
              : null,
          ],
          [t.skipped, count(records.skipped)],
          [t.reused, records.reused > 0 ? count(records.reused) : null],
          [t.warnings, count(job.warnings)],
          [t.bytes, bytes(job.bytesProcessed)],
          [texts.nav.site, job.site],
          [texts.backup.vault, job.vault],
          [t.finishedOn, job.finishedOn ? dateTime(job.finishedOn) : null],
          [t.cancelledBy, job.cancelledBy],
          [t.againOf, job.runAgainOf ? linkTo(job.runAgainOf) : null],
          [t.snapshot, job.snapshotId ? <code key="id">{job.snapshotId.slice(0, 20)}</code> : null],
        ]}
      />
    </Paper>
  );
}

function fileOf({ fileName, fileExists, fileBytes, id, type }: JobDetails): ReactNode {
  if (fileName === null) return texts.common.none;
  if (!fileExists) return fileBytes === null ? fileName : `${fileName} (${t.gone})`;
  const size = fileBytes === null ? '' : ` (${bytes(fileBytes)})`;
  return writesFile.includes(type) ? (
    <Anchor href={`/api/jobs/${id}/download`} download size="sm">{`${fileName}${size}`}</Anchor>
  ) : (
    `${fileName}${size}`
  );
}

function spacesOf({ numberOfSpaces, spaceKeys }: JobDetails): string {
  const more = numberOfSpaces > shownSpaces ? ', \u2026' : '';
  return `${count(numberOfSpaces)} (${spaceKeys.slice(0, shownSpaces).join(', ')}${more})`;
}

function linkTo(id: string): ReactNode {
  return (
    <Anchor component={Link} to={`/jobs/${id}`} size="sm">
      {`${texts.task.task} ${id}`}
    </Anchor>
  );
}

/** Seconds since the start: as the server said, and as they pass here since. */
function useElapsed({ elapsedSeconds, startedOn, finishedOn }: JobDetails, asOf: number): number | null {
  const [now, setNow] = useState(Date.now());
  const isRunning = startedOn !== null && finishedOn === null;
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [isRunning]);
  if (elapsedSeconds === null || !isRunning) return elapsedSeconds;
  return elapsedSeconds + Math.max(0, (now - asOf) / 1000);
}
