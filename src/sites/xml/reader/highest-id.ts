import { compareIds } from '#base/compare-ids.ts';

/** Gives ids above every id seen. */
export class HighestId {
  #highest = '0';
  #next: bigint | null = null;

  see(id: string | null): void {
    if (id !== null && /^\d{1,19}$/.test(id) && compareIds(id, this.#highest) > 0) this.#highest = id;
  }

  next(): string {
    this.#next = (this.#next ?? BigInt(this.#highest)) + 1n;
    return this.#next.toString();
  }
}
