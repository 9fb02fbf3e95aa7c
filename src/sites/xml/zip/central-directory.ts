import type { FileHandle } from 'node:fs/promises';
import yauzl, { type Entry } from 'yauzl';
import { OxbowError } from '#base/errors.ts';
import { notAZip } from './not-a-zip.ts';
import { readError } from './read-error.ts';

const HEADER_SIGNATURE = 0x02014b50;

/** An open zip file, before its entries are read. */
export interface ZipFile {
  path: string;
  handle: FileHandle;
  /** In bytes. */
  size: number;
  /** Where the central directory starts. */
  directory: number;
  /** How many entries it says it has. Writers without ZIP64 (Java 6, so old Confluences) give the count modulo 65,536. */
  declared: number;
}

/** An entry of the central directory and where it stands in the file. */
export interface CentralEntry {
  entry: Entry;
  position: number;
}

/** Finds the central directory. Throws ZIP_NOT_A_ZIP, ZIP_TRUNCATED, ZIP_SPLIT or ZIP_DAMAGED. */
export async function openZipFile(handle: FileHandle, path: string): Promise<ZipFile> {
  const { size } = await handle.stat();
  try {
    const zip = await yauzl.fromRandomAccessReaderPromise(new WindowReader(handle, 0), size, { autoClose: false });
    // The typings call the cursor a boolean.
    return { path, handle, size, directory: Number(zip.readEntryCursor), declared: zip.entryCount };
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('End of central directory')) throw await notAZip(handle, size, path);
    throw zipError(error, path);
  }
}

/** Reads the whole central directory in order, in constant memory. */
export async function* centralEntries(zip: ZipFile): AsyncGenerator<CentralEntry> {
  const reader = new WindowReader(zip.handle);
  let position = zip.directory;
  let batch = zip.declared;
  let read = 0;
  try {
    while (batch > 0) {
      for await (const entry of entriesAt(reader, zip.size, position, batch)) {
        yield { entry, position };
        position += 46 + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
        read++;
      }
      batch = (await reader.signature(position)) === HEADER_SIGNATURE ? 0x10000 : 0;
      if (batch > 0 && zip.declared > 0xffff) {
        throw new OxbowError('ZIP_DAMAGED', `${zip.path} has more entries than it says (${zip.declared}).`, { hint: REPACK });
      }
    }
  } catch (error) {
    throw zipError(error, zip.path, read);
  }
}

/** Reads the one entry that stands at a position that centralEntries gave. */
export async function centralEntryAt(zip: ZipFile, position: number): Promise<Entry> {
  try {
    for await (const entry of entriesAt(new WindowReader(zip.handle, 1024), zip.size, position, 1)) return entry;
  } catch (error) {
    throw zipError(error, zip.path);
  }
  throw new Error('yauzl ended before the first entry.');
}

/** The name of an entry as it stands in the zip, decoded as its flags say; backslashes are kept. */
export function rawName(entry: Entry): string {
  return yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
}

export const REPACK =
  'If a zip program made this file, unpack it and give the folder; if Confluence made it, fetch the backup again.';

function entriesAt(reader: WindowReader, fileSize: number, position: number, count: number): AsyncIterableIterator<Entry> {
  return new yauzl.ZipFile(reader, position, fileSize, count, '', false, true, false, false).eachEntry();
}

function zipError(error: unknown, path: string, entriesRead?: number): OxbowError {
  if (error instanceof OxbowError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const where = entriesRead === undefined ? '' : ` after ${entriesRead} entries`;
  if (message === 'unexpected EOF') {
    const hint = 'The copy or download stopped early: fetch the backup again and compare the sizes.';
    return new OxbowError('ZIP_TRUNCATED', `${path} is cut: its list of entries ends early${where}.`, { hint, cause: error });
  }
  if (message.startsWith('strong encryption')) {
    const hint = 'Unpack it with its password and give the folder.';
    return new OxbowError('ZIP_ENCRYPTED', `${path} is encrypted.`, { hint, cause: error });
  }
  if (message.startsWith('multi-disk')) {
    const hint = 'Join the parts with the program that split them, then give the joined zip.';
    return new OxbowError('ZIP_SPLIT', `${path} is one part of a zip that was split into several files.`, { hint, cause: error });
  }
  const isFromSystem = (error as NodeJS.ErrnoException).errno !== undefined;
  if (isFromSystem) return readError(error, path);
  return new OxbowError('ZIP_DAMAGED', `${path} has a damaged list of entries${where} (${message}).`, {
    hint: REPACK,
    cause: error,
  });
}

/** Gives yauzl the file through one window, so that a directory costs one read a window and not two an entry. Does not close the file. */
class WindowReader extends yauzl.RandomAccessReader {
  readonly #handle: FileHandle;
  readonly #window: Buffer;
  #start = 0;
  #end = 0;

  constructor(handle: FileHandle, windowBytes = 256 * 1024) {
    super();
    this.#handle = handle;
    this.#window = Buffer.allocUnsafeSlow(windowBytes);
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    done: (error: Error | null, bytesRead?: number) => void,
  ) {
    if (position >= this.#start && position + length <= this.#end) {
      this.#window.copy(buffer, offset, position - this.#start, position - this.#start + length);
      done(null, length);
      return;
    }
    this.#readAt(buffer, offset, length, position).then(
      (bytesRead) => done(null, bytesRead),
      (error) => done(error),
    );
  }

  /** The four bytes at a position as a little-endian number; undefined where the file ends. */
  async signature(position: number): Promise<number | undefined> {
    const bytes = Buffer.alloc(4);
    return (await this.#readAt(bytes, 0, 4, position)) === 4 ? bytes.readUInt32LE(0) : undefined;
  }

  async #readAt(buffer: Buffer, offset: number, length: number, position: number): Promise<number> {
    if (!Number.isSafeInteger(position)) return 0;
    if (length > this.#window.length) return (await this.#handle.read(buffer, offset, length, position)).bytesRead;
    const { bytesRead } = await this.#handle.read(this.#window, 0, this.#window.length, position);
    this.#start = position;
    this.#end = position + bytesRead;
    return this.#window.copy(buffer, offset, 0, Math.min(length, bytesRead));
  }
}
