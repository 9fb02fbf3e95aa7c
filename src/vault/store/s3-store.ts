import { OxbowError } from '#base/errors.ts';
import { assertObjectKey } from './object-key.ts';
import { assertLockKnown, S3Bucket, type S3Options, s3Concurrency } from './s3-bucket.ts';
import type { ByteRange, PutOptions, Store, StoredObject } from './store.ts';
import { VersionedS3Store } from './versioned-s3-store.ts';

/**
 * A store in an S3 bucket, below a prefix. What the bucket is, it says itself: a plain one, or one that keeps versions and perhaps locks them
 * (VersionedS3Store). Requests are sent once: wrap it in a RetryStore. Errors of opening: STORE_REFUSED (no such bucket, wrong key, a bucket that
 * locks everything by itself), STORE_UNAVAILABLE.
 *
 * The user needs s3:ListBucket, GetBucketVersioning, GetObject, PutObject and DeleteObject; with versions also GetBucketObjectLockConfiguration,
 * ListBucketVersions, GetObjectVersion and DeleteObjectVersion; with object lock also GetObjectRetention and PutObjectRetention. It should not
 * have BypassGovernanceRetention.
 *
 * @param options.now tells a locked object from one that we have no permission to delete
 */
export async function openS3Store(options: S3Options & { now: () => Date }): Promise<Store> {
  const bucket = new S3Bucket(options);
  try {
    const { versioned, locks, locksAll } = await bucket.settings();
    if (locksAll) {
      throw new OxbowError(
        'STORE_REFUSED',
        `The bucket ${options.bucket} locks all that is written: leases could not be released.`,
        {
          hint: 'Remove the default retention of the bucket; keep its object lock. Oxbow locks what must not be lost.',
        },
      );
    }
    return versioned ? new VersionedS3Store(bucket, { locks, now: options.now }) : new PlainS3Store(bucket, locks === null);
  } catch (error) {
    bucket.close();
    throw error;
  }
}

/** A bucket without versions: what is written replaces, what is deleted is gone. */
class PlainS3Store implements Store {
  readonly location: string;
  readonly concurrency = s3Concurrency;
  readonly #bucket: S3Bucket;
  readonly #maybeLocks: boolean;

  constructor(bucket: S3Bucket, maybeLocks: boolean) {
    this.#bucket = bucket;
    this.#maybeLocks = maybeLocks;
    this.location = bucket.location;
  }

  async get(key: string, range?: ByteRange): Promise<Buffer> {
    assertObjectKey(key);
    return await this.#bucket.read(key, range);
  }

  async put(key: string, bytes: Buffer, options?: PutOptions): Promise<void> {
    assertObjectKey(key);
    if (this.#maybeLocks) assertLockKnown(this.#bucket, options);
    await this.#bucket.write(key, bytes);
  }

  async putIfAbsent(key: string, bytes: Buffer, options?: PutOptions): Promise<boolean> {
    assertObjectKey(key);
    if (this.#maybeLocks) assertLockKnown(this.#bucket, options);
    return (await this.#bucket.write(key, bytes, { ifAbsent: true })) !== null;
  }

  async size(key: string): Promise<number | null> {
    assertObjectKey(key);
    return (await this.#bucket.head(key))?.size ?? null;
  }

  list(prefix: string): AsyncIterable<StoredObject> {
    return this.#bucket.list(prefix);
  }

  async delete(key: string): Promise<void> {
    assertObjectKey(key);
    await this.#bucket.remove(key);
  }

  async close(): Promise<void> {
    this.#bucket.close();
  }
}
