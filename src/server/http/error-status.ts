import { OxbowError } from '#base/errors.ts';

const byCode: Record<string, number> = {
  LOGIN_REQUIRED: 401,
  LOGIN_FAILED: 401,
  LOGIN_BLOCKED: 429,
  NOT_PERMITTED: 403,
  XSRF_MISSING: 403,
  ORIGIN_FOREIGN: 403,
  SAME_SPACES: 409,
  JOB_NOT_OVER: 409,
  SITE_EXISTS: 409,
  VAULT_NAME_TAKEN: 409,
  SITE_IN_FILE: 409,
  VAULT_IN_FILE: 409,
  SNAPSHOT_PROTECTED: 409,
  UPLOAD_OFFSET: 409,
  VAULT_BUSY: 409,
  VAULT_LOCKED: 409,
  FILE_GONE: 410,
  UPLOAD_GONE: 410,
  UPLOAD_TOO_LARGE: 413,
  DISK_SPACE: 507,
  DISK_FULL: 507,
  STORE_FULL: 507,
  TOO_MANY_STREAMS: 429,
  CONTROL_DATABASE_UNREACHABLE: 503,
  DATABASE_UNREACHABLE: 503,
  STORE_UNAVAILABLE: 503,
};

/** The HTTP status of an error that a person can act on. */
export function statusOf(error: OxbowError): number {
  const known = byCode[error.code];
  if (known !== undefined) return known;
  if (/(_UNKNOWN|_NOT_FOUND)$/.test(error.code)) return 404;
  return 400;
}

/** What fastify itself refuses (a body too large, JSON that is none, an input of the wrong form) as an OxbowError; anything else is a defect. */
export function asOxbowError(error: unknown): OxbowError | null {
  if (error instanceof OxbowError) return error;
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
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new OxbowError('REQUEST_INVALID', `The request cannot be read: ${message}.`, { hint: 'See /api/docs.' });
  }
  return null;
}
