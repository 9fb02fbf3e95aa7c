import { OxbowError } from '#base/errors.ts';

const byStatus: Record<number, readonly string[]> = {
  // Names that a request brings, of things that are no resource of the API.
  400: ['VAULT_NOT_FOUND', 'HOME_NOT_FOUND', 'SANDBOX_NOT_FOUND', 'SCHEMA_NOT_FOUND'],
  401: ['LOGIN_REQUIRED', 'LOGIN_FAILED'],
  403: ['NOT_PERMITTED', 'XSRF_MISSING', 'ORIGIN_FOREIGN'],
  409: [
    'SAME_SPACES',
    'JOB_NOT_OVER',
    'SITE_EXISTS',
    'SITE_IN_FILE',
    'SITE_IN_USE',
    'VAULT_EXISTS',
    'VAULT_NAME_TAKEN',
    'VAULT_IN_FILE',
    'VAULT_BUSY',
    'VAULT_LOCKED',
    'LEASE_LOST',
    'SNAPSHOT_PROTECTED',
    'RESTORE_BUSY',
    'SANDBOX_BUSY',
    'SANDBOX_EXISTS',
    'UPLOAD_OFFSET',
    'KEY_LAST',
  ],
  410: ['FILE_GONE', 'UPLOAD_GONE'],
  412: ['TUS_VERSION'],
  413: ['UPLOAD_TOO_LARGE'],
  415: ['CONTENT_TYPE'],
  423: ['UPLOAD_BUSY'],
  429: ['LOGIN_BLOCKED', 'TOO_MANY_STREAMS', 'TOO_MANY_UPLOADS'],
  500: [
    'SERVER_KEY_WRONG',
    'SERVER_KEY_UNUSABLE',
    'VAULT_DAMAGED',
    'KEY_DAMAGED',
    'OBJECT_DAMAGED',
    'OBJECT_NOT_FOUND',
    'CHUNK_MISSING',
    'MEMORY_FAULTY',
  ],
  // What the server itself asks does not answer as it should.
  502: ['DATABASE_REFUSED', 'DATABASE_LOST', 'DATABASE_ERROR', 'DATABASE_RIGHTS', 'STORE_FAILED', 'STORE_REFUSED'],
  503: ['CONTROL_DATABASE_UNREACHABLE', 'DATABASE_UNREACHABLE', 'STORE_UNAVAILABLE'],
  507: ['DISK_SPACE', 'DISK_FULL', 'STORE_FULL'],
};
const byCode = new Map(
  Object.entries(byStatus).flatMap(([status, codes]) => codes.map((code) => [code, Number(status)] as const)),
);

/** The HTTP status of an error that a person can act on. */
export function statusOf(error: OxbowError): number {
  const known = byCode.get(error.code);
  if (known !== undefined) return known;
  if (/(_UNKNOWN|_NOT_FOUND)$/.test(error.code)) return 404;
  return 400;
}

/** What fastify itself refuses (a body too large, JSON that is none, an input of the wrong form) as an OxbowError; anything else is a defect. */
export function asOxbowError(error: unknown): OxbowError | null {
  if (error instanceof OxbowError) return error;
  if (isLostDatabase(error)) {
    return new OxbowError('CONTROL_DATABASE_UNREACHABLE', 'The control database does not answer.', {
      hint: 'Try again in a moment; the log of the server says more.',
      cause: error,
    });
  }
  const { statusCode, validation, message } = error as {
    statusCode?: number;
    validation?: { message?: string; instancePath?: string }[];
    message?: string;
  };
  if (validation) {
    const places = validation
      .slice(0, 10)
      .map((one) => `${(one.instancePath ?? '').replace(/^\//, '').replaceAll('/', '.') || 'request'}: ${one.message}`);
    return new OxbowError('REQUEST_INVALID', `The request cannot be meant so: ${places.join('; ')}.`, { hint: 'See /api/docs.' });
  }
  if (statusCode === 413)
    return new OxbowError('UPLOAD_TOO_LARGE', 'The body of the request is too large.', {
      hint: 'Upload files in parts (/api/uploads).',
    });
  if (statusCode === 415) {
    return new OxbowError('CONTENT_TYPE', 'The body of the request is of a type that is not taken there.', {
      hint: 'Send JSON, with Content-Type: application/json.',
    });
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new OxbowError('REQUEST_INVALID', `The request cannot be read: ${message}.`, { hint: 'See /api/docs.' });
  }
  return null;
}

/** No connection, or one that was ended by the other side: of Node, and of PostgreSQL when it shuts down, starts, or has no room. */
function isLostDatabase(error: unknown): boolean {
  const { code, syscall, message, errors } = error as { code?: unknown; syscall?: unknown; message?: unknown; errors?: unknown };
  // One for each address that a name has.
  if (Array.isArray(errors)) return errors.length > 0 && errors.every(isLostDatabase);
  if (typeof code === 'string' && /^(57P0[123]|53300|08\w{3})$/.test(code)) return true;
  if (typeof code === 'string' && /^(ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN)/.test(code) && syscall !== undefined) return true;
  return typeof message === 'string' && /^(Connection terminated|timeout exceeded when trying to connect)/.test(message);
}
