import type { FastifyInstance, FastifyRequest } from 'fastify';
import { OxbowError } from '#base/errors.ts';

export interface RequestLimits {
  /** A body that is read whole is small: so long may a client take to send it. Uploads are read by their routes and are not bound by it. */
  bodyMs: number;
}

const usual: RequestLimits = { bodyMs: 30_000 };
/** A connection on which nothing moved for so long is dead. Event streams say something every few seconds. */
const silentMs = 10 * 60_000;
/** Answers that are not out when the server closes have so long. Events end at once. */
const graceMs = 5000;
const sweepMs = 100;
const lingerMs = 30_000;

/** Against clients that send a byte a minute, and text that no database takes. */
export function limitRequests(server: FastifyInstance, limits = usual): void {
  server.server.headersTimeout = 30_000;
  server.server.setTimeout(silentMs);
  const timers = new WeakMap<FastifyRequest, NodeJS.Timeout>();
  const isRead = (request: FastifyRequest) => clearTimeout(timers.get(request));
  server.addHook('preParsing', async (request) => {
    const { headers } = request;
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return;
    timers.set(
      request,
      setTimeout(() => request.raw.destroy(), limits.bodyMs),
    );
  });
  // Comes when the body was read, or will be by the route itself.
  server.addHook('preValidation', async (request) => {
    isRead(request);
    if (!isPlainText([request.params, request.query, request.body])) {
      throw new OxbowError('REQUEST_INVALID', 'A text of the request holds characters that cannot be stored.', {
        hint: 'Leave out NUL and halves of surrogate pairs.',
      });
    }
  });
  server.addHook('onResponse', async (request) => {
    isRead(request);
    if (!request.raw.complete) endAfterAnswer(request);
  });
  server.addHook('onRequestAbort', async (request) => isRead(request));
}

/** A client that was refused while it sends may see why for a while, but cannot send for ever. */
function endAfterAnswer({ raw }: FastifyRequest): void {
  raw.unpipe();
  raw.resume();
  const timer = setTimeout(() => raw.socket.destroy(), lingerMs);
  timer.unref();
  raw.once('close', () => clearTimeout(timer));
  raw.once('end', () => clearTimeout(timer));
}

/** Lets answers that are on their way out, for a while; then ends what is left. To be called before the server listens. */
export function closeGracefully(server: FastifyInstance): void {
  server.addHook('preClose', async () => {
    const end = setTimeout(() => server.server.closeAllConnections(), graceMs);
    // A connection whose answer is out would stay open for the next request.
    const sweep = setInterval(() => server.server.closeIdleConnections(), sweepMs);
    server.server.once('close', () => {
      clearTimeout(end);
      clearInterval(sweep);
    });
  });
}

/** PostgreSQL refuses NUL in texts, and halves of characters in JSON. The input is bounded by the limit of bodies. */
function isPlainText(value: unknown): boolean {
  const left = [value];
  while (left.length > 0) {
    const one = left.pop();
    if (typeof one === 'string') {
      if (one.includes('\0') || !one.isWellFormed()) return false;
    } else if (Array.isArray(one)) {
      for (const item of one) left.push(item);
    } else if (one !== null && typeof one === 'object' && isRecord(one)) {
      for (const [key, item] of Object.entries(one)) left.push(key, item);
    }
  }
  return true;
}

/** Streams and the like are left alone. */
function isRecord(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}
