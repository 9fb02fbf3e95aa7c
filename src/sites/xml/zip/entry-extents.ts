/**
 * Remembers where the entries of a zip lie, to tell whether two of them share bytes (the trick of a "better zip bomb", and of
 * parsers that disagree). 16 to 32 bytes an entry, given back after the check.
 */
export class EntryExtents {
  #count = 0;
  #starts = new Float64Array(1024);
  #ends = new Float64Array(1024);

  /** `end` may be too low (the local header can be longer than known), never too high. */
  add(start: number, end: number): void {
    if (this.#count === this.#starts.length) {
      this.#starts = doubled(this.#starts);
      this.#ends = doubled(this.#ends);
    }
    this.#starts[this.#count] = start;
    this.#ends[this.#count] = end;
    this.#count++;
  }

  /**
   * The start of an entry that begins inside another, or undefined. `limit` is where the last one must have ended. Call it last:
   * it sorts what was added. Sorted starts and sorted ends alternate exactly when no two entries share a byte.
   */
  firstOverlap(limit: number): number | undefined {
    const starts = this.#starts.subarray(0, this.#count).sort();
    const ends = this.#ends.subarray(0, this.#count).sort();
    for (let i = 0; i < this.#count; i++) {
      const next = i + 1 < this.#count ? starts[i + 1]! : limit;
      if (ends[i]! > next) return i + 1 < this.#count ? next : starts[i];
    }
    return undefined;
  }
}

function doubled(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}
