import { isOxbowError, OxbowError } from '#base/errors.ts';
import { assertObjectKey, objectNotFound } from './object-key.ts';
import { assertLockKnown, type ObjectVersions, type S3Bucket, s3Concurrency } from './s3-bucket.ts';
import type { ByteRange, PutOptions, Store, StoredObject } from './store.ts';

/** Keys whose version is remembered: some megabytes. */
const remembered = 20_000;

/**
 * A bucket that keeps versions. **The oldest version of a key is the object**, marks of deletes do not count: whoever may write to the bucket, but
 * not delete versions, can neither hide an object nor put another in its place. Where the bucket has object lock, nobody can delete the oldest
 * version either until its time has come; locks are of the mode COMPLIANCE, because the account that could bypass GOVERNANCE is the one
 * that an intruder wants.
 *
 * So put() writes a new version and then removes the older ones, the removal of the oldest being the moment of the change; an object that is locked is
 * never replaced (STORE_OBJECT_LOCKED, unless the bytes are the same). delete() removes every version, the oldest last. That costs a list
 * request for each object written, and for each one read for the first time.
 */
export class VersionedS3Store implements Store {
  readonly location: string;
  readonly concurrency = s3Concurrency;
  readonly extendLock?: (key: string, until: string) => Promise<void>;
  readonly #bucket: S3Bucket;
  readonly #locks: boolean | null;
  readonly #now: () => Date;
  /** Nothing can come before the oldest version: an id holds for as long as it can be read. */
  readonly #oldest = new Map<string, string>();

  /** @param options.locks null when it is not known */
  constructor(bucket: S3Bucket, options: { locks: boolean | null; now: () => Date }) {
    this.#bucket = bucket;
    this.#locks = options.locks;
    this.#now = options.now;
    this.location = bucket.location;
    if (options.locks) this.extendLock = (key, until) => this.#extendLock(key, until);
  }

  async get(key: string, range?: ByteRange): Promise<Buffer> {
    assertObjectKey(key);
    const known = this.#oldest.get(key);
    if (known) {
      const bytes = await this.#readOrNull(key, range, known);
      if (bytes) return bytes;
    }
    // Whoever replaces the object right now removes the version that we have just found.
    for (let tries = 0; tries < 10; tries++) {
      const oldest = (await this.#versions(key)).versions.at(-1);
      if (!oldest) break;
      const bytes = await this.#readOrNull(key, range, oldest.id);
      if (bytes) {
        this.#remember(key, oldest.id);
        return bytes;
      }
    }
    this.#oldest.delete(key);
    throw objectNotFound(key, this.location);
  }

  async put(key: string, bytes: Buffer, options?: PutOptions): Promise<void> {
    assertObjectKey(key);
    const lockedUntil = this.#lockedUntil(options);
    const older = await this.#versions(key);
    const oldest = older.versions.at(-1);
    if (!oldest) {
      await this.#bucket.write(key, bytes, { lockedUntil });
      await this.#removeAll({ ...older, versions: [] });
      return;
    }
    if (lockedUntil && oldest.size === bytes.length && (await this.#readOrNull(key, undefined, oldest.id))?.equals(bytes)) {
      // Written before, by a try whose answer was lost: a second version could not be removed again.
      await this.#extendLock(key, lockedUntil);
      return;
    }
    const mine = (await this.#bucket.write(key, bytes))!;
    try {
      // In a bucket whose versioning is suspended, the new one may have replaced an old one.
      await this.#removeAll({ ...older, versions: older.versions.filter(({ id }) => id !== mine) });
    } catch (error) {
      if (isOxbowError(error, 'STORE_OBJECT_LOCKED')) await this.#bucket.remove(key, mine);
      throw error;
    }
    if (lockedUntil) await this.#bucket.lock(key, mine, lockedUntil);
  }

  /** Some buckets with versions take any number of writes under If-None-Match: *, so the first version decides. */
  async putIfAbsent(key: string, bytes: Buffer, options?: PutOptions): Promise<boolean> {
    assertObjectKey(key);
    const lockedUntil = this.#lockedUntil(options);
    if ((await this.#versions(key)).versions.length > 0) return false;
    const mine = await this.#bucket.write(key, bytes, { ifAbsent: true, lockedUntil });
    if (mine === null) return false;
    if ((await this.#versions(key)).versions.at(-1)?.id === mine) return true;
    try {
      await this.#removeVersion(key, mine);
    } catch (error) {
      // It goes with the object, once its time has come.
      if (!isOxbowError(error, 'STORE_OBJECT_LOCKED')) throw error;
    }
    return false;
  }

  async size(key: string): Promise<number | null> {
    assertObjectKey(key);
    return (await this.#versions(key)).versions.at(-1)?.size ?? null;
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    for await (const { key, versions } of this.#bucket.versions(prefix)) {
      const oldest = versions.at(-1);
      if (oldest) yield { key, size: oldest.size };
    }
  }

  async delete(key: string): Promise<void> {
    assertObjectKey(key);
    await this.#removeAll(await this.#versions(key));
  }

  async close(): Promise<void> {
    this.#bucket.close();
  }

  async #extendLock(key: string, until: string): Promise<void> {
    assertObjectKey(key);
    const oldest = (await this.#versions(key)).versions.at(-1);
    const found = oldest && (await this.#bucket.head(key, oldest.id));
    if (!found) throw objectNotFound(key, this.location);
    // A lock can be made longer, never shorter.
    if (found.lockedUntil && Date.parse(found.lockedUntil) >= Date.parse(until)) return;
    await this.#bucket.lock(key, oldest.id, until);
  }

  /** Of that key alone; others may begin with it. */
  async #versions(key: string): Promise<ObjectVersions> {
    for await (const found of this.#bucket.versions(key)) return found.key === key ? found : { key, versions: [], markers: [] };
    return { key, versions: [], markers: [] };
  }

  async #removeAll({ key, versions, markers }: ObjectVersions): Promise<void> {
    for (const id of markers) await this.#removeVersion(key, id);
    for (const { id } of versions) await this.#removeVersion(key, id);
    if (versions.length > 0) this.#oldest.delete(key);
  }

  async #removeVersion(key: string, version: string): Promise<void> {
    try {
      await this.#bucket.remove(key, version);
    } catch (error) {
      if (!isOxbowError(error, 'STORE_REFUSED')) throw error;
      // S3 says "access denied" for a lock too.
      const lockedUntil = (await this.#bucket.head(key, version))?.lockedUntil;
      if (!lockedUntil || Date.parse(lockedUntil) <= this.#now().getTime()) throw error;
      throw new OxbowError('STORE_OBJECT_LOCKED', `The object ${key} of ${this.location} is locked until ${lockedUntil}.`, {
        hint: 'Nobody can remove or replace it before that time.',
        details: { object: key, lockedUntil },
      });
    }
  }

  async #readOrNull(key: string, range: ByteRange | undefined, version: string): Promise<Buffer | null> {
    try {
      return await this.#bucket.read(key, range, version);
    } catch (error) {
      if (isOxbowError(error, 'OBJECT_NOT_FOUND')) return null;
      throw error;
    }
  }

  #remember(key: string, version: string): void {
    if (this.#oldest.size >= remembered) this.#oldest.delete(this.#oldest.keys().next().value!);
    this.#oldest.set(key, version);
  }

  #lockedUntil(options: PutOptions | undefined): string | undefined {
    if (this.#locks === null) assertLockKnown(this.#bucket, options);
    return this.#locks ? options?.lockedUntil : undefined;
  }
}
