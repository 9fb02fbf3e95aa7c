import { rollbackSite } from '#flows/restore/rollback-site.ts';
import type { RollbackRequest } from '../jobs/job-request.ts';
import { openRegisteredSite } from '../sites/open-registered-site.ts';
import type { JobEnd, JobRun } from './job-run.ts';

/** Undoes the last restore of the site, or gives up what was kept for that. */
export async function runRollback({ app, request, context }: JobRun<RollbackRequest>): Promise<JobEnd> {
  const opened = await openRegisteredSite(app, request.site);
  try {
    return { result: await rollbackSite(opened.site, { drop: request.drop === true }, context) };
  } finally {
    await opened.close();
  }
}
