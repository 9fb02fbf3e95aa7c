import { assertObjectKey, objectNotFound } from './object-key.ts';
import type { ByteRange, Store, StoredObject } from './store.ts';

/** A store in the memory of the process: for tests and trials. */
export class MemoryStore implements Store {
  readonly location = 'memory';
  readonly concurrency = 4;
  /** The objects themselves: tests damage them. */
  readonly objects = new Map<string, Buffer>();

  async get(key: string, range?: ByteRange): Promise<Buffer> {
    assertObjectKey(key);
    const bytes = this.objects.get(key);
    if (!bytes) throw objectNotFound(key, this.location);
    return Buffer.from(range ? bytes.subarray(range.offset, range.offset + range.length) : bytes);
  }

  async put(key: string, bytes: Buffer): Promise<void> {
    assertObjectKey(key);
    this.objects.set(key, Buffer.from(bytes));
  }

  async putIfAbsent(key: string, bytes: Buffer): Promise<boolean> {
    assertObjectKey(key);
    if (this.objects.has(key)) return false;
    this.objects.set(key, Buffer.from(bytes));
    return true;
  }

  async size(key: string): Promise<number | null> {
    assertObjectKey(key);
    return this.objects.get(key)?.length ?? null;
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    const found = [...this.objects]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, bytes]) => ({ key, size: bytes.length }));
    yield* found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  async delete(key: string): Promise<void> {
    assertObjectKey(key);
    this.objects.delete(key);
  }

  async close(): Promise<void> {}
}
