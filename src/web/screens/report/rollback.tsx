import { Text } from '@mantine/core';
import type { JobDetails } from '#server/contract/job-contract.ts';
import { texts } from '../../texts/en.ts';

/** A site that is as it was, or what was kept for that and is gone. */
export function RollbackReportView({ job }: { job: JobDetails }) {
  return <Text size="sm">{job.request.drop === true ? texts.report.rollback.dropped : texts.report.rollback.done}</Text>;
}
