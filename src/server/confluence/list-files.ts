import type { FastifyRequest } from 'fastify';
import { mustBeAllowed } from '#app/access/may.ts';
import type { Application } from '#app/application.ts';
import { restoreFiles } from '#app/jobs/restore-files.ts';
import { openRegisteredSite } from '#app/sites/open-registered-site.ts';
import { isOxbowError, OxbowError } from '#base/errors.ts';
import { confluenceFile } from './confluence-job.ts';
import { type Query, scopeOfQuery } from './job-filter.ts';
import { siteOfRequest } from './site-of-request.ts';

/** The files of the restore folders, for system administrators. */
export async function listFiles(app: Application, request: FastifyRequest) {
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
