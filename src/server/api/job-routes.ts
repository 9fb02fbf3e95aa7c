import { Readable } from 'node:stream';
import { z } from 'zod';
import { audit } from '#app/access/audit.ts';
import type { Application } from '#app/application.ts';
import type { JobRequest } from '#app/jobs/job-request.ts';
import {
  cancelJobAs,
  clearQueueAs,
  countVisibleJobs,
  keepFile,
  mustSeeJob,
  openJobFile,
  runAgain,
  visibleJobs,
} from '#app/jobs/job-service.ts';
import { requestJob } from '#app/jobs/request-job.ts';
import type { Job } from '#control/jobs/job.ts';
import { readLog, readSkippedRecords } from '#control/jobs/job-log.ts';
import { type JobFilter, placeInQueue, placesInQueue } from '#control/jobs/read-jobs.ts';
import {
  job,
  jobDetails,
  jobRequest,
  jobsAnswer,
  jobsQuery,
  keepBody,
  logLine,
  pageQuery,
  skippedRecord,
} from '../contract/job-contract.ts';
import { binaryFile, csvFile, errorAnswers, idText, nameText } from '../contract/shared-contract.ts';
import { disposition, sendFile } from '../http/send-file.ts';
import { jobAnswer } from './job-answer.ts';
import type { TypedServer } from './typed-server.ts';

const tags = ['jobs'];
const params = z.object({ id: idText });
/** Confluence's page shows two weeks. */
const listedMs = 14 * 86_400_000;

