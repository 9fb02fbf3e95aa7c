import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { contentSecurityPolicy } from '../http/security-headers.ts';
import { readConsoleFiles } from './console-files.ts';

/** Where `npm run build` puts the console. */
const built = join(import.meta.dirname, '../../../dist/web');
const screens = [
  '/',
  '/first-run',
  '/backup',
  '/restore',
  '/spaces',
  '/jobs/:id',
  '/snapshots',
  '/snapshots/:vault/:id',
  '/schedules',
  '/storage',
  '/settings',
];

/**
 * The console: its page at every address that is one of its screens, and its files, whose names change with what is in them. Open to everybody: there is
 * nothing in them but the program. The page marks its own styles, so that no others are taken. Gives what answers with the page.
 */
export function registerWeb(server: FastifyInstance): (reply: FastifyReply) => FastifyReply {
  const files = readConsoleFiles(built);
  const config = { access: 'public' } as const;
  const schema = { hide: true };
  for (const url of screens) server.get(url, { config, schema }, (_request, reply) => page(reply));
  server.get('/assets/*', { config, schema }, (request, reply) => asset(request, reply));
  server.get('/icon.svg', { config, schema }, (request, reply) => asset(request, reply));
  return page;

  function page(reply: FastifyReply): FastifyReply {
    const html = files?.get('/index.html')?.bytes.toString('utf8') ?? notBuilt;
    const nonce = randomBytes(16).toString('base64');
    return reply
      .headers({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
        'content-security-policy': contentSecurityPolicy.replace(`style-src 'self'`, `style-src 'self' 'nonce-${nonce}'`),
      })
      .send(html.replace('%STYLE_NONCE%', nonce));
  }

  function asset(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const path = request.url.split('?')[0];
    const file = files?.get(path);
    if (!file || path === '/index.html') {
      return reply.code(404).send({ error: { code: 'NOT_FOUND', message: 'There is nothing at this address.' } });
    }
    reply.headers({
      'content-type': file.type,
      etag: file.etag,
      vary: 'accept-encoding',
      // A name under assets/ stands for one content for ever.
      'cache-control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
    if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
    const taken = String(request.headers['accept-encoding'] ?? '');
    const encoding = (['br', 'gzip'] as const).find((name) => new RegExp(`\\b${name}\\b`).test(taken));
    return file.packed && encoding
      ? reply.header('content-encoding', encoding).send(file.packed[encoding])
      : reply.send(file.bytes);
  }
}

const notBuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Oxbow</title>
<h1>The console was not built</h1><p>Run <code>npm run build</code> in the folder of Oxbow. The API is there all the same: <a href="/api/docs">/api/docs</a>.</p></html>`;
