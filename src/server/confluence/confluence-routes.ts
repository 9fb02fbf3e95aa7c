import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { z } from 'zod';
import { mustBeAllowed } from '#app/access/may.ts';
import type { Application } from '#app/application.ts';
import { restoreFiles } from '#app/jobs/restore-files.ts';
import { openRegisteredSite } from '#app/sites/open-registered-site.ts';
import { isOxbowError, OxbowError } from '#base/errors.ts';
import type { RouteAccess } from '../http/route-access.ts';
import { restoreBody, siteBackupBody, spaceBackupBody } from './confluence-bodies.ts';
import { answerConfluenceError, confluenceError } from './confluence-error.ts';
import { confluenceFile } from './confluence-job.ts';
import { backUpSite, backUpSpaces, restoreFile, restoreUpload } from './create-jobs.ts';
import { cancelJob, clearQueue, downloadBackup, getJob, listJobs } from './existing-jobs.ts';
import { type Query, scopeOfQuery } from './job-filter.ts';
import { parseBodies } from './parse-bodies.ts';
import { uploadLimits } from './read-upload.ts';
import { siteOfRequest } from './site-of-request.ts';

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/**
 * Confluence's "Backup and restore" API of 8.3 and later, under its own path for the default site (or the site of the host), and under /sites/NAME for
 * each. What it needs, gives and refuses is Confluence's: docs/reference/confluence-rest.md.
 */
export async function registerConfluenceRoutes(server: FastifyInstance, app: Application): Promise<void> {
  for (const prefix of ['/rest/api/backup-restore', '/sites/:site/rest/api/backup-restore']) {
    await server.register(
      async (scope) => {
        await scope.register(multipart, { limits: uploadLimits });
        parseBodies(scope);
        // Schemas are for the documentation: what is wrong is told in Confluence's way.
        scope.setValidatorCompiler(() => () => true);
        scope.setErrorHandler((error, request, reply) => answerConfluenceError(app, error, request, reply));
        scope.setNotFoundHandler((_request, reply) =>
          reply.code(404).send(confluenceError(404, 'NOT_FOUND', 'There is nothing at this address.')),
        );
        addRoutes(scope, app, prefix.startsWith('/sites/'));
      },
      { prefix },
    );
  }
}

function addRoutes(server: FastifyInstance, app: Application, isHidden: boolean): void {
  const add = (
    method: RouteOptions['method'],
    url: string,
    access: RouteAccess,
    summary: string,
    handler: Handler,
    body?: z.ZodType,
  ) =>
    server.route({
      method,
      url,
      config: { access, dialect: 'confluence' },
      schema: { summary, tags: ['Confluence'], hide: isHidden, ...(body ? { body } : {}) },
      handler,
    });

  add(
    'POST',
    '/backup/site',
    'back-up-site',
    'Back up the site',
    (request, reply) => backUpSite(app, request, reply),
    siteBackupBody,
  );
  add(
    'POST',
    '/backup/space',
    'back-up-space',
    'Back up spaces',
    (request, reply) => backUpSpaces(app, request, reply),
    spaceBackupBody,
  );
  for (const kind of ['site', 'space'] as const) {
    const fromFolder = `Restore a ${kind} from a file of the restore folder`;
    add(
      'POST',
      `/restore/${kind}`,
      'restore',
      fromFolder,
      (request, reply) => restoreFile(app, request, reply, kind),
      restoreBody,
    );
    const fromUpload = `Upload a ${kind} backup and restore it`;
    add('POST', `/restore/${kind}/upload`, 'upload', fromUpload, (request, reply) => restoreUpload(app, request, reply, kind));
  }
  add('GET', '/restore/files', 'list-restore-files', 'List the files that can be restored', (request) => listFiles(app, request));
  add('GET', '/jobs', 'see-own', 'List jobs', (request, reply) => listJobs(app, request, reply));
  add('GET', '/jobs/:id', 'see-own', 'Get a job', (request, reply) => getJob(app, request, reply));
  add('PUT', '/jobs/:id/cancel', 'see-own', 'Cancel a job', (request, reply) => cancelJob(app, request, reply));
  add('GET', '/jobs/:id/download', 'signed-in', 'Download the backup of a job', (request, reply) =>
    downloadBackup(app, request, reply),
  );
  add('PUT', '/jobs/clear-queue', 'clear-queue', 'Cancel all jobs that wait', (request, reply) =>
    clearQueue(app, request, reply),
  );
}

async function listFiles(app: Application, request: FastifyRequest) {
  const site = await siteOfRequest(app, request);
  // Confluence answers 400, not 403, to whoever is no system administrator.
  await mustBeAllowed(request.caller!, 'list-restore-files', { site: site.name }).catch((error) => {
    throw isOxbowError(error, 'NOT_PERMITTED') ? new OxbowError('REQUEST_INVALID', error.message) : error;
  });
  const scope = scopeOfQuery(request.query as Query);
  const opened = await openRegisteredSite(app, site.name);
  try {
    return (await restoreFiles(opened, scope)).map(confluenceFile);
  } finally {
    await opened.close();
  }
}
