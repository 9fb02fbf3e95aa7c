import type { ChildProcess } from 'node:child_process';
import type { Job } from '#control/jobs/job.ts';
import { wakeChannel } from '#control/jobs/job-events.ts';
import { readJob } from '#control/jobs/read-jobs.ts';
import { type Death, readyQueues, reapJobs } from '#control/jobs/start-job.ts';
import type { OpenApplication } from '../open-application.ts';
import { finishSiteOf, removeFileOf, removeWorkOf } from './clean-up.ts';
import { spawnWorker } from './spawn-worker.ts';
import { workerExits } from './worker-exits.ts';

const tickMs = 1000;
/** How long a worker may take to undo what it began, before it is killed: a restore is one transaction, which PostgreSQL then rolls back. */
const cancelGraceMs = 10_000;
/** How long a server that stops waits for what it cleans up; the next opening of the site does it otherwise. */
const cleanGraceMs = 5000;
const longestPauseMs = 60_000;

export interface Dispatcher {
  /** When it last looked for work; the server is not healthy when that is long ago. */
  lastTick(): Date;
  /** Starts no more jobs, waits so long for those that run, then interrupts them. */
  stop(graceMs: number): Promise<void>;
}

interface RunningWorker {
  child: ChildProcess;
  jobId: string | null;
  killAt: number | null;
}

/**
 * Starts jobs as their turn comes, each in a process of its own, and fails those whose process is gone, on whichever server they ran. Several servers
 * share the work; a queue belongs to who holds its lock.
 */
