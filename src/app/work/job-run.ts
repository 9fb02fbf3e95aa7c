import type { RunContext } from '#base/run-context.ts';
import type { Job } from '#control/jobs/job.ts';
import type { JobOutcome } from '#control/jobs/progress-job.ts';
import type { Application } from '../application.ts';

/** What the work of a job gets. */
export interface JobRun<Request> {
  app: Application;
  job: Job;
  request: Request;
  context: RunContext;
  log(message: string): void;
}

/** How it ended: what was done, or problems that were found (the job then fails, with the report). */
export interface JobEnd extends JobOutcome {
  problems?: { code: string; message: string; hint: string };
}
