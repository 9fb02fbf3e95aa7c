import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { inject } from 'vitest';
import { missingPrograms, type S3Gateway } from './radosgw.ts';

/** A real S3 server, shared by all tests; null, with a line on the console, where Ceph is not installed: tests of S3 are skipped then. */
export async function s3Gateway(): Promise<S3Gateway | null> {
  const missing = missingPrograms();
  if (missing.length > 0) {
    console.warn(
      `Tests of S3 are skipped: ${missing.join(', ')} not found. On Debian or Ubuntu install them with\n` +
        '  apt-get install -y --no-install-recommends radosgw ceph-mon ceph-osd ceph-mgr',
    );
    return null;
  }
  const answer = await fetch(inject('s3GatewayStarter'));
  if (!answer.ok) throw new Error(`The S3 gateway for tests does not start: ${await answer.text()}`);
  return (await answer.json()) as S3Gateway;
}

/** Talks to the gateway past the store under test, as another client or an intruder would. */
export function s3Client({ endpoint, accessKey, secretKey }: S3Gateway): S3Client {
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

export type BucketKind = 'plain' | 'versioned' | 'suspended' | 'locking';

/** Name of a new bucket: without versions, with them, with versioning suspended again, or with object lock. */
export async function createBucket(gateway: S3Gateway, kind: BucketKind): Promise<string> {
  const client = s3Client(gateway);
  const Bucket = `test-${kind}-${randomBytes(6).toString('hex')}`;
  const version = (Status: 'Enabled' | 'Suspended') =>
    client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  try {
    await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: kind === 'locking' }));
    if (kind === 'versioned' || kind === 'suspended') await version('Enabled');
    if (kind === 'suspended') await version('Suspended');
    return Bucket;
  } finally {
    client.destroy();
  }
}
