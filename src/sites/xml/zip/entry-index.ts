import { hash } from 'node:crypto';

/**
 * Finds entries by name without keeping names: an open-addressing table from 64 bits of the name's SHA-1 to a position
 * (of the entry in the central directory). 16 bytes a slot, 23 to 46 bytes an entry, three times that for a moment while it grows.
 * The caller compares the name at the position: two names may share 64 bits. (SHA-1 only so that nobody can build many such names.)
 */
export class EntryIndex {
  #count = 0;
  #high = new Uint32Array(1024);
  #low = new Uint32Array(1024);
  /** Position + 1; 0 is a free slot. */
  #position = new Float64Array(1024);

  get size(): number {
    return this.#count;
  }

  add(name: string, position: number): void {
    if (this.#count >= this.#position.length * 0.7) this.#grow();
    const digest = hash('sha1', name, 'buffer');
    this.#insert(digest.readUInt32LE(0), digest.readUInt32LE(4), position + 1);
    this.#count++;
  }

  /** Positions that may hold the name: nearly always none or one. */
  positions(name: string): number[] {
    const digest = hash('sha1', name, 'buffer');
    const high = digest.readUInt32LE(0);
    const low = digest.readUInt32LE(4);
    const mask = this.#position.length - 1;
    const found: number[] = [];
    for (let slot = low & mask; this.#position[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.#high[slot] === high && this.#low[slot] === low) found.push(this.#position[slot]! - 1);
    }
    return found;
  }

  #insert(high: number, low: number, stored: number): void {
    const mask = this.#position.length - 1;
    let slot = low & mask;
    while (this.#position[slot] !== 0) slot = (slot + 1) & mask;
    this.#high[slot] = high;
    this.#low[slot] = low;
    this.#position[slot] = stored;
  }

  #grow(): void {
    const [high, low, position] = [this.#high, this.#low, this.#position];
    const slots = position.length * 2;
    this.#high = new Uint32Array(slots);
    this.#low = new Uint32Array(slots);
    this.#position = new Float64Array(slots);
    for (let slot = 0; slot < position.length; slot++) {
      if (position[slot] !== 0) this.#insert(high[slot]!, low[slot]!, position[slot]!);
    }
  }
}
