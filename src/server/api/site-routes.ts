import { z } from 'zod';
import { audit } from '#app/access/audit.ts';
import { mustBeAllowed } from '#app/access/may.ts';
import type { Application } from '#app/application.ts';
import { readBackupFileFacts } from '#app/jobs/backup-file-facts.ts';
import { findRestoreFile, restoreFiles } from '#app/jobs/restore-files.ts';
import { addSandbox } from '#app/sites/add-sandbox.ts';
import { openRegisteredSite } from '#app/sites/open-registered-site.ts';
import { readPastedConfig } from '#app/sites/pasted-config.ts';
import {
  addSite,
  changeSite,
  findSite,
  listSites,
  type RegisteredSite,
  removeSite,
  setUpgrading,
} from '#app/sites/registered-sites.ts';
import { spacesOf } from '#app/sites/site-spaces.ts';
import { testSite } from '#app/sites/test-site.ts';
import { OxbowError } from '#base/errors.ts';
import { errorAnswers, nameText } from '../contract/shared-contract.ts';
import {
  changeSiteBody,
  diagnosis,
  newSandboxBody,
  newSiteBody,
  pastedConfig,
  pastedConfigBody,
  restoreFile,
  restoreFileDetails,
  type SiteAnswer,
  site,
  siteSpace,
  siteSummary,
  spacesQuery,
} from '../contract/site-contract.ts';
import type { TypedServer } from './typed-server.ts';

const tags = ['sites'];
const params = z.object({ site: nameText });

