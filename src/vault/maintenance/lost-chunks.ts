import { type ChunkId, digestOf } from '../chunks/chunk-id.ts';
import type { ChunkIndex } from '../chunks/chunk-index.ts';

/** Chunks that cannot be read: those that no index knows, and those marked here. One byte a slot of the index, which must not grow meanwhile. */
export class LostChunks {
  readonly #index: ChunkIndex;
  readonly #lost: Uint8Array;
  /** Chunks marked. */
  count = 0;

  constructor(index: ChunkIndex) {
    this.#index = index;
    this.#lost = new Uint8Array(index.capacity);
  }

  add(slot: number): void {
    if (this.#lost[slot] === 0) this.count++;
    this.#lost[slot] = 1;
  }

  remove(slot: number): void {
    if (this.#lost[slot] === 1) this.count--;
    this.#lost[slot] = 0;
  }

  hasSlot(slot: number): boolean {
    return this.#lost[slot] === 1;
  }

  /** `unknown`: no index has it. */
  stateOf(id: ChunkId): 'good' | 'lost' | 'unknown' {
    const slot = this.#index.slotOf(digestOf(id));
    return slot < 0 ? 'unknown' : this.#lost[slot] === 1 ? 'lost' : 'good';
  }

  *slots(): Generator<number> {
    for (let slot = 0; slot < this.#lost.length; slot++) if (this.#lost[slot] === 1) yield slot;
  }
}
