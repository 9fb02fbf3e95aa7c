import { z } from 'zod';
import { audit } from '#app/access/audit.ts';
import { authenticate } from '#app/access/authenticate.ts';
import type { Caller } from '#app/access/caller.ts';
import { beginSession, endSession, makeToken } from '#app/access/credentials.ts';
import type { Application } from '#app/application.ts';
import { listSites } from '#app/sites/registered-sites.ts';
import { OxbowError } from '#base/errors.ts';
import { listTokens, revokeToken, type Token } from '#control/accounts/tokens.ts';
import { listAudit, verifyAudit } from '#control/audit/audit-log.ts';
import { sessionCookie } from '../auth/auth-plugin.ts';
import {
  auditLine,
  auditQuery,
  logInBody,
  type Me,
  madeToken,
  me,
  newTokenBody,
  type TokenAnswer,
  token,
} from '../contract/auth-contract.ts';
import { errorAnswers, idText } from '../contract/shared-contract.ts';
import type { TypedServer } from './typed-server.ts';

const tags = ['account'];

/** Signing in and out, tokens, the audit log. */
export function registerAuthRoutes(server: TypedServer, app: Application): void {
  const cookieOptions = {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: app.config.baseUrl.startsWith('https:'),
  } as const;
  server.post(
    '/api/login',
    {
      config: { access: 'public' },
      schema: { summary: 'Sign in', tags, body: logInBody, response: { 200: me, ...errorAnswers } },
    },
    async (request, reply) => {
      const caller = await authenticate(app, { ...request.body, address: request.ip });
      const { secret, xsrf } = await beginSession(app, caller);
      await audit(app, caller, { action: 'session.begin', address: request.ip });
      return await reply.setCookie(sessionCookie, secret, cookieOptions).send(await meOf(app, caller, xsrf));
    },
  );
  server.post(
    '/api/logout',
    { config: { access: 'signed-in' }, schema: { summary: 'Sign out', tags, response: { 204: z.null(), ...errorAnswers } } },
    async (request, reply) => {
      const secret = request.cookies[sessionCookie];
      if (secret) await endSession(app, secret);
      return await reply.clearCookie(sessionCookie, cookieOptions).code(204).send(null);
    },
  );
  server.get(
    '/api/me',
    {
      config: { access: 'signed-in' },
      schema: { summary: 'Who am I, and what may I', tags, response: { 200: me, ...errorAnswers } },
    },
    (request) => meOf(app, request.caller!, request.xsrf),
  );
  server.get(
    '/api/tokens',
    {
      config: { access: 'signed-in' },
      schema: {
        summary: 'My access tokens; for an administrator of the server with all=true those of everybody',
        tags,
        querystring: z.object({ all: z.enum(['true', 'false']).default('false') }),
        response: { 200: z.array(token), ...errorAnswers },
      },
    },
    async (request) => {
      const caller = request.caller!;
      const all = request.query.all === 'true' && caller.isServerAdministrator;
      return (await listTokens(app.control, all ? undefined : caller)).map(tokenAnswer);
    },
  );
  server.post(
    '/api/tokens',
    {
      config: { access: 'manage-own-tokens' },
      schema: {
        summary: 'Make an access token; its text is shown this once',
        tags,
        body: newTokenBody,
        response: { 201: madeToken, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const made = await makeToken(app, request.caller!, request.body);
      await audit(app, request.caller!, {
        action: 'token.create',
        object: made.token.name,
        address: request.ip,
        details: { id: made.token.id, scopes: made.token.scopes },
      });
      return await reply.code(201).send({ token: tokenAnswer(made.token), text: made.text });
    },
  );
  server.delete(
    '/api/tokens/:id',
    {
      config: { access: 'manage-own-tokens' },
      schema: {
        summary: 'Revoke an access token',
        tags,
        params: z.object({ id: idText }),
        response: { 204: z.null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      const caller = request.caller!;
      const { id } = request.params;
      const isRevoked = await revokeToken(app.control, id, app.now(), caller.isServerAdministrator ? undefined : caller);
      if (!isRevoked) throw new OxbowError('TOKEN_NOT_FOUND', 'There is no such token.', { hint: 'It may be revoked already.' });
      await audit(app, caller, { action: 'token.revoke', object: id, address: request.ip });
      return await reply.code(204).send(null);
    },
  );
  server.get(
    '/api/audit',
    {
      config: { access: 'see-audit' },
      schema: {
        summary: 'The audit log, the newest first',
        tags,
        querystring: auditQuery,
        response: { 200: z.array(auditLine), ...errorAnswers },
      },
    },
    async (request) => {
      const { actor, action, site, from, to, before, limit } = request.query;
      const lines = await listAudit(app.control, {
        limit,
        ...(actor ? { actor } : {}),
        ...(action ? { action } : {}),
        ...(site ? { site } : {}),
        ...(before ? { before } : {}),
        ...(from ? { from: new Date(from) } : {}),
        ...(to ? { to: new Date(to) } : {}),
      });
      return lines.map((line) => ({ ...line, time: line.time.toISOString() }));
    },
  );
  server.get(
    '/api/audit/verify',
    {
      config: { access: 'see-audit' },
      schema: {
        summary: 'Whether the audit log is what was written',
        tags,
        response: { 200: z.object({ ok: z.boolean(), firstWrong: idText.nullable() }), ...errorAnswers },
      },
    },
    async () => {
      const firstWrong = await verifyAudit(app.control);
      return { ok: firstWrong === null, firstWrong };
    },
  );
}

async function meOf(app: Application, caller: Caller, xsrf: string | null): Promise<Me> {
  const sites: Me['sites'] = [];
  for (const { name: site } of await listSites(app)) {
    const { systemAdministrator, spaceKeys } = await caller.permissions(site);
    if (systemAdministrator || spaceKeys.length > 0) sites.push({ site, systemAdministrator, spaceKeys: [...spaceKeys] });
  }
  return {
    name: caller.name,
    displayName: caller.displayName,
    realm: caller.realm,
    role: roleOf(caller, sites),
    sites,
    scopes: caller.scopes ? [...caller.scopes] : null,
    xsrf,
  };
}

function roleOf(caller: Caller, sites: Me['sites']): Me['role'] {
  if (caller.isServerAdministrator) return 'server-administrator';
  if (sites.some(({ systemAdministrator }) => systemAdministrator)) return 'site-administrator';
  return sites.length > 0 ? 'space-administrator' : 'member';
}

function tokenAnswer({ created, expires, lastUsed, revoked, scopes, ...rest }: Token): TokenAnswer {
  return {
    ...rest,
    scopes: scopes as TokenAnswer['scopes'],
    created: created.toISOString(),
    expires: expires?.toISOString() ?? null,
    lastUsed: lastUsed?.toISOString() ?? null,
    revoked: revoked?.toISOString() ?? null,
  };
}