/** Sites: which there are, adding, changing, testing them; their spaces and the files that can be restored. */
export function registerSiteRoutes(server: TypedServer, app: Application): void {
  server.get(
    '/api/sites',
    {
      config: { access: 'signed-in' },
      schema: {
        summary: 'The sites that I have something to do with',
        tags,
        response: { 200: z.array(siteSummary), ...errorAnswers },
      },
    },
    async (request) => {
      const caller = request.caller!;
      const seen: z.infer<typeof siteSummary>[] = [];
      for (const one of await listSites(app)) {
        const { systemAdministrator, spaceKeys } = await caller.permissions(one.name);
        if (!systemAdministrator && spaceKeys.length === 0 && caller.realm !== one.name) continue;
        seen.push({ name: one.name, isDefault: one.isDefault, upgradingSince: one.upgradingSince?.toISOString() ?? null });
      }
      return seen;
    },
  );
  server.post(
    '/api/sites',
    {
      config: { access: 'manage-sites' },
      schema: { summary: 'Add a site', tags, body: newSiteBody, response: { 201: site, ...errorAnswers } },
    },
    async (request, reply) => {
      const made = await addSite(app, request.body);
      await audit(app, request.caller!, { action: 'site.add', site: made.name, address: request.ip });
      return await reply.code(201).send(siteAnswer(made));
    },
  );
  server.post(
    '/api/sandboxes',
    {
      config: { access: 'manage-sites' },
      schema: {
        summary: 'Make an empty sandbox, and know it as a site',
        tags,
        body: newSandboxBody,
        response: { 201: site, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const { name, version, buildNumber } = request.body;
      const made = await addSandbox(app, name, { version, buildNumber });
      await audit(app, request.caller!, { action: 'site.add', site: made.name, address: request.ip, details: { sandbox: true } });
      return await reply.code(201).send(siteAnswer(made));
    },
  );
  server.post(
    '/api/sites/from-config',
    {
      config: { access: 'manage-sites' },
      schema: {
        summary: 'What a pasted confluence.cfg.xml says of its site',
        tags,
        body: pastedConfigBody,
        response: { 200: pastedConfig, ...errorAnswers },
      },
    },
    async (request) => {
      const { password, ...read } = readPastedConfig(request.body.xml, request.body.folder ?? null);
      return { ...read, hasPassword: password !== null };
    },
  );
  server.get(
    '/api/sites/:site',
    {
      config: { access: 'see-site' },
      schema: { summary: 'The settings of a site', tags, params, response: { 200: site, ...errorAnswers } },
    },
    async (request) => {
      await mustBeAllowed(request.caller!, 'see-site', request.params);
      return siteAnswer(await findSite(app, request.params.site));
    },
  );
  server.patch(
    '/api/sites/:site',
    {
      config: { access: 'manage-sites' },
      schema: { summary: 'Change a site', tags, params, body: changeSiteBody, response: { 200: site, ...errorAnswers } },
    },
    async (request) => {
      const changed = await changeSite(app, request.params.site, request.body);
      await audit(app, request.caller!, {
        action: 'site.change',
        site: changed.name,
        address: request.ip,
        details: { settings: Object.keys(request.body) },
      });
      return siteAnswer(changed);
    },
  );
  server.delete(
    '/api/sites/:site',
    {
      config: { access: 'manage-sites' },
      schema: { summary: 'Forget a site; nothing of it is touched', tags, params, response: { 204: z.null(), ...errorAnswers } },
    },
    async (request, reply) => {
      await removeSite(app, request.params.site);
      await audit(app, request.caller!, { action: 'site.remove', site: request.params.site, address: request.ip });
      return await reply.code(204).send(null);
    },
  );
  server.post(
    '/api/sites/:site/test',
    {
      config: { access: 'see-site' },
      schema: { summary: 'Try everything that a backup needs', tags, params, response: { 200: diagnosis, ...errorAnswers } },
    },
    async (request) => {
      await mustBeAllowed(request.caller!, 'see-site', request.params);
      return await testSite(app, request.params.site);
    },
  );
  server.put(
    '/api/sites/:site/upgrade',
    {
      config: { access: 'back-up-site' },
      schema: {
        summary: 'Say that a rolling upgrade begins or is over',
        tags,
        params,
        body: z.strictObject({ upgrading: z.boolean() }),
        response: { 200: siteSummary, ...errorAnswers },
      },
    },
    async (request) => {
      await mustBeAllowed(request.caller!, 'back-up-site', request.params);
      await setUpgrading(app, request.params.site, request.body.upgrading);
      await audit(app, request.caller!, {
        action: 'site.upgrade',
        site: request.params.site,
        address: request.ip,
        details: request.body,
      });
      const { name, isDefault, upgradingSince } = await findSite(app, request.params.site);
      return { name, isDefault, upgradingSince: upgradingSince?.toISOString() ?? null };
    },
  );
  server.get(
    '/api/sites/:site/spaces',
    {
      config: { access: 'signed-in' },
      schema: {
        summary: 'Spaces that I may back up',
        tags,
        params,
        querystring: spacesQuery,
        response: { 200: z.array(siteSpace), ...errorAnswers },
      },
    },
    async (request) => {
      const { site: name } = request.params;
      const permissions = await request.caller!.permissions(name);
      if (!permissions.systemAdministrator && permissions.spaceKeys.length === 0) {
        throw new OxbowError('NOT_PERMITTED', 'You have no spaces there.', {
          hint: 'The permission to export a space is given in Confluence.',
        });
      }
      const opened = await openRegisteredSite(app, name);
      try {
        const { search, limit, offset } = request.query;
        const among = permissions.systemAdministrator ? {} : { among: permissions.spaceKeys };
        return await spacesOf(opened.site, { limit, offset, ...(search ? { search } : {}), ...among });
      } finally {
        await opened.close();
      }
    },
  );
  server.get(
    '/api/sites/:site/restore-files',
    {
      config: { access: 'list-restore-files' },
      schema: {
        summary: 'Backups that lie in the restore folder of the site',
        tags,
        params,
        querystring: z.object({ scope: z.enum(['SITE', 'SPACE']).optional() }),
        response: { 200: z.array(restoreFile), ...errorAnswers },
      },
    },
    async (request) => {
      await mustBeAllowed(request.caller!, 'list-restore-files', request.params);
      const opened = await openRegisteredSite(app, request.params.site);
      try {
        const files = await restoreFiles(opened, request.query.scope);
        return files.map(({ fileName, scope, bytes, created }) => ({ fileName, scope, bytes, created: created.toISOString() }));
      } finally {
        await opened.close();
      }
    },
  );
  server.get(
    '/api/sites/:site/restore-files/:scope/:fileName',
    {
      config: { access: 'list-restore-files' },
      schema: {
        summary: 'What a backup in the restore folder says of itself',
        tags,
        params: params.extend({ scope: z.enum(['SITE', 'SPACE']), fileName: z.string().min(1).max(255) }),
        response: { 200: restoreFileDetails, ...errorAnswers },
      },
    },
    async (request) => {
      const { site: name, scope, fileName } = request.params;
      await mustBeAllowed(request.caller!, 'list-restore-files', { site: name });
      const opened = await openRegisteredSite(app, name);
      try {
        const { path, bytes, created } = await findRestoreFile(opened, scope, fileName);
        return { fileName, scope, bytes, created: created.toISOString(), ...(await readBackupFileFacts(path)) };
      } finally {
        await opened.close();
      }
    },
  );
}

function siteAnswer(one: RegisteredSite): SiteAnswer {
  return {
    name: one.name,
    origin: one.origin,
    isDefault: one.isDefault,
    sandbox: one.sandbox ?? null,
    databaseUrl: one.databaseUrl ?? null,
    home: one.home ?? null,
    localHome: one.localHome ?? null,
    install: one.install ?? null,
    nodeUrls: one.nodeUrls ?? [],
    host: one.host ?? null,
    backupFolder: one.backupFolder ?? null,
    readers: one.readers ?? 2,
    limitRate: one.limitRate ?? null,
    upgradingSince: one.upgradingSince?.toISOString() ?? null,
  };
}
