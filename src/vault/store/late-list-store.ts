import type { ByteRange, PutOptions, Store, StoredObject } from './store.ts';

/**
 * A store whose lists are late, for tests: they show what was there some calls ago, so new objects are missing and deleted ones still stand in
 * them. get and size tell the truth, as those of S3 do.
 */
export class LateListStore implements Store {
  readonly location: string;
  readonly concurrency: number;
  readonly #inner: Store;
  readonly #delay: number;
  #calls = 0;
  /** What lists show: size by key. */
  readonly #shown = new Map<string, number>();
  readonly #changes: { key: string; size: number | null; at: number }[] = [];

  /** @param delay calls after which a change shows in lists; Infinity: only when settle() is called */
  constructor(inner: Store, delay: number) {
    this.#inner = inner;
    this.#delay = delay;
    this.location = inner.location;
    this.concurrency = inner.concurrency;
  }

  /** Lists show from now on what is there now. */
  settle(): void {
    this.#show(Number.POSITIVE_INFINITY);
  }

  get(key: string, range?: ByteRange): Promise<Buffer> {
    this.#calls++;
    return this.#inner.get(key, range);
  }

  async put(key: string, bytes: Buffer, options?: PutOptions): Promise<void> {
    await this.#inner.put(key, bytes, options);
    this.#note(key, bytes.length);
  }

  async putIfAbsent(key: string, bytes: Buffer, options?: PutOptions): Promise<boolean> {
    const isWritten = await this.#inner.putIfAbsent(key, bytes, options);
    if (isWritten) this.#note(key, bytes.length);
    return isWritten;
  }

  size(key: string): Promise<number | null> {
    this.#calls++;
    return this.#inner.size(key);
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    this.#calls++;
    this.#show(this.#calls);
    const found = [...this.#shown].filter(([key]) => key.startsWith(prefix)).map(([key, size]) => ({ key, size }));
    yield* found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  async delete(key: string): Promise<void> {
    await this.#inner.delete(key);
    this.#note(key, null);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #note(key: string, size: number | null): void {
    this.#calls++;
    this.#changes.push({ key, size, at: this.#calls + this.#delay });
  }

  #show(until: number): void {
    while (this.#changes.length > 0 && this.#changes[0].at <= until) {
      const { key, size } = this.#changes.shift()!;
      if (size === null) this.#shown.delete(key);
      else this.#shown.set(key, size);
    }
  }
}
