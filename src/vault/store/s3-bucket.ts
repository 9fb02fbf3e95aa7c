import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectRetentionCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { OxbowError } from '#base/errors.ts';
import { objectNotFound } from './object-key.ts';
import { isNoSuchObject, s3Error, s3ErrorCode } from './s3-errors.ts';
import type { ByteRange, PutOptions, StoredObject } from './store.ts';

/** Puts or gets at a time. */
export const s3Concurrency = 8;

export interface S3Options {
  bucket: string;
  /** Begins the key of every object in the bucket, without '/' at either end; empty for none. */
  prefix: string;
  /** URL of another S3 than Amazon's. */
  endpoint?: string;
  region?: string;
  /** The bucket in the path instead of the host name. Default: true with an endpoint. */
  pathStyle?: boolean;
  /** Without: from wherever the SDK finds some (its environment, ~/.aws, the role of the machine). */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** Milliseconds without a byte after which a connection counts as lost. Default: a minute. */
  timeout?: number;
}

/** All that a versioned bucket keeps under one key. */
export interface ObjectVersions {
  key: string;
  /** Newest first. */
  versions: { id: string; size: number }[];
  /** Ids of the marks that deletes have left. */
  markers: string[];
}

/** Requests to one bucket, each sent once; keys are those of a vault. The only file that knows the SDK. */
export class S3Bucket {
  /** s3://bucket/prefix */
  readonly location: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(options: S3Options) {
    const { bucket, prefix, endpoint, credentials, timeout = 60_000 } = options;
    this.location = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
    this.#bucket = bucket;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    const region = options.region ?? (endpoint ? 'us-east-1' : undefined);
    this.#client = new S3Client({
      forcePathStyle: options.pathStyle ?? endpoint !== undefined,
      ...(endpoint && { endpoint }),
      ...(region && { region }),
      ...(credentials && { credentials }),
      followRegionRedirects: true,
      // Our own wrapper tries again: it knows what a lost answer means.
      maxAttempts: 1,
      // The signature covers the bytes; newer checksums are unknown to many an S3 that is not Amazon's.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // It would cost a connection of its own for each pack.
      expectContinueHeader: false,
      requestHandler: { connectionTimeout: Math.min(timeout, 15_000), socketTimeout: timeout, httpsAgent: { maxSockets: 16 } },
    });
  }

  /** Whether the bucket keeps versions, and whether it can lock them: null when we may not ask. Errors: STORE_REFUSED (no such bucket, ...). */
  async settings(): Promise<{ versioned: boolean; locks: boolean | null; locksAll: boolean }> {
    const Bucket = this.#bucket;
    const what = `The bucket ${Bucket} cannot be used`;
    try {
      const { Status } = await this.#client.send(new GetBucketVersioningCommand({ Bucket }));
      if (!Status) return { versioned: false, locks: false, locksAll: false };
    } catch (error) {
      // The first real request tells whether we may do anything at all.
      if (!isUnknown(error)) throw s3Error(error, what);
      return { versioned: false, locks: null, locksAll: false };
    }
    try {
      const { ObjectLockConfiguration: found } = await this.#client.send(new GetObjectLockConfigurationCommand({ Bucket }));
      const locks = found?.ObjectLockEnabled === 'Enabled';
      return { versioned: true, locks, locksAll: found?.Rule?.DefaultRetention !== undefined };
    } catch (error) {
      if (s3ErrorCode(error) === 'ObjectLockConfigurationNotFoundError')
        return { versioned: true, locks: false, locksAll: false };
      if (!isUnknown(error)) throw s3Error(error, what);
      return { versioned: true, locks: null, locksAll: false };
    }
  }

  /** Errors: OBJECT_NOT_FOUND, also for a version that is gone. */
  async read(key: string, range?: ByteRange, version?: string): Promise<Buffer> {
    try {
      // A range of nothing cannot be asked for.
      const Range = range && `bytes=${range.offset}-${range.offset + Math.max(range.length, 1) - 1}`;
      const answer = await this.#client.send(new GetObjectCommand({ ...this.#object(key, version), Range }));
      const body = await answer.Body!.transformToByteArray();
      if (answer.ContentLength !== undefined && body.length !== answer.ContentLength) {
        throw Object.assign(new Error(), { name: 'IncompleteBody' });
      }
      const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
      return range ? bytes.subarray(0, range.length) : bytes;
    } catch (error) {
      if (s3ErrorCode(error) === 'InvalidRange') return Buffer.alloc(0);
      throw this.#error(error, key, 'read');
    }
  }

  /** Id of the version that was written ('null' where there are none); null when the key is taken. */
  async write(
    key: string,
    bytes: Buffer,
    options: { ifAbsent?: boolean; lockedUntil?: string | undefined } = {},
  ): Promise<string | null> {
    try {
      const { VersionId } = await this.#client.send(
        new PutObjectCommand({
          ...this.#object(key),
          Body: bytes,
          ...(options.ifAbsent && { IfNoneMatch: '*' }),
          ...(options.lockedUntil && {
            ObjectLockMode: 'COMPLIANCE',
            ObjectLockRetainUntilDate: new Date(options.lockedUntil),
            // S3 insists on it where there is a lock.
            ContentMD5: createHash('md5').update(bytes).digest('base64'),
          }),
        }),
      );
      return VersionId ?? 'null';
    } catch (error) {
      if (options.ifAbsent && s3ErrorCode(error) === 'PreconditionFailed') return null;
      throw this.#error(error, key, 'written');
    }
  }

  /** Bytes of the object, and until when (ISO) it is locked; null when there is none. */
  async head(key: string, version?: string): Promise<{ size: number; lockedUntil: string | null } | null> {
    try {
      const found = await this.#client.send(new HeadObjectCommand(this.#object(key, version)));
      // A legal hold lasts until somebody lifts it.
      const until = found.ObjectLockLegalHoldStatus === 'ON' ? new Date(8.64e15) : found.ObjectLockRetainUntilDate;
      return { size: found.ContentLength ?? 0, lockedUntil: until?.toISOString() ?? null };
    } catch (error) {
      if (isNoSuchObject(error)) return null;
      throw this.#error(error, key, 'looked at');
    }
  }

  /** Without a version, a versioned bucket only writes a mark. */
  async remove(key: string, version?: string): Promise<void> {
    try {
      await this.#client.send(new DeleteObjectCommand(this.#object(key, version)));
    } catch (error) {
      if (!isNoSuchObject(error)) throw this.#error(error, key, 'removed');
    }
  }

  async lock(key: string, version: string, until: string): Promise<void> {
    try {
      const Retention = { Mode: 'COMPLIANCE' as const, RetainUntilDate: new Date(until) };
      await this.#client.send(new PutObjectRetentionCommand({ ...this.#object(key, version), Retention }));
    } catch (error) {
      throw this.#error(error, key, 'locked');
    }
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    const query = { Bucket: this.#bucket, Prefix: this.#prefix + prefix };
    for (let token: string | undefined; ; ) {
      const page = await this.#page(prefix, () =>
        this.#client.send(new ListObjectsV2Command({ ...query, ...(token && { ContinuationToken: token }) })),
      );
      for (const { Key, Size } of page.Contents ?? []) yield { key: Key!.slice(this.#prefix.length), size: Size ?? 0 };
      if (!page.IsTruncated) return;
      token = page.NextContinuationToken;
    }
  }

  /** What a versioned bucket has below a prefix, in ascending order of the key. Holds a page of a thousand and the versions of one key. */
  async *versions(prefix: string): AsyncGenerator<ObjectVersions> {
    const query = { Bucket: this.#bucket, Prefix: this.#prefix + prefix };
    let open: ObjectVersions | undefined;
    for (let from = {}; ; ) {
      const page = await this.#page(prefix, () => this.#client.send(new ListObjectVersionsCommand({ ...query, ...from })));
      const groups = new Map<string, ObjectVersions>(open && [[open.key, open]]);
      const groupOf = (name: string) => {
        const key = name.slice(this.#prefix.length);
        const group = groups.get(key) ?? { key, versions: [], markers: [] };
        groups.set(key, group);
        return group;
      };
      for (const { Key, VersionId, Size } of page.Versions ?? []) {
        groupOf(Key!).versions.push({ id: VersionId ?? 'null', size: Size ?? 0 });
      }
      for (const { Key, VersionId } of page.DeleteMarkers ?? []) groupOf(Key!).markers.push(VersionId ?? 'null');
      const found = [...groups.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
      // The last key may go on with the next page.
      open = found.pop();
      yield* found;
      if (!page.IsTruncated) break;
      from = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    }
    if (open) yield open;
  }

  close(): void {
    this.#client.destroy();
  }

  #object(key: string, version?: string): { Bucket: string; Key: string; VersionId?: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + key, ...(version && { VersionId: version }) };
  }

  async #page<T>(prefix: string, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      throw s3Error(error, `The objects ${prefix}* of ${this.location} cannot be listed`);
    }
  }

  #error(error: unknown, key: string, verb: string): OxbowError {
    if (isNoSuchObject(error)) return objectNotFound(key, this.location);
    return s3Error(error, `The object ${key} of ${this.location} cannot be ${verb}`);
  }
}

/** Where nobody can say whether there is object lock, nothing may rely on it. */
export function assertLockKnown(bucket: S3Bucket, options: PutOptions | undefined): void {
  if (!options?.lockedUntil) return;
  throw new OxbowError('STORE_REFUSED', `It cannot be told whether ${bucket.location} has object lock.`, {
    hint: 'Allow the user to read the versioning and the object lock configuration of the bucket.',
  });
}

/** The question is not allowed, or unknown to this S3. */
function isUnknown(error: unknown): boolean {
  return ['AccessDenied', 'NotImplemented', 'MethodNotAllowed'].includes(s3ErrorCode(error));
}
