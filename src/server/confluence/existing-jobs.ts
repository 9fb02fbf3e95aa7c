import type { FastifyReply, FastifyRequest } from 'fastify';
import { audit } from '#app/access/audit.ts';
import type { Caller } from '#app/access/caller.ts';
import { may } from '#app/access/may.ts';
import type { Application } from '#app/application.ts';
import { cancelJobAs, clearQueueAs, openJobFile, visibleJob, visibleJobs } from '#app/jobs/job-service.ts';
import { isOxbowError, OxbowError } from '#base/errors.ts';
import type { Job } from '#control/jobs/job.ts';
import { sendFile } from '../http/send-file.ts';
import { invalid } from './confluence-bodies.ts';
import { confluenceJobJson, confluenceTypes, operationOf } from './confluence-job.ts';
import { jobFilterOf, type Query } from './job-filter.ts';
import { sendJob, sendJson } from './send-job.ts';
import { siteOfRequest } from './site-of-request.ts';

/** The newest first; a system administrator sees all of the site, everybody else his own. */
export async function listJobs(app: Application, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { name: site } = await siteOfRequest(app, request);
  const caller = request.caller!;
  const filter = { ...jobFilterOf(request.query as Query), site };
  const isOwner = filter.owner === undefined || filter.owner === caller.name;
  const seesAll = await may(caller, 'see-site', { site });
  if (!seesAll && !isOwner) return sendJson(reply, '[]');
  const own = seesAll ? {} : { owner: caller.name, realm: caller.realm };
  const jobs = await visibleJobs(app, caller, { ...filter, ...own });
  return sendJson(reply, `[${jobs.map(confluenceJobJson).join(',')}]`);
}

export async function getJob(app: Application, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { id } = request.params as { id: string };
  if (!/^\d{1,19}$/.test(id)) throw invalid('The id of a job is a number');
  return sendJob(reply, await findJob(app, request));
}

export async function cancelJob(app: Application, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const found = await findJob(app, request);
  const caller = request.caller!;
  const scope = operationOf(found) === 'BACKUP' ? 'backup' : 'restore';
  if (caller.scopes !== null && !caller.scopes.has(scope) && !caller.scopes.has('administer')) {
    throw new OxbowError('NOT_PERMITTED', `The token does not have the scope ${scope}.`, { hint: 'Make one that has it.' });
  }
  const job = await cancelJobAs(app, caller, found.id);
  await audit(app, caller, { action: 'job.cancel', site: job.site, object: job.id, address: request.ip });
  return sendJob(reply, job);
}

/** System administrators of the site, and whoever may export every space of the backup at this moment. */
export async function downloadBackup(app: Application, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { name: site } = await siteOfRequest(app, request);
  const { id } = request.params as { id: string };
  const file = await openJobFile(app, request.caller!, id).catch((error) => {
    throw isOxbowError(error, 'NOT_PERMITTED') ? notFound(id) : error;
  });
  if (file.job.site !== site) throw notFound(id);
  await audit(app, request.caller!, {
    action: 'file.download',
    site,
    object: file.name,
    address: request.ip,
    details: { job: id },
  });
  return sendFile(request, reply, { ...file, etag: `${id}-${file.bytes}` });
}

/** Only what this API shows, and only what waits: snapshots and checks of schedules are not in Confluence's queue. */
export async function clearQueue(app: Application, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { name: site } = await siteOfRequest(app, request);
  const count = await clearQueueAs(app, request.caller!, site, confluenceTypes);
  await audit(app, request.caller!, { action: 'queue.clear', site, address: request.ip, details: { count } });
  return sendJson(reply, String(count));
}

/** One of Confluence's, of this site, of the caller himself or of a site that he administers. Errors: JOB_NOT_FOUND. */
async function findJob(app: Application, request: FastifyRequest): Promise<Job> {
  const { name: site } = await siteOfRequest(app, request);
  const { id } = request.params as { id: string };
  const caller = request.caller!;
  const job = await visibleJob(app, caller, id);
  if (!job || job.site !== site || !confluenceTypes.includes(job.type)) throw notFound(id);
  if (isOwn(caller, job) || (await may(caller, 'see-site', { site }))) return job;
  throw notFound(id);
}

function isOwn(caller: Caller, job: Job): boolean {
  return job.owner === caller.name && job.realm === caller.realm;
}

function notFound(id: string): OxbowError {
  return new OxbowError('JOB_NOT_FOUND', `There is no job ${id.slice(0, 20)}.`, {
    hint: 'It may be of somebody else, or older than jobs are kept.',
  });
}
