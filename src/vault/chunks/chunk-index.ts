import type { IndexedPack } from './index-format.ts';
import type { PackEntry } from './pack-format.ts';

/** Where a chunk is. */
export interface ChunkLocation extends PackEntry {
  pack: string;
  /** Of the pack. */
  salt: Buffer;
}

const digestBytes = 32;
const empty = 0xffffffff;

/**
 * Which chunk lies in which pack: a hash table in flat memory, about 90 bytes a chunk (a terabyte of wiki: some five million chunks).
 * Of a chunk that lies in several packs the first one added is known.
 */
export class ChunkIndex {
  readonly #packs: { name: string; salt: Buffer; size: number }[] = [];
  readonly #packNumbers = new Map<string, number>();
  #capacity = 1 << 10;
  #count = 0;
  #digests = Buffer.alloc(this.#capacity * digestBytes);
  #pack = new Uint32Array(this.#capacity).fill(empty);
  #offset = new Uint32Array(this.#capacity);
  #length = new Uint32Array(this.#capacity);
  #raw = new Uint32Array(this.#capacity);
  #flags = new Uint8Array(this.#capacity);

  /** Chunks known. */
  get count(): number {
    return this.#count;
  }

  /** Slots of the table: the numbers that slotOf gives are below it. They change when the table grows. */
  get capacity(): number {
    return this.#capacity;
  }

  get packs(): { name: string; salt: Buffer; size: number }[] {
    return this.#packs;
  }

  hasPack(name: string): boolean {
    return this.#packNumbers.has(name);
  }

  /** What is known of a pack. */
  pack(name: string): { name: string; salt: Buffer; size: number } | undefined {
    return this.#packs[this.#packNumbers.get(name) ?? -1];
  }

  addPack({ name, salt, size, entries }: IndexedPack): void {
    let number = this.#packNumbers.get(name);
    if (number === undefined) {
      number = this.#packs.push({ name, salt, size }) - 1;
      this.#packNumbers.set(name, number);
    }
    for (const entry of entries) {
      if ((this.#count + 1) * 3 > this.#capacity * 2) this.#grow();
      const slot = this.#find(entry.digest);
      if (this.#pack[slot] !== empty) continue;
      this.#count++;
      this.#set(slot, number, entry);
    }
  }

  /** Lets a chunk be found in this pack from now on, whatever other pack has it. */
  prefer(pack: string, entry: PackEntry): void {
    const number = this.#packNumbers.get(pack);
    const slot = this.#find(entry.digest);
    if (number !== undefined && this.#pack[slot] !== empty) this.#set(slot, number, entry);
  }

  /** The slot of a chunk, -1 when it is not known. */
  slotOf(digest: Buffer): number {
    const slot = this.#find(digest);
    return this.#pack[slot] === empty ? -1 : slot;
  }

  has(digest: Buffer): boolean {
    return this.slotOf(digest) >= 0;
  }

  /** The pack of a slot that slotOf gave. */
  packAt(slot: number): string {
    return this.#packs[this.#pack[slot]].name;
  }

  /** Whether the chunk of a slot is of this kind. */
  isKind(slot: number, kind: number): boolean {
    return (this.#flags[slot] & 0x7f) === kind;
  }

  locate(digest: Buffer): ChunkLocation | undefined {
    const slot = this.slotOf(digest);
    return slot < 0 ? undefined : this.at(slot);
  }

  /** What stands in a slot that slotOf gave. */
  at(slot: number): ChunkLocation {
    const pack = this.#packs[this.#pack[slot]];
    return {
      pack: pack.name,
      salt: pack.salt,
      digest: Buffer.from(this.#digests.subarray(slot * digestBytes, (slot + 1) * digestBytes)),
      kind: this.#flags[slot] & 0x7f,
      packed: (this.#flags[slot] & 0x80) !== 0,
      offset: this.#offset[slot],
      length: this.#length[slot],
      rawLength: this.#raw[slot],
    };
  }

  *entries(): Generator<{ slot: number; entry: ChunkLocation }> {
    for (let slot = 0; slot < this.#capacity; slot++) {
      if (this.#pack[slot] !== empty) yield { slot, entry: this.at(slot) };
    }
  }

  /** The slots of each pack, from one pass over the table. Good until the table grows. Memory: four bytes a chunk. */
  slotsByPack(): (name: string) => Uint32Array {
    const ends = new Uint32Array(this.#packs.length + 1);
    for (let slot = 0; slot < this.#capacity; slot++) if (this.#pack[slot] !== empty) ends[this.#pack[slot] + 1]++;
    for (let i = 1; i < ends.length; i++) ends[i] += ends[i - 1];
    const slots = new Uint32Array(this.#count);
    const next = ends.slice();
    for (let slot = 0; slot < this.#capacity; slot++) if (this.#pack[slot] !== empty) slots[next[this.#pack[slot]]++] = slot;
    return (name) => {
      const number = this.#packNumbers.get(name);
      return number === undefined ? new Uint32Array() : slots.subarray(ends[number], ends[number + 1]);
    };
  }

  #set(slot: number, pack: number, entry: PackEntry): void {
    entry.digest.copy(this.#digests, slot * digestBytes);
    this.#pack[slot] = pack;
    this.#offset[slot] = entry.offset;
    this.#length[slot] = entry.length;
    this.#raw[slot] = entry.rawLength;
    this.#flags[slot] = entry.kind | (entry.packed ? 0x80 : 0);
  }

  /** The slot of the chunk, or the free one where it would stand. Digests are random: their first bytes are the hash. */
  #find(digest: Buffer): number {
    const mask = this.#capacity - 1;
    let slot = digest.readUInt32LE(0) & mask;
    while (this.#pack[slot] !== empty && digest.compare(this.#digests, slot * digestBytes, (slot + 1) * digestBytes) !== 0) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const old = {
      digests: this.#digests,
      pack: this.#pack,
      offset: this.#offset,
      length: this.#length,
      raw: this.#raw,
      flags: this.#flags,
    };
    const size = this.#capacity;
    this.#capacity = size * 2;
    this.#digests = Buffer.alloc(this.#capacity * digestBytes);
    this.#pack = new Uint32Array(this.#capacity).fill(empty);
    this.#offset = new Uint32Array(this.#capacity);
    this.#length = new Uint32Array(this.#capacity);
    this.#raw = new Uint32Array(this.#capacity);
    this.#flags = new Uint8Array(this.#capacity);
    for (let from = 0; from < size; from++) {
      if (old.pack[from] === empty) continue;
      const digest = old.digests.subarray(from * digestBytes, (from + 1) * digestBytes);
      const slot = this.#find(digest);
      digest.copy(this.#digests, slot * digestBytes);
      this.#pack[slot] = old.pack[from];
      this.#offset[slot] = old.offset[from];
      this.#length[slot] = old.length[from];
      this.#raw[slot] = old.raw[from];
      this.#flags[slot] = old.flags[from];
    }
  }
}
