import type { JobDetails } from '#server/contract/job-contract.ts';
import { TaskReport } from '../task-report.tsx';

export function RestoreReportView({ job }: { job: JobDetails }) {
  return <TaskReport job={job} />;
}
