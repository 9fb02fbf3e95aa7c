import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Sends a file, whole or the range that was asked for, so that a download goes on where it broke off. Streamed; one that is deleted meanwhile is sent to
 * its end.
 */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  file: { path: string; name: string; etag: string },
): Promise<FastifyReply> {
  const handle = await open(file.path, 'r');
  try {
    const bytes = (await handle.stat()).size;
    const etag = `"${file.etag}"`;
    reply.headers({
      'content-type': 'application/octet-stream',
      'content-disposition': disposition(file.name),
      'accept-ranges': 'bytes',
      etag,
    });
    const ifRange = request.headers['if-range'];
    const range = ifRange === undefined || ifRange === etag ? rangeOf(request.headers.range, bytes) : null;
    if (range === 'unsatisfiable') {
      await handle.close();
      return await reply.code(416).header('content-range', `bytes */${bytes}`).send();
    }
    const [first, last] = range ?? [0, bytes - 1];
    reply.header('content-length', String(Math.max(0, last - first + 1)));
    if (range) reply.code(206).header('content-range', `bytes ${first}-${last}/${bytes}`);
    if (request.method === 'HEAD' || bytes === 0) {
      await handle.close();
      // A stream: of a text the length would be taken.
      return await reply.send(Readable.from([]));
    }
    return await reply.send(handle.createReadStream({ start: first, end: last, highWaterMark: 256 * 1024 }));
  } catch (error) {
    await handle.close().catch(() => {});
    throw error;
  }
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
