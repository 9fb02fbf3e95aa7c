import { z } from 'zod';
import { audit } from '#app/access/audit.ts';
import type { Caller } from '#app/access/caller.ts';
import { mustBeAllowed } from '#app/access/may.ts';
import type { Application } from '#app/application.ts';
import { visibleSnapshots } from '#app/jobs/request-job.ts';
import { forgetKnown, markKnown, pageOf, showKnown } from '#app/vaults/snapshot-service.ts';
import type { SnapshotFacts } from '#app/vaults/sync-snapshots.ts';
import { OxbowError } from '#base/errors.ts';
import type { KnownSnapshot } from '#control/sites/known-snapshots.ts';
import { errorAnswers, nameText } from '../contract/shared-contract.ts';
import { markBody, type SnapshotAnswer, snapshot, snapshotsQuery } from '../contract/vault-contract.ts';
import type { TypedServer } from './typed-server.ts';

const tags = ['snapshots'];
const params = z.object({ vault: nameText, snapshot: z.string().min(4).max(80) });

/** Snapshots: which there are, what is in them, tags and protection, one page. */
export function registerSnapshotRoutes(server: TypedServer, app: Application): void {
  server.get(
    '/api/snapshots',
    {
      config: { access: 'signed-in' },
      schema: {
        summary: 'Snapshots of the sites that I administer, the newest first',
        tags,
        querystring: snapshotsQuery,
        response: { 200: z.array(snapshot), ...errorAnswers },
      },
    },
    async (request) => {
      const { vault, site } = request.query;
      const known = await visibleSnapshots(app, request.caller!, { ...(vault ? { vault } : {}), ...(site ? { site } : {}) });
      return known.map(snapshotAnswer);
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
          200: z.object({
            snapshot,
            spaces: z.array(z.object({ key: z.string(), name: z.string().nullable() })),
            tables: z.array(z.object({ name: z.string(), rows: z.number(), bytes: z.number() })),
            warnings: z.array(z.object({ code: z.string(), count: z.number() })),
          }),
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
    '/api/vaults/:vault/snapshots/:snapshot/pages/:page',
    {
      config: { access: 'read-content' },
      schema: {
        summary: 'One page as it was',
        tags,
        params: params.extend({ page: z.string().regex(/^-?\d{1,19}$/) }),
        response: {
          200: z.object({
            id: z.string(),
            title: z.string().nullable(),
            type: z.string().nullable(),
            space: z.string().nullable(),
            bodies: z.array(z.object({ id: z.string(), body: z.string().nullable() })),
          }),
          ...errorAnswers,
        },
      },
    },
    async (request) => {
      const known = await find(request.caller!, request.params);
      // Written before anything is shown.
      await audit(app, request.caller!, {
        action: 'content.read',
        site: known.site,
        object: `page ${request.params.page}`,
        address: request.ip,
        details: { snapshot: known.id },
      });
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

  /** By id, the beginning of one, or `latest`. What the caller may not see is not there. */
  async function find(caller: Caller, at: z.infer<typeof params>): Promise<KnownSnapshot<SnapshotFacts>> {
    const all = await visibleSnapshots(app, caller, { vault: at.vault });
    const fitting = at.snapshot === 'latest' ? all.slice(0, 1) : all.filter(({ id }) => id.startsWith(at.snapshot.toLowerCase()));
    if (fitting.length !== 1) {
      throw new OxbowError('SNAPSHOT_NOT_FOUND', `There is no snapshot ${at.snapshot} in the vault ${at.vault}.`, {
        hint: 'GET /api/snapshots lists them.',
      });
    }
    await mustBeAllowed(caller, 'read-content', { site: fitting[0].site });
    return fitting[0];
  }
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
    statistics: facts.statistics,
    drills: facts.drills.map((one) => ({ time: one.time, ok: one.ok, seconds: one.seconds })),
  };
}