/** Jobs: ask for one, follow it, end it, run it again, fetch what it wrote. */
export function registerJobRoutes(server: TypedServer, app: Application): void {
  const answer = async (one: Job) => jobAnswer(one, app.now(), await placeInQueue(app.control, one));

  server.post(
    '/api/jobs',
    {
      config: { access: 'signed-in' },
      schema: { summary: 'Ask for a job', tags, body: jobRequest, response: { 201: job, ...errorAnswers } },
    },
    async (request, reply) => {
      const made = await requestJob(app, request.caller!, request.body as JobRequest);
      await note(request.caller!, `job.${made.type}`, made, request.ip);
      return await reply.code(201).send(await answer(made));
    },
  );
  server.get(
    '/api/jobs',
    {
      config: { access: 'signed-in' },
      schema: {
        summary: 'List jobs, the newest first',
        tags,
        querystring: jobsQuery,
        response: { 200: jobsAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      const { limit, schedules, from, to, ...rest } = request.query;
      const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as Partial<JobFilter>;
      const filter: JobFilter = {
        ...given,
        limit,
        ...(rest.scheduleId ? {} : { schedules }),
        from: from ? new Date(from) : new Date(app.now().getTime() - listedMs),
        ...(to ? { to: new Date(to) } : {}),
      };
      const jobs = await visibleJobs(app, request.caller!, filter);
      const places = await placesInQueue(app.control, jobs);
      return {
        jobs: jobs.map((one) => jobAnswer(one, app.now(), places.get(one.id) ?? 0)),
        total: await countVisibleJobs(app, request.caller!, filter),
      };
    },
  );
  server.get(
    '/api/jobs/:id',
    {
      config: { access: 'signed-in' },
      schema: { summary: 'A job with everything of it', tags, params, response: { 200: jobDetails, ...errorAnswers } },
    },
    async (request) => {
      const found = await mustSeeJob(app, request.caller!, request.params.id);
      return { ...(await answer(found)), request: found.parameters, result: found.result ?? null };
    },
  );
  server.post(
    '/api/jobs/:id/cancel',
    {
      config: { access: 'signed-in' },
      schema: { summary: 'Cancel a job', tags, params, response: { 200: job, ...errorAnswers } },
    },
    async (request) => {
      const found = await cancelJobAs(app, request.caller!, request.params.id);
      await note(request.caller!, 'job.cancel', found, request.ip);
      return await answer(found);
    },
  );
  server.post(
    '/api/jobs/:id/run-again',
    {
      config: { access: 'signed-in' },
      schema: { summary: 'Ask for the same again', tags, params, response: { 201: job, ...errorAnswers } },
    },
    async (request, reply) => {
      const made = await runAgain(app, request.caller!, request.params.id);
      await note(request.caller!, `job.${made.type}`, made, request.ip);
      return await reply.code(201).send(await answer(made));
    },
  );
  server.post(
    '/api/sites/:site/clear-queue',
    {
      config: { access: 'clear-queue' },
      schema: {
        summary: 'Cancel every job of the site that waits',
        tags,
        params: z.object({ site: nameText }),
        response: { 200: z.object({ cancelled: z.number() }), ...errorAnswers },
      },
    },
    async (request) => {
      const { site } = request.params;
      const cancelled = await clearQueueAs(app, request.caller!, site);
      await audit(app, request.caller!, { action: 'queue.clear', site, address: request.ip, details: { cancelled } });
      return { cancelled };
    },
  );
  server.put(
    '/api/jobs/:id/keep',
    {
      config: { access: 'signed-in' },
      schema: {
        summary: 'Keep the file of a backup for ever, or not',
        tags,
        params,
        body: keepBody,
        response: { 200: job, ...errorAnswers },
      },
    },
    async (request) => {
      const kept = await keepFile(app, request.caller!, request.params.id, request.body.permanently);
      await note(request.caller!, request.body.permanently ? 'file.keep' : 'file.let-go', kept, request.ip);
      return await answer(kept);
    },
  );
  server.get(
    '/api/jobs/:id/log',
    {
      config: { access: 'signed-in' },
      schema: {
        summary: 'Lines of the log, after one, or the last ones',
        tags,
        params,
        querystring: pageQuery.extend({ last: z.enum(['true', 'false']).default('false') }),
        response: { 200: z.array(logLine), ...errorAnswers },
      },
    },
    async (request) => {
      const { id } = await mustSeeJob(app, request.caller!, request.params.id);
      const { after, limit, last } = request.query;
      const lines = await readLog(app.control, id, { limit, last: last === 'true', ...(after ? { after } : {}) });
      return lines.map((line) => ({ ...line, time: line.time.toISOString() }));
    },
  );
  server.get(
    '/api/jobs/:id/skipped',
    {
      config: { access: 'signed-in' },
      schema: {
        summary: 'Records that a restore skipped, each with its reason',
        tags,
        params,
        querystring: pageQuery,
        response: { 200: z.array(skippedRecord), ...errorAnswers },
      },
    },
    async (request) => {
      const { id } = await mustSeeJob(app, request.caller!, request.params.id);
      const { after, search, limit } = request.query;
      return await readSkippedRecords(app.control, id, { limit, ...(after ? { after } : {}), ...(search ? { search } : {}) });
    },
  );
  server.get(
    '/api/jobs/:id/skipped.csv',
    {
      config: { access: 'signed-in' },
      schema: { summary: 'Skipped records as a CSV file', tags, params, response: { 200: csvFile, ...errorAnswers } },
    },
    async (request, reply) => {
      const { id } = await mustSeeJob(app, request.caller!, request.params.id);
      reply.headers({
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': disposition(`skipped-records-${id}.csv`),
      });
      return await reply.send(Readable.from(csvOf(id)) as never);
    },
  );
  server.get(
    '/api/jobs/:id/download',
    {
      config: { access: 'signed-in' },
      schema: {
        summary: 'Download the backup (ranges)',
        tags,
        params,
        response: { 200: binaryFile, 206: binaryFile, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const file = await openJobFile(app, request.caller!, request.params.id);
      if (request.method !== 'HEAD') await note(request.caller!, 'file.download', file.job, request.ip);
      return await sendFile(request, reply, { ...file, etag: `${file.job.id}-${file.bytes}` });
    },
  );

  async function* csvOf(id: string): AsyncGenerator<string> {
    // The mark tells spreadsheets that it is UTF-8.
    yield '\ufeffcode,record,reason\r\n';
    let after = '0';
    for (;;) {
      const page = await readSkippedRecords(app.control, id, { after, limit: 1000 });
      if (page.length === 0) return;
      yield page.map((one) => `${[one.code, one.object, one.reason].map(csvField).join(',')}\r\n`).join('');
      after = page.at(-1)!.id;
    }
  }

  async function note(caller: Parameters<typeof audit>[1], action: string, of: Job, address: string): Promise<void> {
    const object = of.file?.name ?? (of.spaceKeys.join(',') || of.vault);
    await audit(app, caller, { action, site: of.site, object, address, details: { job: of.id } });
  }
}

/** A spreadsheet takes what begins like a formula for one. */
function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
