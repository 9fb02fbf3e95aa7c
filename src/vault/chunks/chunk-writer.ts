import { OxbowError } from '#base/errors.ts';
import type { PutOptions, Store } from '../store/store.ts';
import { type ChunkId, type ChunkKind, chunkDigest, chunkKinds, idOf } from './chunk-id.ts';
import type { ChunkIndex } from './chunk-index.ts';
import { type IndexedPack, sealIndex } from './index-format.ts';
import { PackBuilder, packKeyPath, packTarget } from './pack-format.ts';
import { type FinishedPack, PackThread } from './pack-thread.ts';
import { verifiedBody } from './verified-body.ts';

/** Plain bytes that wait for compression and encryption. */
const queueBytes = 16 * 1024 * 1024;
const queueChunks = 1024;
/** From so many bytes on a thread of its own makes the packs: to start it takes a tenth of a second. */
const threadFromBytes = 8 * 1024 * 1024;
/** Packs between two index objects: what a killed backup has uploaded is found through their own lists of chunks anyway. */
const packsPerIndex = 64;

export interface ChunkWriterOptions {
  store: Store;
  keys: { chunkId: Buffer; pack: Buffer; object: Buffer };
  index: ChunkIndex;
  /** Packs whose chunks must not be relied on: a prune is about to remove them. */
  avoid?: ReadonlySet<string>;
  put?: PutOptions;
}

export interface WriteStatistics {
  chunks: number;
  /** Plain bytes handed over. */
  bytes: number;
  newChunks: number;
  newBytes: number;
  /** What was stored for them, in bytes of packs. */
  storedBytes: number;
}

interface Job {
  digest: Buffer;
  kind: ChunkKind;
  data: Buffer;
  body: Promise<Buffer>;
}

/**
 * Writes chunks: put() gives the id at once and stores in the background, where there is much in a thread of its own; chunks that the vault has are
 * not stored again. Order of writing: packs, durable, then the index. Memory: 16 MiB that wait, two packs being filled, and as many packs in
 * flight as the store likes (eight at S3). An error of the background comes out of the next ready() or flush(); the writer is of no more use then.
 */
export class ChunkWriter {
  readonly statistics: WriteStatistics = { chunks: 0, bytes: 0, newChunks: 0, newBytes: 0, storedBytes: 0 };
  /** Keys of the index objects written. */
  readonly indexes: string[] = [];
  /** Names of the packs, written by others, in which chunks were found that were not stored again. */
  readonly relied = new Set<string>();
  readonly #options: ChunkWriterOptions;
  readonly #pending = new Set<ChunkId>();
  readonly #queue: Job[] = [];
  /** Of chunks handed over and not in a pack yet, and of packs that wait for the store. */
  readonly #waits = { bytes: 0, chunks: 0, packs: 0 };
  #sinceFlush = 0;
  #thread: PackThread | null = null;
  #delivering: Promise<void> = Promise.resolve();
  #working: Promise<void> | null = null;
  #builder: PackBuilder | null = null;
  readonly #uploads = new Set<Promise<void>>();
  #unindexed: IndexedPack[];
  #failure: unknown = null;
  readonly #own = new Set<string>();
  /** Called when the queue has become shorter or has failed. */
  #waiting: (() => void)[] = [];

  /** @param adopted packs that lie in the store and in the index in memory, but in no index object yet */
  constructor(options: ChunkWriterOptions, adopted: IndexedPack[] = []) {
    this.#options = options;
    this.#unindexed = [...adopted];
  }

