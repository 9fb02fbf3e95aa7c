import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isOxbowError } from '#base/errors.ts';
import type { ByteRange, PutOptions, Store, StoredObject } from './store.ts';

export interface RetryOptions {
  /** Tries of one call. Default 12: with the waits between them, five minutes of a store that answers at once that it cannot. */
  attempts?: number;
  /** Milliseconds before the second try, doubled for each further one. Default 500. */
  firstDelay?: number;
  /** Milliseconds. Default a minute. */
  longestDelay?: number;
  /** Ends the waiting: the error of the last try is thrown. */
  signal?: AbortSignal;
  sleep?: (ms: number) => Promise<unknown>;
  /** From 0 to 1. */
  random?: () => number;
  /** Called before each wait. */
  onRetry?: (error: unknown, attempt: number, delay: number) => void;
}

/** Does something again while it fails with STORE_UNAVAILABLE, after growing waits of chance length: many clients must not come back together. */
export async function withRetries<T>(action: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { attempts = 12, firstDelay = 500, longestDelay = 60_000, signal } = options;
  const random = options.random ?? (() => randomInt(2 ** 32) / 2 ** 32);
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (!isOxbowError(error, 'STORE_UNAVAILABLE') || attempt >= attempts || signal?.aborted) throw error;
      const delay = Math.min(longestDelay, firstDelay * 2 ** (attempt - 1)) * (0.5 + random() / 2);
      options.onRetry?.(error, attempt, delay);
      await (options.sleep ?? ((ms: number) => sleep(ms, undefined, { signal })))(delay).catch(() => {});
      if (signal?.aborted) throw error;
    }
  }
}

/**
 * A store whose calls are tried again while they fail with STORE_UNAVAILABLE. An answer may be lost after the work was done: that is harmless for
 * all but putIfAbsent, which then finds its own object and must not take it for somebody else's. Two callers that want the same key must
 * therefore bring different bytes, as everything sealed does.
 */
export class RetryStore implements Store {
  readonly location: string;
  readonly concurrency: number;
  readonly extendLock?: (key: string, until: string) => Promise<void>;
  readonly #inner: Store;
  readonly #options: RetryOptions;

  constructor(inner: Store, options: RetryOptions = {}) {
    this.#inner = inner;
    this.#options = options;
    this.location = inner.location;
    this.concurrency = inner.concurrency;
    const { extendLock } = inner;
    if (extendLock) this.extendLock = (key, until) => this.#try(() => extendLock.call(inner, key, until));
  }

  get(key: string, range?: ByteRange): Promise<Buffer> {
    return this.#try(() => this.#inner.get(key, range));
  }

  put(key: string, bytes: Buffer, options?: PutOptions): Promise<void> {
    return this.#try(() => this.#inner.put(key, bytes, options));
  }

  async putIfAbsent(key: string, bytes: Buffer, options?: PutOptions): Promise<boolean> {
    let isSecondTry = false;
    return await this.#try(async () => {
      const isUnsure = isSecondTry;
      isSecondTry = true;
      if (await this.#inner.putIfAbsent(key, bytes, options)) return true;
      return isUnsure && (await this.#holds(key, bytes));
    });
  }

  size(key: string): Promise<number | null> {
    return this.#try(() => this.#inner.size(key));
  }

  /** Begins anew after a failure and passes over what was given already. Each object has all its tries. */
  async *list(prefix: string): AsyncGenerator<StoredObject> {
    let listing: AsyncIterator<StoredObject> | undefined;
    let last = '';
    const next = async () => {
      try {
        listing ??= this.#inner.list(prefix)[Symbol.asyncIterator]();
        let step = await listing.next();
        while (!step.done && step.value.key <= last) step = await listing.next();
        return step;
      } catch (error) {
        listing = undefined;
        throw error;
      }
    };
    try {
      for (let step = await this.#try(next); !step.done; step = await this.#try(next)) {
        last = step.value.key;
        yield step.value;
      }
    } finally {
      await listing?.return?.();
    }
  }

  delete(key: string): Promise<void> {
    return this.#try(() => this.#inner.delete(key));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #try<T>(action: () => Promise<T>): Promise<T> {
    return withRetries(action, this.#options);
  }

  async #holds(key: string, bytes: Buffer): Promise<boolean> {
    try {
      return (await this.#inner.get(key)).equals(bytes);
    } catch (error) {
      if (isOxbowError(error, 'OBJECT_NOT_FOUND')) return false;
      throw error;
    }
  }
}
