import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { isOxbowError, OxbowError } from '#base/errors.ts';
import { jsonLog } from '#base/log.ts';
import type { Queries } from '#control/control-database.ts';
import { type Job, runningStates } from '#control/jobs/job.ts';
import { completeJob, endCancelledJob, failJob, finishJob } from '#control/jobs/progress-job.ts';
import { takeQueueLock } from '#control/jobs/queue-lock.ts';
import { readJob } from '#control/jobs/read-jobs.ts';
import { interrupted, startNextJob } from '#control/jobs/start-job.ts';
import { openWorkFolder } from '../data-folder.ts';
import type { JobRequest } from '../jobs/job-request.ts';
import { type OpenApplication, openApplication } from '../open-application.ts';
import { JobReporter } from './job-reporter.ts';
import type { JobEnd } from './job-run.ts';
import { runJob } from './run-job.ts';
import { workerExits } from './worker-exits.ts';

// The process of one job. It takes the lock of the queue in a session of its own, does the next job, and ends. When the session is lost, or the server
// that started it is gone, it undoes what it began and ends: the lock is free then, and whoever finds the job still in progress fails it.

const lookMs = 1000;
/** A session that does not answer for so long is lost, whatever the network says. */
const answerMs = 10_000;
/** So long may undoing take. After that the process ends as if it were killed, which every flow bears: whoever finds the job cleans up. */
const graceMs = 5000;

const { values, positionals } = parseArgs({
  options: { data: { type: 'string' }, config: { type: 'string' } },
  allowPositionals: true,
});
const queue = positionals[0];
const now = () => new Date();
const log = jsonLog((line) => process.stderr.write(line), now);
const abort = new AbortController();
let isInterrupted = false;

function interrupt(): void {
  isInterrupted = true;
  end();
}

function end(): void {
  if (abort.signal.aborted) return;
  abort.abort();
  setTimeout(() => process.exit(workerExits.interrupted), graceMs).unref();
}

process.on('disconnect', interrupt);
process.on('SIGTERM', interrupt);
process.on('message', (message: { cancel?: string }) => {
  if (message.cancel) end();
});
// Ctrl-C reaches the whole group; the server decides.
process.on('SIGINT', () => {});

const app = await openApplication({
  data: values.data!,
  configFile: values.config,
  env: process.env,
  now,
  log,
  control: { connections: 3, applicationName: 'oxbow worker' },
});
try {
  process.exitCode = await workOn(app);
} finally {
  await app.close();
  if (process.connected) process.disconnect();
}

async function workOn(app: OpenApplication): Promise<number> {
  const session = await app.control.session();
  const lost = () => interrupt();
  session.on('error', lost);
  session.on('end', lost);
  try {
    const queries: Queries = { query: async (sql, input = []) => (await session.query(sql, [...input])).rows as never };
    if (!(await takeQueueLock(queries, queue))) return workerExits.busy;
    const job = await startNextJob(queries, queue, `${hostname()} ${process.pid}`, now());
    if (!job) return workerExits.nothing;
    process.send?.({ job: job.id });
    let isLooking = false;
    const watch = setInterval(async () => {
      if (isLooking) return;
      isLooking = true;
      await look(queries, job.id);
      isLooking = false;
    }, lookMs);
    try {
      await doJob(app, job);
      return workerExits.done;
    } catch (error) {
      // The control database is away: whoever finds the job fails it.
      log.error({ job: job.id, reason: (error as Error).message }, 'a worker could not say how its job ended');
      return workerExits.interrupted;
    } finally {
      clearInterval(watch);
    }
  } finally {
    session.off('end', lost);
    // One that does not answer is not waited for: the process ends.
    await Promise.race([session.end().catch(() => {}), new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
  }
}

/** Somebody may have cancelled the job, or found this worker dead. */
async function look(session: Queries, id: string): Promise<void> {
  const silence = setTimeout(interrupt, answerMs);
  const job = await readJob(session, id).catch(() => null);
  clearTimeout(silence);
  if (job && (job.state === 'CANCELLING' || !runningStates.includes(job.state))) end();
}

async function doJob(app: OpenApplication, job: Job): Promise<void> {
  const reporter = new JobReporter(app.control, job.id, now);
  const work = await openWorkFolder(app.data);
  try {
    const request = job.parameters as unknown as JobRequest;
    const context = reporter.context(abort.signal, work.path);
    reporter.log('info', `Started by process ${process.pid} on ${hostname()}`);
    const end = await runJob({ app, job, request, context, log: (message) => reporter.log('info', message) });
    if (!(await completeJob(app.control, job.id))) await endTooLate(job, end, reporter);
    await conclude(app, job, end, reporter);
  } catch (error) {
    await reporter.flush().catch(() => {});
    await concludeFailure(app, job, error, reporter);
  } finally {
    await reporter.close().catch(() => {});
    await work.remove();
  }
}

/** Cancelled when all was done: a file can still be taken away, anything else has happened. */
async function endTooLate(job: Job, { file }: JobEnd, reporter: JobReporter): Promise<void> {
  if ((await readJob(app.control, job.id))?.state !== 'CANCELLING') return;
  if (!file) return reporter.log('info', 'Cancelled too late: it was done already');
  await rm(file.path, { force: true });
  throw new OxbowError('CANCELLED', 'Cancelled: nothing was changed.');
}

async function conclude(app: OpenApplication, job: Job, end: JobEnd, reporter: JobReporter): Promise<void> {
  const { problems, ...outcome } = end;
  if (problems) reporter.log('error', problems.message, problems.code);
  else reporter.log('info', reporter.warnings > 0 ? `Finished, with ${reporter.warnings} warnings` : 'Finished');
  await reporter.flush();
  if (problems) await failJob(app.control, job.id, problems, now(), outcome.result);
  else await finishJob(app.control, job.id, outcome, now());
}

async function concludeFailure(app: OpenApplication, job: Job, error: unknown, reporter: JobReporter): Promise<void> {
  const state = (await readJob(app.control, job.id).catch(() => null))?.state;
  if (state === 'CANCELLING') {
    reporter.log('info', 'Cancelled: nothing was changed');
    await endCancelledJob(app.control, job.id, now());
    return;
  }
  const failure = isInterrupted ? interrupted : describe(error);
  reporter.log('error', failure.message, failure.code);
  if (!isOxbowError(error) && !isInterrupted)
    log.error({ job: job.id, stack: (error as Error)?.stack }, 'a job failed by a defect');
  await failJob(app.control, job.id, failure, now());
}

function describe(error: unknown): { code: string; message: string; hint?: string | undefined } {
  if (error instanceof OxbowError) return error;
  return {
    code: 'DEFECT',
    message: `A defect of Oxbow: ${(error as Error)?.message ?? String(error)}`,
    hint: 'Please report it, with what the log of the server says.',
  };
}
