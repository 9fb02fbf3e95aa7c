import type { JobRequest } from '../jobs/job-request.ts';
import type { JobEnd, JobRun } from './job-run.ts';
import { runCompare } from './run-compare.ts';
import { runInspect } from './run-inspect.ts';
import { runRestoreFile, runRestoreSnapshot } from './run-restore.ts';
import { runRollback } from './run-rollback.ts';
import { runImport, runSnapshot } from './run-snapshot.ts';
import { runVaultJob } from './run-vault-job.ts';
import { runExport, runXmlBackup } from './run-xml-backup.ts';

/** Does what a job asks for. Each flow is all or nothing; whoever calls decides what its end means for the job. */
export async function runJob(run: JobRun<JobRequest>): Promise<JobEnd> {
  const { request } = run;
  switch (request.type) {
    case 'site-backup':
    case 'space-backup':
      return await runXmlBackup({ ...run, request });
    case 'site-restore':
    case 'space-restore':
      return await runRestoreFile({ ...run, request });
    case 'snapshot':
      return await runSnapshot({ ...run, request });
    case 'import':
      return await runImport({ ...run, request });
    case 'export':
      return await runExport({ ...run, request });
    case 'restore-snapshot':
      return await runRestoreSnapshot({ ...run, request });
    case 'inspect':
      return await runInspect({ ...run, request });
    case 'rollback':
      return await runRollback({ ...run, request });
    case 'compare':
      return await runCompare({ ...run, request });
    default:
      return await runVaultJob({ ...run, request });
  }
}
