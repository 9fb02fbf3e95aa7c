import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { audit } from '#app/access/audit.ts';
import type { Caller } from '#app/access/caller.ts';
import { mustBeAllowed } from '#app/access/may.ts';
import type { Application } from '#app/application.ts';
import { named, restorableSnapshots, visibleSnapshots } from '#app/jobs/seen-snapshots.ts';
import { attachmentOf, browseKnown, forgetKnown, markKnown, pageOf, showKnown } from '#app/vaults/snapshot-service.ts';
import type { SnapshotFacts } from '#app/vaults/sync-snapshots.ts';
import type { KnownSnapshot } from '#control/sites/known-snapshots.ts';
import { binaryFile, errorAnswers, nameText, spaceKey } from '../contract/shared-contract.ts';
import {
  contentAnswer,
  contentQuery,
  markBody,
  type SnapshotAnswer,
  snapshot,
  snapshotDetails,
  snapshotPage,
  snapshotsQuery,
} from '../contract/vault-contract.ts';
import { disposition } from '../http/send-file.ts';
import type { TypedServer } from './typed-server.ts';

type Known = KnownSnapshot<SnapshotFacts>;

const tags = ['snapshots'];
const contentId = z.string().regex(/^-?\d{1,19}$/);
const params = z.object({ vault: nameText, snapshot: z.string().min(4).max(80) });

