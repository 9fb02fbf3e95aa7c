import { setImmediate as nextTurn } from 'node:timers/promises';

const slowUses = 500;
/** A call counts as so many times the limit at most: it takes several long ones to make a disk slow. */
const longestCount = 4;
/** Others get their turn after so many milliseconds. */
const turnMs = 10;

/**
 * Tells how to call the file system. A local disk answers within microseconds, less than it costs to hand a call to a thread and take it
 * back (a tree of small files takes a third of the time). A network drive takes a round trip for each, in which others must go on.
 */
export class CallPace {
  readonly #slowMs: number;
  #meanMs = 0;
  #slowFor = 0;
  #sinceTurn = 0;

  /** @param slowMs a mean above this many milliseconds, and the disk is slow for the next 500 uses */
  constructor(slowMs = 1) {
    this.#slowMs = slowMs;
  }

  /** True: use blocking calls, and note() how long they took. To be asked once for each use. */
  get isFast(): boolean {
    if (this.#slowFor === 0) return true;
    this.#slowFor--;
    return false;
  }

  /** After blocking calls. A promise, to be awaited, when others want their turn. */
  note(tookMs: number): Promise<void> | undefined {
    // One call that had to wait for a processor says nothing of the disk.
    this.#meanMs += (Math.min(tookMs, this.#slowMs * longestCount) - this.#meanMs) / 16;
    if (this.#meanMs > this.#slowMs) {
      this.#slowFor = slowUses;
      this.#meanMs = 0;
    }
    this.#sinceTurn += tookMs;
    if (this.#sinceTurn < turnMs) return undefined;
    this.#sinceTurn = 0;
    return nextTurn();
  }
}
