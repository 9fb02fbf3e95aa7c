import { randomBytes } from 'node:crypto';
import cookie from '@fastify/cookie';
import fastify, { type FastifyInstance, type FastifyRequest, type RouteOptions } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Application } from '#app/application.ts';
import { readTls } from '#app/config/read-tls.ts';
import type { Dispatcher } from '#app/work/dispatcher.ts';
import { isOxbowError } from '#base/errors.ts';
import { registerApi } from '../api/api-routes.ts';
import { registerOpenApi } from '../api/open-api.ts';
import { registerAuth } from '../auth/auth-plugin.ts';
import { registerConfluenceRoutes } from '../confluence/confluence-routes.ts';
import { registerMetrics } from '../metrics/metrics-plugin.ts';
import { registerWeb } from '../web/web-plugin.ts';
import { asOxbowError, statusOf } from './error-status.ts';
import { registerHealth } from './health-routes.ts';
import { closeGracefully, limitRequests, type RequestLimits } from './request-limits.ts';
import './route-access.ts';
import { addSecurityHeaders } from './security-headers.ts';

const bodyBytes = 1024 * 1024;

/** The HTTP server: who asks, Confluence's API, our own, metrics, health. It does not listen yet. */
export async function buildServer(
  app: Application,
  dispatcher: Pick<Dispatcher, 'lastTick'> | null = null,
  onRoute: (route: RouteOptions) => void = () => {},
  limits?: RequestLimits,
): Promise<FastifyInstance> {
  const { tls, trustedProxies } = app.config;
  const server = fastify({
    ...(tls ? { https: await readTls(tls) } : {}),
    logger: false,
    trustProxy: trustedProxies.length > 0 ? trustedProxies : false,
    bodyLimit: bodyBytes,
    keepAliveTimeout: 75_000,
    genReqId: () => randomBytes(8).toString('hex'),
    routerOptions: { maxParamLength: 300 },
    forceCloseConnections: 'idle',
  } as object) as unknown as FastifyInstance;
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  limitRequests(server, limits);
  closeGracefully(server);
  await server.register(cookie);
  addSecurityHeaders(server, app);
  logRequests(server, app);
  answerErrors(server, app);
  registerAuth(server, app);
  server.addHook('onRoute', onRoute);
  await registerOpenApi(server, app);
  registerHealth(server, app, dispatcher);
  await registerConfluenceRoutes(server, app);
  await registerApi(server, app);
  registerMetrics(server, app);
  const showPage = registerWeb(server);
  server.setNotFoundHandler({ preHandler: [] }, (request, reply) =>
    isOfPerson(request)
      ? showPage(reply.code(404))
      : reply.code(404).send({ error: { code: 'NOT_FOUND', message: 'There is nothing at this address.' } }),
  );
  return server;
}

/** Method, path without its query, status, time. Never a body or a header. */
function logRequests(server: FastifyInstance, app: Application): void {
  server.addHook('onResponse', async (request, reply) => {
    const fields = {
      request: request.id,
      method: request.method,
      route: request.routeOptions.url ?? null,
      path: request.url.split('?')[0].slice(0, 300),
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime),
      user: request.caller?.name,
      address: request.ip,
    };
    if (reply.statusCode >= 500) app.log.error(fields, 'request failed');
    else app.log.info(fields, 'request');
  });
}

/** Confluence's routes have a form of their own. */
function answerErrors(server: FastifyInstance, app: Application): void {
  server.setErrorHandler((error, request, reply) => {
    const known = asOxbowError(error);
    const status = known ? statusOf(known) : 500;
    if (!known) app.log.error({ request: request.id, stack: (error as Error).stack }, 'a request failed by a defect');
    else if (status >= 500) {
      const { code, message, cause } = known;
      app.log.error({ request: request.id, code, message, cause: (cause as Error)?.message }, 'a request could not be served');
    }
    const code = known?.code ?? 'DEFECT';
    const message = known?.message ?? `A defect of Oxbow. The log of the server says more, under request ${request.id}.`;
    const hint = known?.hint;
    if (isOxbowError(known, 'LOGIN_BLOCKED')) reply.header('retry-after', String(known.details?.seconds ?? 1));
    return reply.code(status).send({ error: { code, message, ...(hint ? { hint } : {}) } });
  });
}

/** An address that somebody typed into a browser: the console says that it is none, and shows the way back. */
function isOfPerson({ method, url, headers }: FastifyRequest): boolean {
  return method === 'GET' && !/^\/(api|rest|assets)\//.test(url) && /\btext\/html\b/.test(headers.accept ?? '');
}
