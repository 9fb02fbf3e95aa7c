import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Action, type ActionRule, actions } from '#app/access/actions.ts';
import { authenticate } from '#app/access/authenticate.ts';
import type { Caller } from '#app/access/caller.ts';
import { callerOfSession, callerOfToken } from '#app/access/credentials.ts';
import { mustBeAllowed } from '#app/access/may.ts';
import type { Application } from '#app/application.ts';
import { listSites } from '#app/sites/registered-sites.ts';
import { OxbowError } from '#base/errors.ts';
import type { RouteAccess } from '../http/route-access.ts';
import { sameSecret } from './same-secret.ts';

export const sessionCookie = 'oxbow_session';
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Finds out who asks, before anything of a route runs, and refuses whom the route does not let in. A route that does not say who may call it makes the
 * server refuse to start. A request with wrong credentials is refused even where none are needed.
 */
export function registerAuth(server: FastifyInstance, app: Application): void {
  server.decorateRequest('caller', null);
  server.decorateRequest('xsrf', null);
  server.addHook('onRoute', (route) => {
    // HEAD is made of GET by fastify itself.
    if (route.config?.access === undefined)
      throw new Error(`the route ${route.method} ${route.url} does not say who may call it`);
  });
  server.addHook('onRequest', async (request, reply) => {
    const { access = 'signed-in', dialect } = request.routeOptions.config;
    if (access === 'public' && request.routeOptions.url === '/api/login') {
      mustBeOwnOrigin(app, request);
      return;
    }
    try {
      await recognise(app, request);
    } catch (error) {
      if (error instanceof OxbowError && error.code === 'LOGIN_BLOCKED')
        reply.header('retry-after', String(error.details?.seconds ?? 1));
      if (error instanceof OxbowError && error.code === 'LOGIN_FAILED') challenge(reply, dialect);
      throw error;
    }
    if (access === 'public') return;
    if (request.caller === null) {
      challenge(reply, dialect);
      throw new OxbowError('LOGIN_REQUIRED', 'You are not signed in.', { hint: 'Sign in, or send an access token.' });
    }
    if (!safeMethods.has(request.method)) mustNotBeForged(app, request);
    await checkEarly(request.caller, access);
  });
}

/** Programs are told how to sign in; a browser that shows the console would ask by a window of its own. */
function challenge(reply: { header(name: string, value: string): unknown }, dialect: 'confluence' | undefined): void {
  reply.header('www-authenticate', dialect === 'confluence' ? 'Basic realm="Confluence"' : 'Bearer realm="oxbow"');
}

async function recognise(app: Application, request: FastifyRequest): Promise<void> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    request.caller = await callerOfHeader(app, authorization, request);
    if (request.caller === null) {
      throw new OxbowError('LOGIN_FAILED', 'The access token is not valid any more, or never was.', { hint: 'Make a new one.' });
    }
    return;
  }
  const secret = request.cookies[sessionCookie];
  const session = secret ? await callerOfSession(app, secret) : null;
  if (!session) return;
  request.caller = session.caller;
  request.xsrf = session.xsrf;
}

async function callerOfHeader(app: Application, authorization: string, request: FastifyRequest): Promise<Caller | null> {
  const [, scheme, value] = /^(\S+)\s+(.+)$/.exec(authorization.trim()) ?? [];
  if (scheme?.toLowerCase() === 'bearer') return await callerOfToken(app, value.trim());
  if (scheme?.toLowerCase() !== 'basic') return null;
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) return null;
  const name = text.slice(0, colon);
  const password = text.slice(colon + 1);
  // A token may stand where a client knows of passwords alone.
  if (password.startsWith('oxb_')) return await callerOfToken(app, password);
  return await authenticate(app, { name, password, site: await siteOfRequest(app, request), address: request.ip });
}

/** Whose accounts are meant: those of the site in the path, else of the site whose host is asked, else of the default. */
async function siteOfRequest(app: Application, request: FastifyRequest): Promise<string | undefined> {
  const sites = await listSites(app);
  const inPath = /^\/sites\/([^/]+)\//.exec(request.url)?.[1];
  const site = inPath
    ? sites.find(({ name }) => name === inPath)
    : sites.find(({ host }) => host !== undefined && host === hostOf(request));
  return site?.name;
}

export function hostOf(request: FastifyRequest): string {
  return (request.hostname ?? '').toLowerCase();
}

/** What changes something and is authenticated by the cookie alone could have been sent by another web site. */
function mustNotBeForged(app: Application, request: FastifyRequest): void {
  mustBeOwnOrigin(app, request);
  if (request.xsrf === null) return;
  const given = request.headers['x-oxbow-xsrf'];
  if (typeof given === 'string' && sameSecret(given, request.xsrf)) return;
  const atlassian = request.headers['x-atlassian-token'];
  if (request.routeOptions.config.dialect === 'confluence' && (atlassian === 'nocheck' || atlassian === 'no-check')) return;
  throw new OxbowError('XSRF_MISSING', 'The header X-Oxbow-XSRF is missing or wrong.', {
    hint: 'Send the value of xsrf from GET /api/me.',
  });
}

function mustBeOwnOrigin(app: Application, request: FastifyRequest): void {
  const { origin } = request.headers;
  if (origin === undefined) return;
  const own = [new URL(app.config.baseUrl).origin, `${request.protocol}://${request.host}`];
  if (own.includes(origin)) return;
  throw new OxbowError('ORIGIN_FOREIGN', 'Requests from other web sites are refused.', {
    hint: 'Check baseUrl in the configuration of the server.',
  });
}

/** Actions of the server need no more than the caller; those of a site are checked by the route. A token's scope is checked for all. */
async function checkEarly(caller: Caller, access: Exclude<RouteAccess, 'public'>): Promise<void> {
  if (access === 'signed-in') return;
  const rule: ActionRule = actions[access as Action];
  if (rule.needs === 'server' || rule.needs === 'signed-in') await mustBeAllowed(caller, access);
  else if (caller.scopes !== null && !caller.scopes.has(rule.scope)) {
    throw new OxbowError('NOT_PERMITTED', `The token does not have the scope ${rule.scope}.`, { hint: 'Make one that has it.' });
  }
}
