import { isOxbowError, OxbowError } from '#base/errors.ts';
import type { Store } from '../store/store.ts';
import { type ChunkId, digestOf } from './chunk-id.ts';
import type { ChunkIndex, ChunkLocation } from './chunk-index.ts';
import { unpackChunk } from './compression.ts';
import { openChunk, packKeyOf, packKeyPath } from './pack-format.ts';

/** Chunks are fetched ahead in windows of this size; two windows at a time bound the memory of a long read to some 40 MiB. */
const windowBytes = 8 * 1024 * 1024;
const windowChunks = 256;
/** Two chunks of a pack that lie no further apart than this come in one request. */
const gapBytes = 128 * 1024;
const cacheBytes = 16 * 1024 * 1024;

/** What a reader needs to know of its vault. */
export interface ChunkSource {
  store: Store;
  packKey: Buffer;
  index: ChunkIndex;
  /**
   * Loads the index again: packs may have moved since (prune). Those of `last` could not be read: where a chunk of them lies in another pack too,
   * the index is to name that one.
   */
  reload?: (last: ReadonlySet<string>) => Promise<ChunkIndex>;
}

/** Reads chunks. Errors: CHUNK_MISSING, OBJECT_DAMAGED, and those of the store. */
export class ChunkReader {
  readonly #source: ChunkSource;
  #index: ChunkIndex;
  #reloading: Promise<void> | null = null;
  /** Packs that could not be read, and chunks that no index knew, when the index was last loaded again. */
  readonly #tried = new Set<string>();
  readonly #keys = new Map<string, Buffer>();
  readonly #cache = new Map<ChunkId, Buffer>();
  #cached = 0;

  constructor(source: ChunkSource) {
    this.#source = source;
    this.#index = source.index;
  }

  has(id: ChunkId): boolean {
    return this.#index.has(digestOf(id));
  }

  /** Plain bytes of the chunk in the vault, 0 when it is not there. */
  rawLength(id: ChunkId): number {
    return this.#index.locate(digestOf(id))?.rawLength ?? 0;
  }

  /** One chunk. Small ones stay in a cache of 16 MiB: nodes of trees are read again and again. */
  async read(id: ChunkId): Promise<Buffer> {
    const cached = this.#cache.get(id);
    if (cached) {
      this.#cache.delete(id);
      this.#cache.set(id, cached);
      return cached;
    }
    const [data] = await this.#fetch([id]);
    this.#remember(id, data);
    return data;
  }

  /** Many chunks, in the order of the ids, with requests joined and made ahead. */
  async *readMany(ids: Iterable<ChunkId> | AsyncIterable<ChunkId>): AsyncGenerator<Buffer> {
    let ahead: Promise<Buffer[]> | null = null;
    for await (const window of this.#windows(ids)) {
      const next = this.#fetch(window);
      next.catch(() => {});
      if (ahead) yield* await ahead;
      ahead = next;
    }
    if (ahead) yield* await ahead;
  }

