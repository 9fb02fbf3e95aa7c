/** A set of ids, kept as numbers: about 16 bytes an id (a million: 16 to 32 MB). Ids that a number cannot hold exactly stay text. */
export class IdSet {
  #slots = new Float64Array(1024).fill(Number.NaN);
  #size = 0;
  readonly #texts = new Set<string>();
  #sorted: Float64Array | null = null;

  get size(): number {
    return this.#size + this.#texts.size;
  }

  /** True when it was not in the set. */
  add(id: string): boolean {
    const number = exact(id);
    if (number === null) {
      const before = this.#texts.size;
      return this.#texts.add(id).size > before;
    }
    if ((this.#size + 1) * 2 > this.#slots.length) this.#grow();
    const at = this.#find(number);
    if (!Number.isNaN(this.#slots[at])) return false;
    this.#slots[at] = number;
    this.#size++;
    this.#sorted = null;
    return true;
  }

  has(id: string): boolean {
    const number = exact(id);
    return number === null ? this.#texts.has(id) : !Number.isNaN(this.#slots[this.#find(number)]);
  }

  /** Whether an id above `after` and not above `upTo` may be in the set. */
  mayHold(after: number, upTo: number): boolean {
    if (this.#texts.size > 0) return true;
    this.#sorted ??= this.#slots.filter((id) => !Number.isNaN(id)).sort();
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle] <= after) low = middle + 1;
      else high = middle;
    }
    return low < this.#sorted.length && this.#sorted[low] <= upTo;
  }

  #find(number: number): number {
    const mask = this.#slots.length - 1;
    let at = Math.imul((number % 0x100000000) ^ Math.trunc(number / 0x100000000), 0x9e3779b1) >>> 0;
    at = (at ^ (at >>> 15)) & mask;
    while (!Number.isNaN(this.#slots[at]) && this.#slots[at] !== number) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Float64Array(old.length * 2).fill(Number.NaN);
    for (const number of old) if (!Number.isNaN(number)) this.#slots[this.#find(number)] = number;
  }
}

function exact(id: string): number | null {
  return id.length <= 15 && /^(0|-?[1-9]\d*)$/.test(id) ? Number(id) : null;
}
