/** One object of a store. */
export interface StoredObject {
  key: string;
  /** In bytes. */
  size: number;
}

/** A part of an object, in bytes. */
export interface ByteRange {
  offset: number;
  length: number;
}

export interface PutOptions {
  /** ISO time until which nobody may delete or overwrite the object. Stores without object lock ignore it. */
  lockedUntil?: string;
}

/**
 * Where the objects of a vault lie: a folder, an S3 bucket, memory. Objects are small enough for memory (a pack: about 16 MiB) and are
 * never changed once written. Keys are '/'-separated paths of [a-z0-9._-] segments; no key is a folder of another one's. Every store passes the
 * contract in store-contract.ts.
 *
 * Errors: OBJECT_NOT_FOUND (get), STORE_FULL, STORE_REFUSED (no permission, bad signature, no such bucket), STORE_UNAVAILABLE (worth another try),
 * STORE_OBJECT_LOCKED (delete of an object that is locked), STORE_FAILED (anything else).
 */
export interface Store {
  /** The place, for people: without user, password, key. */
  readonly location: string;
  /** How many puts or gets at a time make it faster. */
  readonly concurrency: number;
  /** The bytes, or those of the range; a range that reaches beyond the end gives what there is. */
  get(key: string, range?: ByteRange): Promise<Buffer>;
  /** Writes durably, all or nothing: never visible in part. An object of that key is replaced. */
  put(key: string, bytes: Buffer, options?: PutOptions): Promise<void>;
  /** Writes unless the key is taken; false when it is. Of several callers at once exactly one gets true. */
  putIfAbsent(key: string, bytes: Buffer, options?: PutOptions): Promise<boolean>;
  /** Size of the object, null when there is none. */
  size(key: string): Promise<number | null>;
  /** Every object whose key begins with the prefix, in ascending order of the key. What is not complete is not listed. */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** Removes; nothing happens when there is none. */
  delete(key: string): Promise<void>;
  /** Moves the lock of an object on to a later ISO time. Absent: the store has no object lock. */
  extendLock?(key: string, until: string): Promise<void>;
  close(): Promise<void>;
}
