import type { FileHandle } from 'node:fs/promises';
import type { Entry } from 'yauzl';
import { OxbowError } from '#base/errors.ts';
import { limits } from '#base/limits.ts';
import type { Warning } from '#base/run-context.ts';
import { readDescriptor } from './backup-descriptor.ts';
import type { BackupEntry, BackupSource } from './backup-entry.ts';
import { BackupRootFinder } from './backup-root.ts';
import { centralEntries, centralEntryAt, openZipFile, type ZipFile } from './central-directory.ts';
import { EntryExtents } from './entry-extents.ts';
import { EntryIndex } from './entry-index.ts';
import { isSystemFile, quoteName } from './entry-name.ts';
import { OpenStreams } from './open-streams.ts';
import { SkippedEntries } from './skipped-entries.ts';
import { checkEntry, refuseSymlink, safeName } from './zip-entry-checks.ts';
import { openZipEntry } from './zip-entry-stream.ts';

/**
 * Opens an XML backup that is a zip: one pass over its central directory, which judges every entry before any is read, then
 * reads on demand. Memory: at most 46 bytes an entry while open, 100 while opening. Owns the handle from here on, also when it throws.
 */
export async function openZipBackup(handle: FileHandle, path: string): Promise<BackupSource> {
  try {
    const backup = new ZipBackup(await openZipFile(handle, path));
    await backup.survey();
    return backup;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

class ZipBackup implements BackupSource {
  readonly kind = 'zip';
  readonly problems: Warning[] = [];
  readonly #zip: ZipFile;
  readonly #index = new EntryIndex();
  readonly #streams = new OpenStreams();
  /** '' or 'wrapper/'. */
  #root = '';

  constructor(zip: ZipFile) {
    this.#zip = zip;
  }

  get path(): string {
    return this.#zip.path;
  }

  async survey(): Promise<void> {
    const zip = this.#zip;
    const extents = new EntryExtents();
    const rootFinder = new BackupRootFinder();
    const skipped = new SkippedEntries(this.path);
    let count = 0;
    if (zip.declared > limits.zipEntries) throw tooManyEntries(this.path, zip.declared);
    for await (const { entry, position } of centralEntries(zip)) {
      if (++count > limits.zipEntries) throw tooManyEntries(this.path, count);
      const { name, isFolder } = safeName(zip, entry);
      refuseSymlink(zip, entry, name);
      const start = entry.relativeOffsetOfLocalHeader;
      extents.add(start, start + 30 + entry.fileNameLength + entry.compressedSize);
      if (isFolder || isSystemFile(name)) {
        skipped.see(name, isFolder);
        continue;
      }
      checkEntry(zip, entry, name);
      if (await this.#lookUp(name)) throw duplicate(this.path, name);
      this.#index.add(name, position);
      rootFinder.see(name);
    }
    const overlap = extents.firstOverlap(zip.directory);
    if (overlap !== undefined) throw await this.#overlapping(overlap);
    this.problems.push(...skipped.problems());
    this.#root = await rootFinder.find(this.path, this.problems, async (name) => readDescriptor((await this.#named(name))!));
  }

  async find(name: string): Promise<BackupEntry | undefined> {
    return this.#named(this.#root + name);
  }

  async *entries(): AsyncGenerator<BackupEntry> {
    for await (const { entry } of centralEntries(this.#zip)) {
      const { name, isFolder } = safeName(this.#zip, entry);
      if (!isFolder && !isSystemFile(name) && name.startsWith(this.#root)) yield this.#backupEntry(entry, name);
    }
  }

  async close(): Promise<void> {
    await this.#streams.close();
    await this.#zip.handle.close();
  }

  async #named(fullName: string): Promise<BackupEntry | undefined> {
    const entry = await this.#lookUp(fullName);
    return entry && this.#backupEntry(entry, fullName);
  }

  async #lookUp(fullName: string): Promise<Entry | undefined> {
    for (const position of this.#index.positions(fullName)) {
      const entry = await centralEntryAt(this.#zip, position);
      if (safeName(this.#zip, entry).name === fullName) return entry;
    }
    return undefined;
  }

  #backupEntry(entry: Entry, fullName: string): BackupEntry {
    return {
      name: fullName.slice(this.#root.length),
      size: entry.uncompressedSize,
      compressedSize: entry.compressedSize,
      open: async () => this.#streams.add(await openZipEntry(this.#zip, entry, fullName)),
    };
  }

  async #overlapping(start: number): Promise<OxbowError> {
    let name = `at byte ${start}`;
    for await (const { entry } of centralEntries(this.#zip)) {
      if (entry.relativeOffsetOfLocalHeader === start) name = quoteName(safeName(this.#zip, entry).name);
    }
    const hint = 'Confluence writes no such zip: do not trust this file, and find out where it comes from.';
    return new OxbowError(
      'ZIP_OVERLAPPING',
      `${this.path} holds entries that share the same bytes: ${name} lies inside another.`,
      { hint },
    );
  }
}

function duplicate(path: string, name: string): OxbowError {
  return new OxbowError('ZIP_DUPLICATE_ENTRY', `${path} holds ${quoteName(name)} twice.`, {
    hint: 'It is not clear which one is right. Unpack it, look at both, and give the folder.',
  });
}

function tooManyEntries(path: string, count: number): OxbowError {
  return new OxbowError('ZIP_TOO_MANY_ENTRIES', `${path} has ${count} entries or more; at most ${limits.zipEntries} are read.`, {
    hint: 'Unpack it and give the folder if you trust it.',
  });
}
