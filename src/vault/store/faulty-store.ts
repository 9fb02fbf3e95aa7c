import { OxbowError } from '#base/errors.ts';
import type { ByteRange, PutOptions, Store, StoredObject } from './store.ts';

/** What a FaultyStore does to the calls its plan names. */
export interface FaultPlan {
  /** Which call fails: 1 is the next one after the plan was set, counting only those of `method` when there is one. */
  at: number;
  /** Before or after the real effect; after: the acknowledgement is lost. */
  when: 'before' | 'after';
  method?: keyof Store;
  /** STORE_UNAVAILABLE unless given. */
  error?: () => Error;
  /** Every call from `at` on, not that one alone. */
  every?: boolean;
  /**
   * Instead of an error: `truncate` gives half of the bytes of a get, `flip` turns one bit of them (other calls than get pass), `hang` never
   * answers until release() or `signal`, then fails.
   */
  kind?: 'error' | 'truncate' | 'flip' | 'hang';
  /** Ends a hang. */
  signal?: AbortSignal;
}

/** A store that fails as its plan says, for tests. `fired` tells whether the fault was met: a test of a fault that never fired proves nothing. */
export class FaultyStore implements Store {
  readonly location: string;
  readonly concurrency: number;
  readonly inner: Store;
  /** All calls since the store was made. A listing is one call. */
  calls = 0;
  callsByMethod: Record<string, number> = {};
  /** How often a plan was carried out. */
  fired = 0;
  readonly extendLock?: (key: string, until: string) => Promise<void>;
  readonly #hanging = new Set<() => void>();
  #plan: FaultPlan | null = null;
  /** Calls that the plan counts. */
  #seen = 0;

  constructor(inner: Store) {
    this.inner = inner;
    this.location = inner.location;
    this.concurrency = inner.concurrency;
    if (inner.extendLock) this.extendLock = (key, until) => this.#call('extendLock', async () => inner.extendLock?.(key, until));
  }

  get plan(): FaultPlan | null {
    return this.#plan;
  }

  /** Counting begins anew with each plan. */
  set plan(plan: FaultPlan | null) {
    this.#plan = plan;
    this.#seen = 0;
  }

  /** Lets every hanging call go on to fail. */
  release(): void {
    for (const end of this.#hanging) end();
  }

  async get(key: string, range?: ByteRange): Promise<Buffer> {
    return await this.#call('get', () => this.inner.get(key, range));
  }

  async put(key: string, bytes: Buffer, options?: PutOptions): Promise<void> {
    await this.#call('put', () => this.inner.put(key, bytes, options));
  }

  async putIfAbsent(key: string, bytes: Buffer, options?: PutOptions): Promise<boolean> {
    return await this.#call('putIfAbsent', () => this.inner.putIfAbsent(key, bytes, options));
  }

  async size(key: string): Promise<number | null> {
    return await this.#call('size', () => this.inner.size(key));
  }

  /** A fault `after` the effect breaks off behind the first object. */
  async *list(prefix: string): AsyncGenerator<StoredObject> {
    const fault = this.#next('list');
    if (fault?.when === 'before') await this.#carryOut(fault);
    for await (const object of this.inner.list(prefix)) {
      yield object;
      if (fault?.when === 'after') break;
    }
    if (fault?.when === 'after') await this.#carryOut(fault);
  }

  async delete(key: string): Promise<void> {
    await this.#call('delete', () => this.inner.delete(key));
  }

  async close(): Promise<void> {
    this.release();
    await this.inner.close();
  }

  async #call<T>(method: keyof Store, effect: () => Promise<T>): Promise<T> {
    const fault = this.#next(method);
    if (!fault) return await effect();
    if (fault.kind === 'truncate' || fault.kind === 'flip') {
      const result = await effect();
      return Buffer.isBuffer(result) ? (damage(result, fault.kind) as T) : result;
    }
    if (fault.when === 'after') await effect();
    return await this.#carryOut(fault);
  }

  #next(method: keyof Store): FaultPlan | null {
    this.calls++;
    this.callsByMethod[method] = (this.callsByMethod[method] ?? 0) + 1;
    const plan = this.#plan;
    if (!plan || (plan.method && plan.method !== method)) return null;
    this.#seen++;
    if (this.#seen !== plan.at && !(plan.every && this.#seen > plan.at)) return null;
    this.fired++;
    return plan;
  }

  async #carryOut({ kind, signal, error }: FaultPlan): Promise<never> {
    if (kind === 'hang') {
      await new Promise<void>((resolve) => {
        this.#hanging.add(resolve);
        if (signal?.aborted) resolve();
        signal?.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    throw error?.() ?? new OxbowError('STORE_UNAVAILABLE', `The store ${this.location} does not answer (a test's fault).`);
  }
}

function damage(bytes: Buffer, kind: 'truncate' | 'flip'): Buffer {
  if (kind === 'truncate') return bytes.subarray(0, bytes.length >> 1);
  const copy = Buffer.from(bytes);
  if (copy.length > 0) copy[copy.length >> 1] ^= 0x10;
  return copy;
}
