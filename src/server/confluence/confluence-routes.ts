import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { z } from 'zod';
import { audit } from '#app/access/audit.ts';
import { mustBeAllowed } from '#app/access/may.ts';
import type { Application } from '#app/application.ts';
import type { JobRequest } from '#app/jobs/job-request.ts';
import { cancelJobAs, clearQueueAs, openJobFile, visibleJob, visibleJobs } from '#app/jobs/job-service.ts';
import { requestJob } from '#app/jobs/request-job.ts';
import { restoreFiles } from '#app/jobs/restore-files.ts';
import { openRegisteredSite } from '#app/sites/open-registered-site.ts';
import { storeUpload } from '#app/uploads/store-upload.ts';
import { isOxbowError, OxbowError } from '#base/errors.ts';
import type { Job } from '#control/jobs/job.ts';
import type { RouteAccess } from '../http/route-access.ts';
import { sendFile } from '../http/send-file.ts';
import { confluenceFile, confluenceJobJson, confluenceTypes, scopeOf } from './confluence-job.ts';
import { invalid, jobFilterOf } from './job-filter.ts';
import { siteOfRequest } from './site-of-request.ts';

const name = z.string().max(255);
const siteBackup = z.strictObject({
  skipAttachments: z.boolean(),
  keepPermanently: z.boolean(),
  fileNamePrefix: name.optional(),
});
const spaceBackup = z.strictObject({
  spaceKeys: z.array(z.string().min(1).max(255)).min(1).max(10_000),
  keepPermanently: z.boolean(),
  fileNamePrefix: name.optional(),
});
const restore = z.strictObject({ fileName: z.string().min(1).max(255), skipReindex: z.boolean().optional() });

/**
 * Confluence's "Backup and restore" API of 8.3 and later, under its own path for the default site (or the site of the host), and under /sites/NAME for
 * each. What it needs, gives and refuses is Confluence's: docs/reference/confluence-rest.md.
 */
