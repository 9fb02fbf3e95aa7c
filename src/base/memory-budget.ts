/** A buffer that can be written to disk to make room. */
export interface Spilling {
  readonly bufferedBytes: number;
  spill(): Promise<void>;
}

/** One bound on the buffers of several sorters: when their sum exceeds it, the largest buffer goes to disk. */
export class MemoryBudget {
  readonly bytes: number;
  #used = 0;
  #spilling: Promise<void> | undefined;
  readonly #sorters = new Set<Spilling>();

  constructor(bytes: number) {
    this.bytes = bytes;
  }

  get used(): number {
    return this.#used;
  }

  join(sorter: Spilling): void {
    this.#sorters.add(sorter);
  }

  leave(sorter: Spilling): void {
    this.#sorters.delete(sorter);
  }

  /** Counts bytes taken or, when negative, given back. Returns a promise when the caller has to wait for a spill. */
  take(bytes: number): void | Promise<void> {
    this.#used += bytes;
    if (bytes <= 0 || this.#used <= this.bytes) return;
    this.#spilling ??= this.#spillLargest().finally(() => {
      this.#spilling = undefined;
    });
    return this.#spilling;
  }

  async #spillLargest(): Promise<void> {
    while (this.#used > this.bytes) {
      let largest: Spilling | undefined;
      for (const sorter of this.#sorters) if (sorter.bufferedBytes > (largest?.bufferedBytes ?? 0)) largest = sorter;
      if (largest === undefined) return;
      await largest.spill();
    }
  }
}
