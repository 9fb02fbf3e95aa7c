import { z } from 'zod';
import type { Caller } from '#app/access/caller.ts';
import type { Application } from '#app/application.ts';
import { maySee, mustSeeJob } from '#app/jobs/job-service.ts';
import { OxbowError } from '#base/errors.ts';
import { finalStates } from '#control/jobs/job.ts';
import { jobsChannel } from '#control/jobs/job-events.ts';
import { readLog } from '#control/jobs/job-log.ts';
import { placeInQueue, readJob } from '#control/jobs/read-jobs.ts';
import { idText } from '../contract/shared-contract.ts';
import { EventStream } from './event-stream.ts';
import { jobAnswer } from './job-answer.ts';
import type { TypedServer } from './typed-server.ts';

const tags = ['events'];
const mostPerCaller = 12;
/** Changes of one job are told at most so often. */
const gatherMs = 250;

/**
 * Server-sent events. /api/events: `job` with a job that changed, of those that the caller may see, and `refresh` when something may have been missed.
 * /api/jobs/:id/events: `job`, and `log` with new lines; it ends with the job.
 */
export function registerEventRoutes(server: TypedServer, app: Application): void {
  const open = new Map<string, number>();
  const streams = new Set<EventStream>();
  const listeners = new Set<(id: string) => void>();
  let isListening = false;

  server.addHook('preClose', async () => {
    for (const stream of streams) stream.close();
  });

  function begin(caller: Caller, stream: EventStream): void {
    const key = `${caller.realm}/${caller.name}`;
    open.set(key, (open.get(key) ?? 0) + 1);
    streams.add(stream);
    stream.onClose(() => {
      streams.delete(stream);
      open.set(key, (open.get(key) ?? 1) - 1);
    });
    if (isListening) return;
    isListening = true;
    app.control
      .listen(jobsChannel, (id) => {
        for (const listener of listeners) listener(id);
      })
      .catch(() => {
        isListening = false;
      });
  }

  function mustHaveRoom(caller: Caller): void {
    if ((open.get(`${caller.realm}/${caller.name}`) ?? 0) < mostPerCaller) return;
    throw new OxbowError('TOO_MANY_STREAMS', `You have ${mostPerCaller} event streams open.`, {
      hint: 'Close some: one is enough for all jobs.',
    });
  }

  /** Calls `tell` with the ids of jobs that changed, each at most every quarter of a second. */
  function follow(stream: EventStream, only: string | null, tell: (id: string) => Promise<void>): void {
    const waiting = new Set<string>();
    let timer: NodeJS.Timeout | null = null;
    const listener = (id: string) => {
      if (only !== null && id !== only) return;
      waiting.add(id);
      timer ??= setTimeout(async () => {
        const ids = [...waiting];
        waiting.clear();
        for (const one of ids) if (stream.isOpen) await tell(one).catch(() => stream.send('refresh', {}));
        timer = null;
        if (waiting.size > 0 && stream.isOpen) listener([...waiting][0]);
      }, gatherMs);
    };
    listeners.add(listener);
    stream.onClose(() => {
      listeners.delete(listener);
      if (timer) clearTimeout(timer);
    });
  }

  server.get(
    '/api/events',
    { config: { access: 'signed-in' }, schema: { summary: 'Changes of jobs, as they happen', tags } },
    async (request, reply) => {
      const caller = request.caller!;
      mustHaveRoom(caller);
      const stream = new EventStream(request, reply);
      begin(caller, stream);
      follow(stream, null, async (id) => {
        const job = await readJob(app.control, id);
        if (job && (await maySee(caller, job)))
          stream.send('job', jobAnswer(job, app.now(), await placeInQueue(app.control, job)));
      });
      stream.send('refresh', {});
      return reply;
    },
  );

  server.get(
    '/api/jobs/:id/events',
    {
      config: { access: 'signed-in' },
      schema: { summary: 'Progress and log of one job, as they happen', tags, params: z.object({ id: idText }) },
    },
    async (request, reply) => {
      const caller = request.caller!;
      const { id } = await mustSeeJob(app, caller, request.params.id);
      mustHaveRoom(caller);
      const stream = new EventStream(request, reply);
      begin(caller, stream);
      let after = '0';
      const tell = async () => {
        const job = await readJob(app.control, id);
        if (!job) return stream.close();
        for (;;) {
          const lines = await readLog(app.control, id, { after, limit: 500 });
          if (lines.length === 0) break;
          after = lines.at(-1)!.id;
          stream.send(
            'log',
            lines.map((line) => ({ ...line, time: line.time.toISOString() })),
          );
        }
        stream.send('job', jobAnswer(job, app.now(), await placeInQueue(app.control, job)));
        if (finalStates.includes(job.state)) {
          stream.send('end', {});
          stream.close();
        }
      };
      follow(stream, id, tell);
      await tell();
      return reply;
    },
  );
}