  async *#windows(ids: Iterable<ChunkId> | AsyncIterable<ChunkId>): AsyncGenerator<ChunkId[]> {
    let window: ChunkId[] = [];
    let bytes = 0;
    for await (const id of ids) {
      window.push(id);
      bytes += this.rawLength(id);
      if (bytes < windowBytes && window.length < windowChunks) continue;
      yield window;
      window = [];
      bytes = 0;
    }
    if (window.length > 0) yield window;
  }

  async #fetch(ids: ChunkId[]): Promise<Buffer[]> {
    for (;;) {
      const index = this.#index;
      try {
        return await this.#fetchFrom(index, ids);
      } catch (error) {
        if (this.#index === index && !(await this.#reload(error))) throw error;
      }
    }
  }

  /** Loads the index again when that may help against this error, once for each pack or chunk. */
  async #reload(error: unknown): Promise<boolean> {
    const { reload } = this.#source;
    if (!reload || !(isOxbowError(error, 'CHUNK_MISSING') || isOxbowError(error, 'OBJECT_DAMAGED'))) return false;
    if (!this.#reloading) {
      const place = String(error.details?.object ?? error.details?.chunk);
      if (this.#tried.has(place)) return false;
      this.#tried.add(place);
      const packs = new Set([...this.#tried].map((one) => one.slice(one.lastIndexOf('/') + 1)));
      this.#reloading = reload(packs)
        .then((index) => {
          this.#index = index;
        })
        .finally(() => {
          this.#reloading = null;
        });
    }
    await this.#reloading;
    return true;
  }

  async #fetchFrom(index: ChunkIndex, ids: ChunkId[]): Promise<Buffer[]> {
    const wanted = new Map<ChunkId, ChunkLocation>();
    for (const id of ids) {
      if (wanted.has(id)) continue;
      const location = index.locate(digestOf(id));
      if (!location) throw missing(id);
      wanted.set(id, location);
    }
    const plain = new Map<ChunkId, Promise<Buffer>>();
    const ranges = joinRanges([...wanted]);
    const fetched: Promise<unknown>[] = [];
    let next = 0;
    const worker = async () => {
      while (next < ranges.length) {
        const range = ranges[next++];
        const bytes = await this.#get(range.pack, range.offset, range.length);
        for (const [id, location] of range.chunks) {
          const at = location.offset - range.offset;
          const chunk = this.#open(location, bytes.subarray(at, at + location.length));
          // Awaited below, when all ranges are there: until then a damaged chunk is nobody's unhandled rejection.
          chunk.catch(() => {});
          plain.set(id, chunk);
        }
      }
    };
    for (let i = 0; i < Math.min(this.#source.store.concurrency, ranges.length); i++) fetched.push(worker());
    await Promise.all(fetched);
    return await Promise.all(ids.map((id) => plain.get(id)!));
  }

  async #get(pack: string, offset: number, length: number): Promise<Buffer> {
    try {
      return await this.#source.store.get(packKeyPath(pack), { offset, length });
    } catch (error) {
      if (!isOxbowError(error, 'OBJECT_NOT_FOUND')) throw error;
      throw new OxbowError('CHUNK_MISSING', `Pack ${pack} is missing from the vault.`, {
        hint: 'Run oxbow check: it tells which snapshots need it.',
        details: { object: packKeyPath(pack) },
        cause: error,
      });
    }
  }

  async #open(location: ChunkLocation, bytes: Buffer): Promise<Buffer> {
    let key = this.#keys.get(location.pack);
    if (!key) {
      key = packKeyOf(this.#source.packKey, location.salt);
      if (this.#keys.size > 10_000) this.#keys.clear();
      this.#keys.set(location.pack, key);
    }
    const body = openChunk(key, location, bytes, location.pack);
    return location.packed ? await unpackChunk(body, location.rawLength) : body;
  }

  #remember(id: ChunkId, data: Buffer): void {
    if (data.length > 256 * 1024 || this.#cache.has(id)) return;
    this.#cache.set(id, data);
    this.#cached += data.length;
    for (const [oldest, bytes] of this.#cache) {
      if (this.#cached <= cacheBytes) break;
      this.#cache.delete(oldest);
      this.#cached -= bytes.length;
    }
  }
}

interface JoinedRange {
  pack: string;
  offset: number;
  length: number;
  chunks: [ChunkId, ChunkLocation][];
}

/** Neighbours in a pack come in one request, of at most 8 MiB. */
function joinRanges(chunks: [ChunkId, ChunkLocation][]): JoinedRange[] {
  const sorted = chunks.toSorted(([, a], [, b]) => (a.pack === b.pack ? a.offset - b.offset : a.pack < b.pack ? -1 : 1));
  const ranges: JoinedRange[] = [];
  for (const chunk of sorted) {
    const { pack, offset, length } = chunk[1];
    const last = ranges.at(-1);
    const end = offset + length;
    if (last && last.pack === pack && offset - (last.offset + last.length) <= gapBytes && end - last.offset <= windowBytes) {
      last.length = end - last.offset;
      last.chunks.push(chunk);
    } else ranges.push({ pack, offset, length, chunks: [chunk] });
  }
  return ranges;
}

function missing(id: ChunkId): OxbowError {
  return new OxbowError('CHUNK_MISSING', `The vault does not hold the chunk ${id}, which it should.`, {
    hint: 'Run oxbow check: it tells which snapshots need it. oxbow repair saves what can be saved.',
    details: { chunk: id },
  });
}