/** Snapshots: which there are, what is in them, tags and protection, one page. */
export function registerSnapshotRoutes(server: TypedServer, app: Application): void {
  server.get(
    '/api/snapshots',
    {
      config: { access: 'signed-in' },
      schema: {
        summary: 'Snapshots that I may restore from, the newest first',
        description:
          'Of the sites that I administer; of a site where I administer spaces: when they were made, and my own spaces in them.',
        tags,
        querystring: snapshotsQuery,
        response: { 200: z.array(snapshot), ...errorAnswers },
      },
    },
    async (request) => {
      const { vault, site, tag, from, to, limit } = request.query;
      const known = await restorableSnapshots(app, request.caller!, { ...(vault ? { vault } : {}), ...(site ? { site } : {}) });
      return known
        .filter(({ time, facts }) => !(from && time < new Date(from)) && !(to && time > new Date(to)) && hasTag(facts, tag))
        .slice(0, limit)
        .map(snapshotAnswer);
    },
  );
  server.get(
    '/api/vaults/:vault/snapshots/:snapshot',
    {
      config: { access: 'read-content' },
      schema: {
        summary: 'What a snapshot holds',
        tags,
        params,
        response: {
          200: snapshotDetails,
          ...errorAnswers,
        },
      },
    },
    async (request) => {
      const known = await find(request.caller!, request.params);
      const shown = await showKnown(app, known.vault, known.id);
      return {
        snapshot: snapshotAnswer(known),
        spaces: shown.spaces.map(({ key, name }) => ({ key, name: name ?? null })),
        tables: shown.tables,
        warnings: shown.warnings.map(({ code, count }) => ({ code, count })),
      };
    },
  );
  server.get(
    '/api/vaults/:vault/snapshots/:snapshot/spaces/:key/content',
    {
      config: { access: 'read-content' },
      schema: {
        summary: 'Pages or attachments of a space, page by page',
        description: 'A page of the list may hold less than its limit and still not be the last: go on until `next` is null.',
        tags,
        params: params.extend({ key: spaceKey }),
        querystring: contentQuery,
        response: { 200: contentAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      const known = await find(request.caller!, request.params);
      const { key } = request.params;
      const { kind, search, after, limit } = request.query;
      const choice = { spaceKey: key, kind, limit, ...(search ? { search } : {}), ...(after ? { after } : {}) };
      await note(request, known, 'content.list', `space ${key}`);
      const { items, next } = await browseKnown(app, known.vault, known.id, choice);
      return { items: items.map(({ id, type, title, version, container }) => ({ id, type, title, version, container })), next };
    },
  );
  server.get(
    '/api/vaults/:vault/snapshots/:snapshot/attachments/:attachment',
    {
      config: { access: 'download-site' },
      exposeHeadRoute: false,
      schema: {
        summary: 'The file of an attachment as it was',
        tags,
        params: params.extend({ attachment: contentId }),
        querystring: z.object({
          version: z
            .string()
            .regex(/^\d{1,9}$/)
            .optional(),
        }),
        response: { 200: binaryFile, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const known = await find(request.caller!, request.params);
      await mustBeAllowed(request.caller!, 'download-site', { site: known.site });
      const { attachment } = request.params;
      await note(request, known, 'content.read', `attachment ${attachment}`);
      const found = await attachmentOf(app, known.vault, known.id, attachment, request.query.version);
      reply.headers({
        'content-type': 'application/octet-stream',
        'content-length': String(found.bytes),
        'content-disposition': disposition(found.title ?? attachment),
      });
      return await reply.send((await found.open()) as never);
    },
  );
  server.get(
    '/api/vaults/:vault/snapshots/:snapshot/pages/:page',
    {
      config: { access: 'read-content' },
      schema: {
        summary: 'One page as it was',
        tags,
        params: params.extend({ page: contentId }),
        response: {
          200: snapshotPage,
          ...errorAnswers,
        },
      },
    },
    async (request) => {
      const known = await find(request.caller!, request.params);
      // Written before anything is shown.
      await note(request, known, 'content.read', `page ${request.params.page}`);
      return await pageOf(app, known.vault, known.id, request.params.page);
    },
  );
  server.patch(
    '/api/vaults/:vault/snapshots/:snapshot',
    {
      config: { access: 'work-on-vault' },
      schema: {
        summary: 'Change tags and protection',
        tags,
        params,
        body: markBody,
        response: { 200: snapshot, ...errorAnswers },
      },
    },
    async (request) => {
      const known = await find(request.caller!, request.params);
      await markKnown(app, known.vault, known.id, request.body);
      await audit(app, request.caller!, {
        action: 'snapshot.mark',
        site: known.site,
        object: known.id,
        address: request.ip,
        details: request.body,
      });
      return snapshotAnswer(await find(request.caller!, request.params));
    },
  );
  server.delete(
    '/api/vaults/:vault/snapshots/:snapshot',
    {
      config: { access: 'work-on-vault' },
      schema: { summary: 'Forget a snapshot', tags, params, response: { 204: z.null(), ...errorAnswers } },
    },
    async (request, reply) => {
      const known = await find(request.caller!, request.params);
      await forgetKnown(app, known.vault, known.id);
      await audit(app, request.caller!, { action: 'snapshot.forget', site: known.site, object: known.id, address: request.ip });
      return await reply.code(204).send(null);
    },
  );

  async function note(request: FastifyRequest, { site, id, vault }: Known, action: string, object: string): Promise<void> {
    await audit(app, request.caller!, { action, site, object, address: request.ip, details: { vault, snapshot: id } });
  }

  /** By id, the beginning of one, or `latest`. What the caller may not see is not there. */
  async function find(caller: Caller, at: z.infer<typeof params>): Promise<Known> {
    const all = await visibleSnapshots(app, caller, { vault: at.vault });
    const found = named(all, at.vault, at.snapshot);
    await mustBeAllowed(caller, 'read-content', { site: found.site });
    return found;
  }
}

function hasTag({ tags }: SnapshotFacts, tag: string | undefined): boolean {
  return tag === undefined || tags.includes(tag);
}

export function snapshotAnswer({ vault, id, site, time, facts }: KnownSnapshot<SnapshotFacts>): SnapshotAnswer {
  const { summary } = facts;
  const spaceKeys = Array.isArray(summary.spaceKeys) ? (summary.spaceKeys as string[]) : [];
  return {
    vault,
    id,
    site,
    time: time.toISOString(),
    kind: String(summary.kind ?? ''),
    scope: String(summary.scope ?? 'site'),
    spaceKeys,
    tags: facts.tags,
    protected: facts.protected,
    repaired: facts.repaired !== undefined,
    productVersion: summary.productVersion ? String(summary.productVersion) : null,
    buildNumber: typeof summary.buildNumber === 'number' ? summary.buildNumber : null,
    statistics: facts.statistics,
    drills: facts.drills.map((one) => ({ time: one.time, ok: one.ok, seconds: one.seconds })),
  };
}
