import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import type { Application } from '#app/application.ts';
import type { RouteAccess } from '../http/route-access.ts';
import { filesQuery, jobsQuery, restoreBody, siteBackupBody, spaceBackupBody, uploadForm } from './confluence-bodies.ts';
import { answerConfluenceError, confluenceError } from './confluence-error.ts';
import { backUpSite, backUpSpaces, restoreFile, restoreUpload } from './create-jobs.ts';
import { cancelJob, clearQueue, downloadBackup, getJob, listJobs } from './existing-jobs.ts';
import { listFiles } from './list-files.ts';
import { parseBodies } from './parse-bodies.ts';
import { uploadLimits } from './read-upload.ts';

interface Route {
  method: 'GET' | 'POST' | 'PUT';
  url: string;
  access: RouteAccess;
  summary: string;
  handler: (app: Application, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
  /** For the documentation: what is wrong is found and told in Confluence's way. */
  schema?: FastifySchema & { consumes?: string[] };
}

const form = { consumes: ['multipart/form-data'], body: uploadForm };

const routes: Route[] = [
  {
    method: 'POST',
    url: '/backup/site',
    access: 'back-up-site',
    summary: 'Back up the site',
    handler: backUpSite,
    schema: { body: siteBackupBody },
  },
  {
    method: 'POST',
    url: '/backup/space',
    access: 'back-up-space',
    summary: 'Back up spaces',
    handler: backUpSpaces,
    schema: { body: spaceBackupBody },
  },
  ...(['site', 'space'] as const).flatMap((kind): Route[] => [
    {
      method: 'POST',
      url: `/restore/${kind}`,
      access: 'restore',
      summary: `Restore a ${kind} from a file of the restore folder`,
      handler: (app, request, reply) => restoreFile(app, request, reply, kind),
      schema: { body: restoreBody },
    },
    {
      method: 'POST',
      url: `/restore/${kind}/upload`,
      access: 'upload',
      summary: `Upload a ${kind} backup and restore it (with the header X-Atlassian-Token: nocheck)`,
      handler: (app, request, reply) => restoreUpload(app, request, reply, kind),
      schema: form,
    },
  ]),
  {
    method: 'GET',
    url: '/restore/files',
    access: 'list-restore-files',
    summary: 'List the files that can be restored',
    handler: listFiles,
    schema: { querystring: filesQuery },
  },
  {
    method: 'GET',
    url: '/jobs',
    access: 'see-own',
    summary: 'List jobs',
    handler: listJobs,
    schema: { querystring: jobsQuery },
  },
  { method: 'GET', url: '/jobs/:id', access: 'see-own', summary: 'Get a job', handler: getJob },
  { method: 'PUT', url: '/jobs/:id/cancel', access: 'see-own', summary: 'Cancel a job', handler: cancelJob },
  { method: 'GET', url: '/jobs/:id/download', access: 'signed-in', summary: 'Download a backup', handler: downloadBackup },
  { method: 'PUT', url: '/jobs/clear-queue', access: 'clear-queue', summary: 'Cancel all jobs that wait', handler: clearQueue },
];

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
        scope.setValidatorCompiler(() => () => true);
        scope.setErrorHandler((error, request, reply) => answerConfluenceError(app, error, request, reply));
        scope.setNotFoundHandler((_request, reply) =>
          reply.code(404).send(confluenceError(404, 'NOT_FOUND', 'There is nothing at this address.')),
        );
        for (const { access, summary, handler, schema, ...route } of routes) {
          scope.route({
            ...route,
            config: { access, dialect: 'confluence' },
            schema: { summary, tags: ['Confluence'], hide: prefix.startsWith('/sites/'), ...schema },
            handler: (request, reply) => handler(app, request, reply),
          });
        }
      },
      { prefix },
    );
  }
}