export async function startDispatcher(app: OpenApplication, onJobOver: (job: Job) => void = () => {}): Promise<Dispatcher> {
  const running = new Map<string, RunningWorker>();
  const deaths = new Map<string, Death>();
  const cleanings = new Set<Promise<void>>();
  /** Workers that ended before they took a job: tried again, ever more seldom. */
  const failedStarts = new Map<string, { count: number; notBefore: number }>();
  let lastTick = app.now();
  let isStopping = false;
  let ticking: Promise<void> | null = null;
  let again = false;

  /** Of a worker of our own that has lost its lock we hear soon how it ended. */
  const howIsIt = (queue: string) => (running.has(queue) ? 'alive' : deaths.get(queue));

  async function tickOnce(): Promise<void> {
    lastTick = app.now();
    for (const job of await reapJobs(app.control, app.now(), howIsIt, (dead) => removeFileOf(app, dead))) {
      app.log.warn({ job: job.id, type: job.type, code: job.error?.code }, 'a job was interrupted');
      // A site that does not answer must not keep others from their turn.
      clean(finishSiteOf(app, job));
      onJobOver(job);
    }
    await endCancelled();
    if (isStopping) return;
    const ready = await readyQueues(app.control, app.config.parallelJobs + running.size);
    for (const queue of ready) {
      if (running.size >= app.config.parallelJobs) break;
      if (!running.has(queue) && (failedStarts.get(queue)?.notBefore ?? 0) <= Date.now()) start(queue);
    }
  }

  function clean(work: Promise<void>): void {
    const cleaning = work.finally(() => cleanings.delete(cleaning));
    cleanings.add(cleaning);
  }

  function start(queue: string): void {
    const worker: RunningWorker = { child: spawnWorker(app, queue), jobId: null, killAt: null };
    running.set(queue, worker);
    // Its last job was reaped by now: PostgreSQL may take a moment to see that a session is gone, so it was kept until here.
    deaths.delete(queue);
    worker.child.on('message', (message: { job?: string }) => {
      worker.jobId = message.job ?? null;
    });
    worker.child.on('error', (error) => {
      app.log.error({ queue, reason: error.message }, 'a worker could not be told or started');
      // There may be no 'close' of what never began.
      if (worker.child.pid === undefined) void ended(queue, worker, null, null);
    });
    worker.child.on('close', (code, signal) => void ended(queue, worker, code, signal));
  }

  async function ended(queue: string, worker: RunningWorker, code: number | null, signal: string | null): Promise<void> {
    if (running.get(queue) !== worker) return;
    running.delete(queue);
    const known: readonly (number | null)[] = Object.values(workerExits);
    if (!known.includes(code)) {
      deaths.set(queue, howItDied(code, signal, app.config.workerMemory));
      app.log.warn({ queue, job: worker.jobId, code, signal }, 'the worker of a job died');
    }
    if (code !== workerExits.done && worker.child.pid !== undefined) clean(removeWorkOf(app, worker.child.pid));
    if (worker.jobId || known.includes(code)) failedStarts.delete(queue);
    else noteFailedStart(queue, code, signal);
    if (worker.jobId && code === workerExits.done) {
      const job = await readJob(app.control, worker.jobId).catch(() => null);
      if (job) onJobOver(job);
    }
    // Whoever holds the queue is at work on it: no hurry.
    if (code !== workerExits.busy) tick();
  }

  function noteFailedStart(queue: string, code: number | null, signal: string | null): void {
    const count = (failedStarts.get(queue)?.count ?? 0) + 1;
    failedStarts.set(queue, { count, notBefore: Date.now() + Math.min(longestPauseMs, 1000 * 2 ** count) });
    app.log.error({ queue, code, signal, count }, 'a worker ended before it took its job; its own output says why');
  }

  /** Tells the worker of a cancelled job, and kills it when it does not end. */
  async function endCancelled(): Promise<void> {
    for (const worker of running.values()) {
      if (!worker.jobId) continue;
      const job = await readJob(app.control, worker.jobId);
      if (job?.state !== 'CANCELLING') continue;
      if (worker.killAt === null) {
        worker.killAt = Date.now() + cancelGraceMs;
        worker.child.send({ cancel: worker.jobId }, () => {});
      }
      if (Date.now() >= worker.killAt) worker.child.kill('SIGKILL');
    }
  }

  function tick(): void {
    again = true;
    ticking ??= (async () => {
      while (again) {
        again = false;
        await tickOnce().catch((error) => {
          if (!isStopping) app.log.error({ reason: (error as Error).message }, 'the dispatcher could not look for jobs');
        });
      }
      ticking = null;
    })();
  }

  const unlisten = await app.control.listen(wakeChannel, tick);
  const timer = setInterval(tick, tickMs);
  tick();
  return {
    lastTick: () => lastTick,
    async stop(graceMs) {
      isStopping = true;
      const end = Date.now() + graceMs;
      while (running.size > 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
      for (const { child } of running.values()) child.kill('SIGTERM');
      const hardEnd = Date.now() + cancelGraceMs;
      while (running.size > 0 && Date.now() < hardEnd) await new Promise((resolve) => setTimeout(resolve, 50));
      for (const { child } of running.values()) child.kill('SIGKILL');
      while (running.size > 0) await new Promise((resolve) => setTimeout(resolve, 50));
      clearInterval(timer);
      unlisten();
      await ticking;
      await Promise.race([Promise.all(cleanings), new Promise((resolve) => setTimeout(resolve, cleanGraceMs))]);
    },
  };
}

function howItDied(code: number | null, signal: string | null, memory: number): Death {
  // V8 aborts when its heap is full.
  if (signal === 'SIGABRT' || code === 134) {
    return {
      code: 'WORKER_MEMORY',
      message: `The process of this job needed more than its ${memory} MiB of memory and ended. Nothing that it had begun is visible.`,
      hint: 'Give workers more (workerMemory), and please report it: memory should not grow with the size of a site.',
    };
  }
  const how = signal ? `killed by ${signal}` : `ended with code ${code}`;
  return {
    code: 'INTERRUPTED',
    message: `Interrupted: the process of this job was ${how}. Nothing that it had begun is visible.`,
    hint: 'Run it again; what it had uploaded is used again.',
  };
}
