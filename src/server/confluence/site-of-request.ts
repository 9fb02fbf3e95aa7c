import type { FastifyRequest } from 'fastify';
import type { Application } from '#app/application.ts';
import { listSites, type RegisteredSite } from '#app/sites/registered-sites.ts';
import { OxbowError } from '#base/errors.ts';
import { hostOf } from '../auth/auth-plugin.ts';

/** The site that a request of Confluence's API means: the one in the path, else the one of the host, else the default. Errors: SITE_UNKNOWN. */
export async function siteOfRequest(app: Application, request: FastifyRequest): Promise<RegisteredSite> {
  const sites = await listSites(app);
  const { site: named } = request.params as { site?: string };
  const found = named
    ? sites.find(({ name }) => name === named)
    : (sites.find(({ host }) => host !== undefined && host === hostOf(request)) ?? sites.find(({ isDefault }) => isDefault));
  if (found) return found;
  throw new OxbowError('SITE_UNKNOWN', 'There is no such site.', { hint: 'Add one with: oxbow site add' });
}
