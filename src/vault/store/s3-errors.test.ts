import { describe, expect, it } from 'vitest';
import { isNoSuchObject, s3Error } from './s3-errors.ts';

/** As the SDK throws it. */
function serviceError(name: string, httpStatusCode?: number, fields: object = {}): Error {
  return Object.assign(new Error('UnknownError'), { name, ...fields, $metadata: { httpStatusCode, requestId: 'r1' } });
}

function systemError(code: string): Error {
  return Object.assign(new Error(`connect ${code} 192.0.2.1:443`), { code });
}

describe('an error of S3', () => {
  it('becomes the one that tells what to do', () => {
    const cases: [string, Error[]][] = [
      ['STORE_FULL', [serviceError('QuotaExceeded', 403), serviceError('XMinioStorageFull', 507), serviceError('Unknown', 507)]],
      [
        'STORE_REFUSED',
        [
          serviceError('AccessDenied', 403),
          serviceError('Unknown', 403),
          serviceError('SignatureDoesNotMatch', 403),
          serviceError('NoSuchBucket', 404),
          serviceError('PermanentRedirect', 301),
          serviceError('CredentialsProviderError'),
          Object.assign(new Error('Region is missing'), { $metadata: {} }),
        ],
      ],
      [
        'STORE_UNAVAILABLE',
        [
          serviceError('SlowDown', 503),
          serviceError('Unknown', 500),
          serviceError('Unknown', 429),
          serviceError('RequestTimeout', 400),
          serviceError('ConditionalRequestConflict', 409),
          serviceError('XAmzContentSHA256Mismatch', 400),
          serviceError('TimeoutError'),
          systemError('ECONNREFUSED'),
          systemError('ECONNRESET'),
          systemError('EPIPE'),
          systemError('EAI_AGAIN'),
          systemError('ENOTFOUND'),
        ],
      ],
      ['STORE_FAILED', [serviceError('InvalidRequest', 400), serviceError('EntityTooLarge', 400), new Error('what?')]],
    ];
    for (const [code, errors] of cases) {
      for (const error of errors) expect(s3Error(error, 'It cannot be read'), error.name + error.message).toMatchObject({ code });
    }
  });

  it('passes on what S3 said and the number of the request, and no key or signature', () => {
    const secrets = { AWSAccessKeyId: 'KEYKEY', StringToSign: 'SIGNSIGN', message: 'You may not.' };
    const error = s3Error(serviceError('AccessDenied', 403, secrets), 'The object a of s3://b cannot be read');
    expect(error.message).toBe('The object a of s3://b cannot be read: AccessDenied (HTTP 403): You may not.');
    expect(error.details).toEqual({ reason: 'AccessDenied', status: 403, requestId: 'r1' });
    expect(`${error.stack}${JSON.stringify(error)}${JSON.stringify(error.cause)}`).not.toMatch(/KEYKEY|SIGNSIGN/);
  });

  it('tells a missing object from a missing bucket', () => {
    expect(['NoSuchKey', 'NotFound', 'NoSuchVersion'].map((name) => isNoSuchObject(serviceError(name, 404)))).not.toContain(
      false,
    );
    expect(isNoSuchObject(serviceError('NoSuchBucket', 404))).toBe(false);
  });
});
