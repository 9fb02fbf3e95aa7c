import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Application } from '#app/application.ts';
import { isOxbowError, OxbowError } from '#base/errors.ts';
import { asOxbowError, statusOf } from '../http/error-status.ts';

/** Where Confluence's table says another status than our own API gives. */
const byCode: Record<string, number> = {
  // "Invalid settings", "invalid file name".
  SPACE_UNKNOWN: 400,
  RESTORE_FILE_NOT_FOUND: 400,
  // "The file is missing".
  FILE_GONE: 404,
  MEDIA_TYPE_UNSUPPORTED: 415,
};

/** An error in the form that Confluence's REST API has for all of them; the code of Oxbow is the key of its message. */
export function answerConfluenceError(
  app: Application,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const known = mediaTypeError(error) ?? asOxbowError(error);
  if (!known) app.log.error({ request: request.id, stack: (error as Error).stack }, 'a request failed by a defect');
  const status = known ? (byCode[known.code] ?? statusOf(known)) : 500;
  if (isOxbowError(known, 'LOGIN_BLOCKED')) reply.header('retry-after', String(known.details?.seconds ?? 1));
  const message = known
    ? [known.message, known.hint].filter(Boolean).join(' ')
    : `A defect of Oxbow. The log of the server says more, under request ${request.id}.`;
  return reply.code(status).send(confluenceError(status, known?.code ?? 'DEFECT', message));
}

export function confluenceError(status: number, code: string, message: string) {
  return {
    statusCode: status,
    data: {
      authorized: status !== 401 && status !== 403,
      valid: status !== 400 && status !== 409,
      allowedInReadOnlyMode: true,
      errors: [{ message: { key: code, args: [] } }],
      successful: false,
    },
    message,
    reason: STATUS_CODES[status] ?? 'Error',
  };
}

function mediaTypeError(error: unknown): OxbowError | null {
  if ((error as { statusCode?: number }).statusCode !== 415) return null;
  return new OxbowError(
    'MEDIA_TYPE_UNSUPPORTED',
    'The body of the request is neither JSON nor, for an upload, a multipart form.',
    {
      hint: 'Send the header Content-Type: application/json.',
    },
  );
}