export async function registerConfluenceRoutes(server: FastifyInstance, app: Application): Promise<void> {
  await server.register(async (scope) => {
    await scope.register(multipart, {
      limits: { files: 1, fileSize: Number.MAX_SAFE_INTEGER, fields: 20, fieldSize: 65_536, parts: 22 },
    });
    // The form is checked by hand, for Confluence answers 400 in its own words; and bodies of JSON come with any content type.
    scope.setValidatorCompiler(() => () => true);
    scope.setSerializerCompiler(() => (data) => JSON.stringify(data));
    for (const prefix of ['/rest/api/backup-restore', '/sites/:site/rest/api/backup-restore']) addRoutes(scope, app, prefix);
  });
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

function addRoutes(server: FastifyInstance, app: Application, prefix: string): void {
  const add = (method: RouteOptions['method'], path: string, access: RouteAccess, summary: string, handler: Handler) =>
    server.route({
      method,
      url: `${prefix}${path}`,
      config: { access, dialect: 'confluence' },
      schema: { summary, tags: ['Confluence'], hide: prefix.startsWith('/sites/') },
      handler,
    });
  const make = async (request: FastifyRequest, reply: FastifyReply, wanted: (site: string) => JobRequest) => {
    const { name: site } = await siteOfRequest(app, request);
    return sendJob(reply, await create(app, request, wanted(site)));
  };

  add('POST', '/backup/site', 'back-up-site', 'Back up the site', (request, reply) =>
    make(request, reply, (site) => {
      const { skipAttachments, keepPermanently, fileNamePrefix } = read(siteBackup, request.body);
      return { type: 'site-backup', site, attachments: !skipAttachments, keepPermanently, fileNamePrefix };
    }),
  );
  add('POST', '/backup/space', 'back-up-space', 'Back up spaces', (request, reply) =>
    make(request, reply, (site) => ({ type: 'space-backup', site, ...read(spaceBackup, request.body) })),
  );
  for (const kind of ['site', 'space'] as const) {
    add('POST', `/restore/${kind}`, 'restore', `Restore a ${kind} from a file of the restore folder`, (request, reply) =>
      make(request, reply, (site) => ({ type: `${kind}-restore`, site, ...read(restore, request.body) })),
    );
    add('POST', `/restore/${kind}/upload`, 'upload', `Upload a ${kind} backup and restore it`, (request, reply) =>
      upload(app, request, reply, kind),
    );
  }
  add('GET', '/restore/files', 'list-restore-files', 'List the files that can be restored', async (request) => {
    const site = await siteOfRequest(app, request);
    const scope = (request.query as { jobScope?: string }).jobScope?.toUpperCase();
    if (scope !== undefined && scope !== 'SITE' && scope !== 'SPACE') throw invalid('jobScope is SITE or SPACE');
    // Confluence answers 400, not 403, to whoever is no system administrator.
    await mustBeAllowed(request.caller!, 'list-restore-files', { site: site.name }).catch((error) => {
      throw isOxbowError(error, 'NOT_PERMITTED') ? new OxbowError('REQUEST_INVALID', error.message) : error;
    });
    const opened = await openRegisteredSite(app, site.name);
    try {
      return (await restoreFiles(opened, scope)).map(confluenceFile);
    } finally {
      await opened.close();
    }
  });
  add('GET', '/jobs', 'signed-in', 'List jobs', async (request, reply) => {
    const site = await siteOfRequest(app, request);
    const { scope, ...filter } = jobFilterOf(request.query as Record<string, string | string[] | undefined>);
    const jobs = await visibleJobs(app, request.caller!, { ...filter, site: site.name });
    const shown = scope === undefined ? jobs : jobs.filter((job) => scopeOf(job) === scope);
    return reply.type('application/json; charset=utf-8').send(`[${shown.map(confluenceJobJson).join(',')}]`);
  });
  add('GET', '/jobs/:id', 'signed-in', 'Get a job', async (request, reply) => sendJob(reply, await find(app, request)));
  add('PUT', '/jobs/:id/cancel', 'signed-in', 'Cancel a job', async (request, reply) => {
    const { id } = await find(app, request);
    const job = await cancelJobAs(app, request.caller!, id);
    await audit(app, request.caller!, { action: 'job.cancel', site: job.site, object: id, address: request.ip });
    return sendJob(reply, job);
  });
  add('GET', '/jobs/:id/download', 'signed-in', 'Download the backup of a job', async (request, reply) => {
    const { name: site } = await siteOfRequest(app, request);
    const { id } = request.params as { id: string };
    const file = await openJobFile(app, request.caller!, id).catch((error) => {
      throw isOxbowError(error, 'FILE_GONE') ? new OxbowError('JOB_NOT_FOUND', error.message, { hint: error.hint ?? '' }) : error;
    });
    if (file.job.site !== site) throw new OxbowError('JOB_NOT_FOUND', 'There is no such job.');
    await audit(app, request.caller!, {
      action: 'file.download',
      site,
      object: file.name,
      address: request.ip,
      details: { job: id },
    });
    return sendFile(request, reply, { ...file, etag: `${id}-${file.bytes}` });
  });
  add('PUT', '/jobs/clear-queue', 'clear-queue', 'Cancel all jobs that wait', async (request, reply) => {
    const { name: site } = await siteOfRequest(app, request);
    const count = await clearQueueAs(app, request.caller!, site);
    await audit(app, request.caller!, { action: 'queue.clear', site, address: request.ip, details: { count } });
    return reply.type('application/json; charset=utf-8').send(String(count));
  });
}

async function create(app: Application, request: FastifyRequest, wanted: JobRequest): Promise<Job> {
  const job = await requestJob(app, request.caller!, wanted);
  await audit(app, request.caller!, {
    action: `job.${job.type}`,
    site: job.site,
    object: job.file?.name ?? (job.spaceKeys.join(',') || null),
    address: request.ip,
    details: { job: job.id },
  });
  return job;
}

async function upload(
  app: Application,
  request: FastifyRequest,
  reply: FastifyReply,
  kind: 'site' | 'space',
): Promise<FastifyReply> {
  const token = request.headers['x-atlassian-token'];
  if (token !== 'nocheck' && token !== 'no-check') {
    throw new OxbowError('XSRF_MISSING', 'XSRF check failed.', { hint: 'Send the header X-Atlassian-Token: nocheck.' });
  }
  const { name: site } = await siteOfRequest(app, request);
  // Before the first byte is taken.
  await mustBeAllowed(request.caller!, 'upload', { site });
  if (!request.isMultipart()) throw invalid('the upload is no multipart form');
  const part = await request.file();
  if (part?.fieldname !== 'file') throw invalid('the form has no part "file"');
  const stored = await storeUpload(app, site, kind === 'site' ? 'SITE' : 'SPACE', part.file, part.filename || 'upload.zip');
  await audit(app, request.caller!, { action: 'file.upload', site, object: stored.fileName, address: request.ip });
  return sendJob(reply, await create(app, request, { type: `${kind}-restore`, site, fileName: stored.fileName }));
}

async function find(app: Application, request: FastifyRequest): Promise<Job> {
  const { name: site } = await siteOfRequest(app, request);
  const { id } = request.params as { id: string };
  if (!/^\d{1,19}$/.test(id)) throw invalid('the id of a job is a number');
  const job = await visibleJob(app, request.caller!, id);
  if (job && job.site === site && confluenceTypes.includes(job.type)) return job;
  throw new OxbowError('JOB_NOT_FOUND', `There is no job ${id}.`);
}

function sendJob(reply: FastifyReply, job: Job): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(confluenceJobJson(job));
}

/** Errors: REQUEST_INVALID with the place and what is wrong there. */
function read<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const result = schema.safeParse(body ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalid(`${issue.path.join('.') || 'the body'}: ${issue.message}`);
}