  /** Hands a chunk over; its bytes must not change afterwards. After a failure nothing is taken any more: ready() and flush() tell. */
  put(kind: ChunkKind, data: Buffer): ChunkId {
    const digest = chunkDigest(this.#options.keys.chunkId, kind, data);
    const id = idOf(digest);
    const { statistics } = this;
    statistics.chunks++;
    statistics.bytes += data.length;
    if (this.#failure || this.#pending.has(id) || this.#isStored(digest)) return id;
    statistics.newChunks++;
    statistics.newBytes += data.length;
    this.#pending.add(id);
    this.#waits.bytes += data.length;
    this.#waits.chunks++;
    this.#sinceFlush += data.length;
    if (this.#sinceFlush >= threadFromBytes) {
      this.#thread ??= this.#startThread();
      this.#thread.add(kind, digest, data);
      return id;
    }
    const body = verifiedBody(kind, data);
    body.catch(() => {});
    this.#queue.push({ digest, kind, data, body });
    this.#working ??= this.#work();
    return id;
  }

  /** True when the chunk is in the vault and will stay: a part of an older snapshot may be relied on. */
  holds(digest: Buffer): boolean {
    return this.#pending.has(idOf(digest)) || this.#isStored(digest);
  }

  /** To be awaited when it gives a promise: more is waiting than the bound allows. Throws the error of the background. */
  ready(): Promise<void> | undefined {
    if (this.#failure) throw this.#failure;
    return this.#isFull(1) ? this.#untilRoom() : undefined;
  }

  /** Waits until everything handed over is durable and in the index. */
  async flush(): Promise<void> {
    while (this.#working) await this.#working;
    if (this.#failure) throw this.#failure;
    if (this.#builder) await this.#finishPack();
    await this.#thread?.finish();
    await this.#closeThread();
    await Promise.all(this.#uploads);
    if (this.#failure) throw this.#failure;
    await this.#writeIndex();
  }

  /** Ends the background work without finishing it: nothing that it wrote is visible. */
  async abandon(): Promise<void> {
    this.#failure ??= new OxbowError('CANCELLED', 'Cancelled: nothing was changed.');
    while (this.#working) await this.#working;
    await this.#closeThread();
    await Promise.allSettled(this.#uploads);
  }

  #isStored(digest: Buffer): boolean {
    const { index, avoid } = this.#options;
    const slot = index.slotOf(digest);
    if (slot < 0) return false;
    const name = index.packAt(slot);
    if (avoid && avoid.size > 0) {
      if (avoid.has(name)) return false;
      // The parts that a list names may lie in packs to avoid though the list does not: they are to be handed over again.
      if (index.isKind(slot, chunkKinds.list)) return false;
    }
    if (!this.#own.has(name)) this.relied.add(name);
    return true;
  }

  #isFull(share: number): boolean {
    const { bytes, chunks, packs } = this.#waits;
    return bytes >= queueBytes * share || chunks >= queueChunks * share || packs > 1;
  }

  async #untilRoom(): Promise<void> {
    while (!this.#failure && this.#isFull(0.5)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#failure) throw this.#failure;
  }

  #taken(bytes: number, chunks: number): void {
    this.#waits.bytes -= bytes;
    this.#waits.chunks -= chunks;
    this.#wake();
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Takes the chunks in their order, so that neighbours in a table are neighbours in a pack. */
  async #work(): Promise<void> {
    try {
      for (let job = this.#queue[0]; job && !this.#failure; job = this.#queue[0]) {
        const body = await job.body;
        this.#queue.shift();
        this.#taken(job.data.length, 1);
        const isPacked = body !== job.data;
        this.#builder ??= new PackBuilder(this.#options.keys.pack);
        this.#builder.add({ digest: job.digest, kind: chunkKinds[job.kind], packed: isPacked, rawLength: job.data.length }, body);
        if (this.#builder.size >= packTarget) await this.#finishPack();
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#working = null;
    }
  }

  #startThread(): PackThread {
    return new PackThread(this.#options.keys, {
      taken: (bytes, chunks) => this.#taken(bytes, chunks),
      pack: (pack) => {
        this.#waits.packs++;
        this.#delivering = this.#delivering
          .then(() => this.#upload(pack))
          .catch((error) => this.#fail(error))
          .finally(() => {
            this.#waits.packs--;
            this.#wake();
          });
      },
      failed: (error) => this.#fail(error),
    });
  }

  async #closeThread(): Promise<void> {
    await this.#delivering;
    await this.#thread?.close();
    this.#thread = null;
    this.#sinceFlush = 0;
  }

  async #finishPack(): Promise<void> {
    const builder = this.#builder!;
    this.#builder = null;
    const { name, bytes } = builder.finish();
    await this.#upload({ name, salt: builder.salt, size: bytes.length, entries: builder.entries, bytes });
  }

  async #upload({ bytes, ...pack }: FinishedPack): Promise<void> {
    while (this.#uploads.size >= this.#options.store.concurrency) await Promise.race(this.#uploads);
    if (this.#failure) throw this.#failure;
    const upload = this.#options.store
      .put(packKeyPath(pack.name), bytes, this.#options.put)
      .then(() => this.#uploaded(pack))
      .catch((error) => this.#fail(error))
      .finally(() => this.#uploads.delete(upload));
    this.#uploads.add(upload);
  }

  async #uploaded(stored: IndexedPack): Promise<void> {
    this.statistics.storedBytes += stored.size;
    // Where a chunk was known from a pack that a prune removes, the new place is the one that counts.
    const { index, avoid } = this.#options;
    this.#own.add(stored.name);
    index.addPack(stored);
    for (const entry of stored.entries) {
      if (avoid && avoid.size > 0) index.prefer(stored.name, entry);
      this.#pending.delete(idOf(entry.digest));
    }
    this.#unindexed.push(stored);
    if (this.#unindexed.length >= packsPerIndex) await this.#writeIndex();
  }

  async #writeIndex(): Promise<void> {
    if (this.#unindexed.length === 0) return;
    const packs = this.#unindexed;
    this.#unindexed = [];
    const { key, bytes } = sealIndex(this.#options.keys.object, packs);
    await this.#options.store.put(key, bytes, this.#options.put);
    this.indexes.push(key);
  }
}
