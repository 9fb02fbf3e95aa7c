import { setTimeout as sleep } from 'node:timers/promises';
import type { ByteRange, PutOptions, Store, StoredObject } from './store.ts';

export interface ThrottleOptions {
  /** Bytes that may go at once after a time of rest. Default: those of one second. */
  burst?: number;
  /** Milliseconds, never going back. */
  clock?: () => number;
  sleep?: (ms: number) => Promise<unknown>;
}

/**
 * A store whose puts and gets together move no more than so many bytes a second, on average: objects go whole, so one may be sent as fast as the
 * line allows, and the next then waits until it has been paid for. Requests without content (list, size, delete) are not counted.
 */
export class ThrottledStore implements Store {
  readonly location: string;
  readonly concurrency: number;
  readonly extendLock?: (key: string, until: string) => Promise<void>;
  readonly #inner: Store;
  readonly #rate: number;
  readonly #burst: number;
  readonly #clock: () => number;
  readonly #sleep: (ms: number) => Promise<unknown>;
  /** When all that was moved so far is paid for. */
  #paidAt: number;

  /** @param rate bytes a second */
  constructor(inner: Store, rate: number, options: ThrottleOptions = {}) {
    this.#inner = inner;
    this.#rate = rate;
    this.#burst = ((options.burst ?? rate) / rate) * 1000;
    this.#clock = options.clock ?? (() => performance.now());
    this.#sleep = options.sleep ?? sleep;
    this.#paidAt = this.#clock() - this.#burst;
    this.location = inner.location;
    this.concurrency = inner.concurrency;
    const { extendLock } = inner;
    if (extendLock) this.extendLock = (key, until) => extendLock.call(inner, key, until);
  }

  async get(key: string, range?: ByteRange): Promise<Buffer> {
    // How much comes is known afterwards; what is asked for, before: of many callers each waits for its own turn.
    await this.#pay(range?.length ?? 0);
    const bytes = await this.#inner.get(key, range);
    await this.#pay(bytes.length - (range?.length ?? 0));
    return bytes;
  }

  async put(key: string, bytes: Buffer, options?: PutOptions): Promise<void> {
    await this.#pay(bytes.length);
    await this.#inner.put(key, bytes, options);
  }

  async putIfAbsent(key: string, bytes: Buffer, options?: PutOptions): Promise<boolean> {
    await this.#pay(bytes.length);
    return await this.#inner.putIfAbsent(key, bytes, options);
  }

  size(key: string): Promise<number | null> {
    return this.#inner.size(key);
  }

  list(prefix: string): AsyncIterable<StoredObject> {
    return this.#inner.list(prefix);
  }

  delete(key: string): Promise<void> {
    return this.#inner.delete(key);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** Takes the next free time on the line for so many bytes, and waits until it has come. */
  async #pay(bytes: number): Promise<void> {
    const now = this.#clock();
    this.#paidAt = Math.max(this.#paidAt, now - this.#burst) + (bytes / this.#rate) * 1000;
    if (this.#paidAt > now) await this.#sleep(this.#paidAt - now);
  }
}
