import { createReadStream } from 'node:fs';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Sends a file, whole or the range that was asked for, so that a download goes on where it broke off. Streamed. */
export function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  file: { path: string; name: string; bytes: number; etag: string },
): FastifyReply {
  const { bytes } = file;
  const etag = `"${file.etag}"`;
  reply.headers({
    'content-type': 'application/octet-stream',
    'content-disposition': disposition(file.name),
    'accept-ranges': 'bytes',
    etag,
  });
  const range =
    request.headers['if-range'] === undefined || request.headers['if-range'] === etag
      ? rangeOf(request.headers.range, bytes)
      : null;
  if (range === 'unsatisfiable') return reply.code(416).header('content-range', `bytes */${bytes}`).send();
  const [first, last] = range ?? [0, bytes - 1];
  reply.header('content-length', String(Math.max(0, last - first + 1)));
  if (range) reply.code(206).header('content-range', `bytes ${first}-${last}/${bytes}`);
  if (request.method === 'HEAD' || bytes === 0) return reply.send('');
  return reply.send(createReadStream(file.path, { start: first, end: last, highWaterMark: 256 * 1024 }));
}

/** One range; several, or what is none, mean the whole file. */
function rangeOf(header: string | undefined, bytes: number): [number, number] | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return null;
  if (match[1] === '') {
    const length = Math.min(Number(match[2]), bytes);
    return length === 0 ? 'unsatisfiable' : [bytes - length, bytes - 1];
  }
  const first = Number(match[1]);
  const last = match[2] === '' ? bytes - 1 : Math.min(Number(match[2]), bytes - 1);
  if (first >= bytes) return 'unsatisfiable';
  return last < first ? null : [first, last];
}

/** The name for old and for new clients (RFC 6266). */
export function disposition(name: string): string {
  return `attachment; filename="${name.replace(/[^\x20-\x7e]|["\\]/g, '_')}"; filename*=UTF-8''${encodeURIComponent(name)}`;
}
