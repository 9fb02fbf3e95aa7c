import type { FastifyInstance } from 'fastify';
import type { Application } from '#app/application.ts';

/** Without inline script, without any other host. Styles of the console carry a hash or lie in files. */
export const contentSecurityPolicy = [
  `default-src 'self'`,
  `img-src 'self' data:`,
  `style-src 'self'`,
  `script-src 'self'`,
  `connect-src 'self'`,
  `object-src 'none'`,
  `frame-ancestors 'none'`,
  `base-uri 'none'`,
  `form-action 'self'`,
].join('; ');

/** Headers that every answer carries. */
export function addSecurityHeaders(server: FastifyInstance, app: Application): void {
  const isHttps = app.config.baseUrl.startsWith('https:');
  server.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), microphone=(), geolocation=()',
      ...(isHttps ? { 'strict-transport-security': 'max-age=31536000' } : {}),
      ...(/^\/(api|rest|sites|metrics|healthz)\b/.test(request.url) ? { 'cache-control': 'no-store' } : {}),
    });
  });
}
