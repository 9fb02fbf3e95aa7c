import { OxbowError, systemErrorCode } from '#base/errors.ts';

/** What is read of an error of the SDK; its other fields (keys, strings that were signed) are never passed on. */
interface ServiceError {
  name?: string;
  message?: string;
  Code?: string;
  $metadata?: { httpStatusCode?: number; requestId?: string };
}

const full = new Set(['QuotaExceeded', 'StorageQuotaExceeded', 'XMinioStorageFull', 'InsufficientStorage']);
const busy = new Set([
  'SlowDown',
  'SlowDownRead',
  'SlowDownWrite',
  'ServiceUnavailable',
  'InternalError',
  'RequestTimeout',
  'TimeoutError',
  'AbortError',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'BandwidthLimitExceeded',
  'OperationAborted',
  'ConditionalRequestConflict',
  // What arrived was not what was sent.
  'BadDigest',
  'IncompleteBody',
  'XAmzContentSHA256Mismatch',
]);
const lost = /^(E(CONN|PIPE|HOST|NET|TIMEDOUT|AI_AGAIN|NOTFOUND|PROTO)|UND_ERR|ERR_(STREAM|HTTP)|HPE_)/;
const refused: Record<string, string> = {
  AccessDenied: 'Allow the user to list the bucket, and to read, write and delete objects and their versions.',
  NoSuchBucket: 'Make the bucket, or check its name, the endpoint and the region.',
  SignatureDoesNotMatch: 'Check AWS_SECRET_ACCESS_KEY.',
  InvalidAccessKeyId: 'Check AWS_ACCESS_KEY_ID.',
  CredentialsProviderError: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  ExpiredToken: 'Get new credentials: AWS_SESSION_TOKEN has expired.',
  RequestTimeTooSkewed: 'Set the clock of this machine.',
  AuthorizationHeaderMalformed: 'Set OXBOW_S3_REGION to the region of the bucket.',
  PermanentRedirect: 'Set OXBOW_S3_REGION to the region of the bucket.',
  InvalidBucketName: 'Check the name of the bucket.',
};

/** The code that S3 gave ("SlowDown"), or the name of what went wrong on the way. */
export function s3ErrorCode(error: unknown): string {
  const { name, Code } = error as ServiceError;
  // Answers to HEAD carry no code, only a status.
  const code = Code ?? name;
  return code === undefined || code === 'Error' || code === 'Unknown' ? (systemErrorCode(error) ?? code ?? 'Error') : code;
}

/** True when S3 says that there is no such object, or version of it; not when the bucket is missing. */
export function isNoSuchObject(error: unknown): boolean {
  return ['NoSuchKey', 'NotFound', 'NoSuchVersion'].includes(s3ErrorCode(error));
}

/**
 * An error of S3 as one of a store: STORE_FULL, STORE_REFUSED, STORE_UNAVAILABLE or STORE_FAILED.
 *
 * @param what begins the message, as in "The object config of s3://bucket cannot be read"
 */
export function s3Error(error: unknown, what: string): OxbowError {
  if (error instanceof OxbowError) return error;
  const { message, $metadata } = error as ServiceError;
  const reason = s3ErrorCode(error);
  const status = $metadata?.httpStatusCode;
  const details = { reason, status, requestId: $metadata?.requestId };
  const text = `${what}: ${reason}${status === undefined ? '' : ` (HTTP ${status})`}`;
  const said = message && message !== 'UnknownError' && message !== reason ? `: ${message.slice(0, 300).replace(/\.$/, '')}` : '';
  if (full.has(reason) || status === 507) {
    const hint = 'Make room there or raise the quota, then start again: what was stored is used.';
    return new OxbowError('STORE_FULL', `${text}.`, { hint, details });
  }
  if (reason === 'Error' && message === 'Region is missing') {
    return new OxbowError('STORE_REFUSED', `${what}: no region is named.`, { hint: 'Set OXBOW_S3_REGION.' });
  }
  if (Object.hasOwn(refused, reason) || status === 401 || (status === 403 && !busy.has(reason))) {
    return new OxbowError('STORE_REFUSED', `${text}${said}.`, { hint: refused[reason] ?? refused.AccessDenied, details });
  }
  if (busy.has(reason) || lost.test(reason) || (status !== undefined && (status >= 500 || status === 429 || status === 408))) {
    return new OxbowError('STORE_UNAVAILABLE', `${text}.`, {
      hint: 'Check the endpoint and the network, then start again: what was stored is used.',
      details,
    });
  }
  return new OxbowError('STORE_FAILED', `${text}${said}.`, { details });
}
