import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Caller } from '#app/access/caller.ts';
import type { Application } from '#app/application.ts';
import { maySee, mustSeeJob } from '#app/jobs/job-service.ts';
import { OxbowError } from '#base/errors.ts';
import { finalStates } from '#control/jobs/job.ts';
import { readLog } from '#control/jobs/job-log.ts';
import { placeInQueue, readJob } from '#control/jobs/read-jobs.ts';
import { eventStream, idText } from '../contract/shared-contract.ts';
import { EventStream, type StreamTimes } from './event-stream.ts';
import { jobAnswer } from './job-answer.ts';
import { JobChanges, type JobFollower } from './job-changes.ts';
import type { TypedServer } from './typed-server.ts';

const tags = ['events'];
const mostPerCaller = 12;
/** Lines of the log that a new client gets; older ones are asked for page by page. */
const tail = 200;
const batch = 500;
const usual: StreamTimes = { heartbeatMs: 15_000, longestMs: 5 * 60_000 };

/**
 * Server-sent events. /api/events: `job` with a job that changed, of those that the caller may see, and `refresh` when something may have been missed.
 * /api/jobs/:id/events: `job`, and `log` with new lines; `end` comes with the end of the job.
 */
export function registerEventRoutes(server: TypedServer, app: Application, times: StreamTimes = usual): void {
  const changes = new JobChanges(app);
  const streams = new Map<EventStream, string>();

  server.addHook('preClose', async () => {
    for (const stream of streams.keys()) stream.close();
  });

  async function open(caller: Caller, reply: FastifyReply, follower: (stream: EventStream) => JobFollower): Promise<EventStream> {
    const key = `${caller.realm}/${caller.name}`;
    if ([...streams.values()].filter((one) => one === key).length >= mostPerCaller) {
      throw new OxbowError('TOO_MANY_STREAMS', `You have ${mostPerCaller} event streams open.`, {
        hint: 'Close some: one is enough for all jobs.',
      });
    }
    let told: JobFollower | null = null;
    // While it can still be refused.
    const leave = await changes.follow({
      changed: (job, answer) => told?.changed(job, answer),
      missed: () => told?.missed(),
    });
    const stream = new EventStream(reply, times);
    streams.set(stream, key);
    stream.onClose(() => {
      streams.delete(stream);
      leave();
    });
    told = follower(stream);
    return stream;
  }

  server.get(
    '/api/events',
    {
      config: { access: 'signed-in' },
      exposeHeadRoute: false,
      schema: {
        summary: 'Changes of jobs, as they happen',
        description:
          'Server-sent events: `job` with a job that changed (of those that the caller may see), `refresh` with {} at the beginning and whenever something may have been missed. The stream ends after a while: come again.',
        tags,
        response: { 200: eventStream },
      },
    },
    async (request, reply) => {
      const caller = request.caller!;
      const stream = await open(caller, reply, (to) => ({
        changed: (job, answer) => {
          maySee(caller, job).then(
            (sees) => sees && to.send('job', answer),
            () => to.send('refresh', {}),
          );
        },
        missed: () => to.send('refresh', {}),
      }));
      stream.send('refresh', {});
      return reply;
    },
  );

  server.get(
    '/api/jobs/:id/events',
    {
      config: { access: 'signed-in' },
      exposeHeadRoute: false,
      schema: {
        summary: 'Progress and log of one job, as they happen',
        description:
          'Server-sent events: `job` with the job, `log` with new lines (the last ones first; with Last-Event-ID those after it), `end` with {} when the job is over.',
        tags,
        params: z.object({ id: idText }),
        response: { 200: eventStream },
      },
    },
    async (request, reply) => {
      const { id } = await mustSeeJob(app, request.caller!, request.params.id);
      let after = lastSeen(request);
      const work = inTurn(async (stream: EventStream) => {
        const job = await readJob(app.control, id);
        if (!job) return stream.close();
        for (;;) {
          const range = after === null ? { last: true, limit: tail } : { after, limit: batch };
          const lines = await readLog(app.control, id, range);
          after = lines.at(-1)?.id ?? after ?? '0';
          if (lines.length > 0) {
            const told = lines.map((line) => ({ ...line, time: line.time.toISOString() }));
            stream.send('log', told, after);
          }
          await stream.drained();
          if (lines.length < batch || !stream.isOpen) break;
        }
        stream.send('job', jobAnswer(job, app.now(), await placeInQueue(app.control, job)));
        if (!finalStates.includes(job.state)) return;
        stream.send('end', {});
        stream.close();
      });
      const stream = await open(request.caller!, reply, (to) => ({
        changed: (job) => {
          if (job.id === id) work(to);
        },
        missed: () => work(to),
      }));
      work(stream);
      return reply;
    },
  );
}

/** One run at a time; what comes meanwhile means one more. A run that fails ends the stream: the client comes again. */
function inTurn(work: (stream: EventStream) => Promise<void>): (stream: EventStream) => void {
  let isRunning = false;
  let again = false;
  return (stream) => {
    again = true;
    if (isRunning) return;
    isRunning = true;
    void (async () => {
      while (again && stream.isOpen) {
        again = false;
        await work(stream).catch(() => stream.close());
      }
      isRunning = false;
    })();
  };
}

function lastSeen(request: FastifyRequest): string | null {
  const given = request.headers['last-event-id'];
  return idText.safeParse(given).data ?? null;
}
