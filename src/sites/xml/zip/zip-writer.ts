import type { Readable } from 'node:stream';
import { OxbowError } from '#base/errors.ts';
import { normaliseEntryName, quoteName } from './entry-name.ts';
import { ParallelDeflate } from './parallel-deflate.ts';
import { PartialFile } from './partial-file.ts';
import { SpooledBytes } from './spooled-bytes.ts';
import {
  centralHeader,
  dataDescriptor,
  dosTime,
  endOfZip,
  localHeader,
  type WrittenEntry,
  type Zip64Bounds,
  zip64Bounds,
} from './zip-records.ts';

export interface ZipWriterOptions {
  /** The time of every entry, written in UTC. The same input and time give the same bytes. */
  modified: Date;
  /** Only for tests: makes small data take the ZIP64 form. */
  bounds?: Zip64Bounds;
}

export interface EntrySizes {
  size: number;
  compressedSize: number;
}

/** One entry while it is written. */
export interface EntryWriter {
  /** Copies the chunk. Waits while compression is behind. */
  write(chunk: Uint8Array): Promise<void>;
  end(): Promise<EntrySizes>;
}

/**
 * Writes a zip as Confluence does (Deflate, UTF-8 names, sizes after the data, ZIP64 where needed), one entry after the other, at
 * a partial file beside it until finish(). Memory: about 8 MiB, whatever the number and size of the entries. After an error only abort() is left.
 * Does not look for duplicate names. Errors: DISK_FULL, BACKUP_NOT_WRITTEN, PARTIAL_FILE_EXISTS, ZIP_UNSAFE_NAME, and those of a source.
 */
export class ZipWriter {
  readonly #file: PartialFile;
  readonly #deflate: ParallelDeflate;
  readonly #directory: SpooledBytes;
  readonly #time: number;
  readonly #bounds: Zip64Bounds;
  #entries = 0;
  #isEntryOpen = false;

  /** Public for tests; see create(). */
  constructor(file: PartialFile, options: ZipWriterOptions) {
    this.#file = file;
    this.#deflate = new ParallelDeflate((bytes) => file.write(bytes));
    this.#directory = new SpooledBytes(`${file.path}.partial-directory`);
    this.#time = dosTime(options.modified);
    this.#bounds = options.bounds ?? zip64Bounds;
  }

  static async create(path: string, options: ZipWriterOptions): Promise<ZipWriter> {
    return new ZipWriter(await PartialFile.create(path), options);
  }

  /** Adds one entry with all bytes of a source. */
  async add(name: string, source: AsyncIterable<Uint8Array> | Readable): Promise<EntrySizes> {
    const entry = await this.openEntry(name);
    for await (const chunk of source) await entry.write(chunk);
    return entry.end();
  }

  /** Starts an entry; the one before must have ended. */
  async openEntry(name: string): Promise<EntryWriter> {
    if (this.#isEntryOpen) throw new Error('The entry before is still open.');
    this.#isEntryOpen = true;
    const rawName = checkedName(name, this.#file.path);
    const offset = this.#file.position;
    await this.#file.write(localHeader(rawName, this.#time));
    return {
      write: (chunk) => this.#deflate.write(chunk),
      end: async () => {
        const totals = await this.#deflate.end();
        await this.#endEntry({ name: rawName, offset, ...totals });
        return { size: totals.size, compressedSize: totals.compressedSize };
      },
    };
  }

  /** Completes the zip, makes it durable and gives it its name, over what was there. */
  async finish(): Promise<void> {
    if (this.#isEntryOpen) throw new Error('An entry is still open.');
    const offset = this.#file.position;
    for await (const bytes of this.#directory.read()) await this.#file.write(bytes);
    await this.#file.write(endOfZip(this.#entries, offset, this.#file.position - offset, this.#bounds));
    await this.#directory.close();
    await this.#file.finish();
  }

  /** Removes what was written; what stands under the path stays. Harmless when called twice or after finish(). */
  async abort(): Promise<void> {
    await this.#directory.close();
    await this.#file.abort();
  }

  async #endEntry(entry: WrittenEntry): Promise<void> {
    await this.#file.write(dataDescriptor(entry, this.#bounds));
    await this.#directory.write(centralHeader(entry, this.#time, this.#bounds));
    this.#entries++;
    this.#isEntryOpen = false;
  }
}

function checkedName(name: string, path: string): Buffer {
  const normalised = normaliseEntryName(name);
  if ('unsafe' in normalised || normalised.isFolder || normalised.name !== name) {
    const reason = 'unsafe' in normalised ? normalised.unsafe : 'is not in its plain form';
    throw new OxbowError('ZIP_UNSAFE_NAME', `${path} cannot hold an entry ${quoteName(name)}: its name ${reason}.`, {
      hint: 'Rename the object it comes from.',
    });
  }
  return Buffer.from(name);
}
