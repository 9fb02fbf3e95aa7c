import { rm } from 'node:fs/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Action } from '#app/access/actions.ts';
import { audit } from '#app/access/audit.ts';
import { mustBeAllowed } from '#app/access/may.ts';
import type { Application } from '#app/application.ts';
import type { JobRequest } from '#app/jobs/job-request.ts';
import { requestJob } from '#app/jobs/request-job.ts';
import { storeUpload } from '#app/uploads/store-upload.ts';
import { OxbowError } from '#base/errors.ts';
import type { Job } from '#control/jobs/job.ts';
import { readBody, restoreBody, siteBackupBody, spaceBackupBody } from './confluence-bodies.ts';
import { discardRest, readUpload } from './read-upload.ts';
import { sendJob } from './send-job.ts';
import { siteOfRequest } from './site-of-request.ts';

type Kind = 'site' | 'space';

export async function backUpSite(app: Application, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const site = await allowedSite(app, request, 'back-up-site');
  const { skipAttachments, keepPermanently, fileNamePrefix } = readBody(siteBackupBody, request.body);
  return sendJob(
    reply,
    await create(app, request, {
      type: 'site-backup',
      site,
      attachments: !skipAttachments,
      keepPermanently,
      fileNamePrefix: fileNamePrefix ?? undefined,
    }),
  );
}

/** Which spaces decides who may: that is checked where the job is made. */
export async function backUpSpaces(app: Application, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { name: site } = await siteOfRequest(app, request);
  const { spaceKeys, keepPermanently, fileNamePrefix } = readBody(spaceBackupBody, request.body);
  return sendJob(
    reply,
    await create(app, request, {
      type: 'space-backup',
      site,
      spaceKeys,
      keepPermanently,
      fileNamePrefix: fileNamePrefix ?? undefined,
    }),
  );
}

export async function restoreFile(
  app: Application,
  request: FastifyRequest,
  reply: FastifyReply,
  kind: Kind,
): Promise<FastifyReply> {
  const site = await allowedSite(app, request, 'restore');
  const { fileName, skipReindex } = readBody(restoreBody, request.body);
  const job = await create(app, request, { type: `${kind}-restore`, site, fileName, skipReindex: skipReindex ?? undefined });
  return sendJob(reply, job);
}

/** Who may not is refused before the first byte is taken; what is refused later leaves nothing. */
export async function restoreUpload(
  app: Application,
  request: FastifyRequest,
  reply: FastifyReply,
  kind: Kind,
): Promise<FastifyReply> {
  try {
    const token = request.headers['x-atlassian-token'];
    if (token !== 'nocheck' && token !== 'no-check') {
      throw new OxbowError('XSRF_MISSING', 'XSRF check failed.', { hint: 'Send the header X-Atlassian-Token: nocheck.' });
    }
    const site = await allowedSite(app, request, 'upload');
    const scope = kind === 'site' ? 'SITE' : 'SPACE';
    const announced = Number(request.headers['content-length'] ?? 0);
    const { fileName: name, stream } = await readUpload(request);
    const { fileName, path } = await storeUpload(app, site, scope, stream, name, announced);
    try {
      await audit(app, request.caller!, { action: 'file.upload', site, object: fileName, address: request.ip });
      return sendJob(reply, await create(app, request, { type: `${kind}-restore`, site, fileName }));
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  } catch (error) {
    discardRest(request);
    throw error;
  }
}

/** The site that is meant, where the caller may do that. Before his body is looked at. Errors: SITE_UNKNOWN, NOT_PERMITTED. */
async function allowedSite(app: Application, request: FastifyRequest, action: Action): Promise<string> {
  const { name: site } = await siteOfRequest(app, request);
  await mustBeAllowed(request.caller!, action, { site });
  return site;
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
