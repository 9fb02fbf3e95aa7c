import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { isOxbowError } from '#base/errors.ts';
import { mapOrdered } from '#base/map-ordered.ts';
import type { RateLimiter } from '#base/rate-limiter.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import type { SiteFile } from '#sites/live/whole/site-files.ts';
import { digestOf } from '#vault/chunks/chunk-id.ts';
import { type FileEntry, fileLine, partsOf } from '#vault/files/file-line.ts';
import { writeFileParts } from '#vault/files/file-writer.ts';
import type { TreeSession } from '#vault/scratch-session.ts';
import { entriesIn, snapshotFiles } from '#vault/snapshots/snapshot-files.ts';
import { keyEnd } from '#vault/tree/row-key.ts';
import type { TreeRoot } from '#vault/tree/tree-node.ts';
import { TreeWriter } from '#vault/tree/tree-writer.ts';
import { diskFullIn } from './tuple-spool.ts';

export interface FilesBackup {
  tree: TreeRoot;
  files: number;
  bytes: number;
  /** Files whose bytes were read. */
  filesRead: number;
  bytesRead: number;
}

/** Files read at a time, and the bytes of them: reading ahead hides the time to open a small file. */
const concurrency = 8;
const bytesAtATime = 16 * 1024 * 1024;

/**
 * Stores the files of a site in two passes, so that no file that the database refers to is missed: the first before the database is read, the
 * second after that began. Files that an older snapshot has with the same path, size and time are not read.
 */
export class FilesBackupPasses {
  readonly #session: TreeSession;
  readonly #known: TreeRoot | null;
  readonly #context: RunContext;
  readonly #limit: RateLimiter;
  readonly #spool: string;
  #result = { files: 0, bytes: 0, filesRead: 0, bytesRead: 0 };

  /** @param known the files of an older snapshot of the same site */
  constructor(session: TreeSession, known: TreeRoot | null, limit: RateLimiter, context: RunContext) {
    this.#session = session;
    this.#known = known;
    this.#limit = limit;
    this.#context = context;
    this.#spool = join(context.workFolder, 'files-first-pass');
  }

  /** Reads what is new since the older snapshot. */
  async first(files: AsyncIterable<SiteFile>): Promise<void> {
    const out = createWriteStream(this.#spool, { mode: 0o600 });
    const known = this.#known ? snapshotFiles(this.#session.reader, this.#known) : noEntries();
    const done = finished(out);
    done.catch(() => {});
    try {
      for await (const entry of this.#store(files, known)) {
        if (entry && !out.write(fileLine(entry))) await Promise.race([once(out, 'drain'), done]);
      }
      out.end();
      await done;
    } catch (error) {
      out.destroy();
      throw diskFullIn(this.#context.workFolder, error);
    }
  }

  /**
   * Reads what changed since the first pass, and makes the list. A file that is gone since then stays in it: a row may still name it.
   * @param onEntry told of each file of the list
   */
  async second(files: AsyncIterable<SiteFile>, onEntry: (path: string) => void | Promise<void>): Promise<FilesBackup> {
    const tree = new TreeWriter(this.#session.writer, this.#session.seed);
    for await (const entry of this.#store(files, spooledEntries(this.#spool), true)) {
      if (!entry) continue;
      const line = fileLine(entry);
      tree.addRow(line, 0, line.length, keyEnd(line, 0, line.length, 1));
      tree.noteLast(line, 0, keyEnd(line, 0, line.length, 1));
      if (entry.kind === 'file') {
        this.#result.files++;
        this.#result.bytes += entry.size;
        const noted = onEntry(entry.path);
        if (noted) await noted;
      }
      await tree.ready();
    }
    return { tree: tree.finish(), ...this.#result };
  }

  async remove(): Promise<void> {
    await rm(this.#spool, { force: true });
  }

  async *#store(
    files: AsyncIterable<SiteFile>,
    known: AsyncGenerator<FileEntry>,
    keepGone = false,
  ): AsyncGenerator<FileEntry | null> {
    const merged = mergeByPath(files, known, keepGone);
    const weigh = (pair: FilePair) => (pair.file && !isUnchanged(pair) ? Math.min(pair.file.size, bytesAtATime) : 0);
    yield* mapOrdered(merged, { concurrency, weigh, limit: bytesAtATime }, async (pair) => {
      throwIfCancelled(this.#context);
      if (!pair.file) return pair.known;
      if (pair.known && isUnchanged(pair) && (await this.#holds(pair.known, keepGone)))
        return { ...describe(pair.file), ...contentOf(pair.known) };
      return await this.#read(pair.file);
    });
  }

  async #read(file: SiteFile): Promise<FileEntry | null> {
    if (file.kind !== 'file')
      return { ...describe(file), size: 0, parts: [], ...(file.target === undefined ? {} : { target: file.target }) };
    try {
      const written = await writeFileParts(this.#session.writer, this.#session.gear, limited(file.open(), this.#limit));
      this.#result.filesRead++;
      this.#result.bytesRead += written.size;
      this.#context.progress({ phase: 'reading files', done: this.#result.bytesRead, unit: 'bytes' });
      return { ...describe(file), ...written };
    } catch (error) {
      // It was reported by name; a file that is still being written comes with the next backup.
      if (isOxbowError(error, 'SOURCE_CHANGED') || isOxbowError(error, 'HOME_UNREADABLE')) return null;
      throw error;
    }
  }

  /**
   * Whether the vault has all of a file and will keep it: the parts of a large one too, not only their list.
   * @param isOwn the entry comes from the first pass, which has seen to the parts; their list may not be stored yet
   */
  async #holds(entry: FileEntry, isOwn: boolean): Promise<boolean> {
    const { writer, reader } = this.#session;
    if (entry.list !== undefined && (isOwn || !writer.holds(digestOf(entry.list)))) return writer.holds(digestOf(entry.list));
    const parts = await partsOf(entry, (id) => reader.read(id));
    return parts.every((id) => writer.holds(digestOf(id)));
  }
}

async function* limited(bytes: AsyncIterable<Buffer>, limit: RateLimiter): AsyncGenerator<Buffer> {
  for await (const piece of bytes) {
    yield piece;
    const wait = limit.take(piece.length);
    if (wait) await wait;
  }
}

interface FilePair {
  file: SiteFile | null;
  known: FileEntry | null;
}

function isUnchanged({ file, known }: FilePair): boolean {
  if (!file || !known || file.kind !== known.kind) return false;
  if (file.kind === 'file') return file.size === known.size && file.mtime === known.mtime;
  return file.kind === 'folder' || file.target === known.target;
}

function describe(file: SiteFile): Omit<FileEntry, 'parts' | 'list' | 'target'> {
  const { path, kind, size, mtime, mode, uid, gid } = file;
  return { path, kind, size, mtime, mode, uid, gid };
}

function contentOf(entry: FileEntry): Pick<FileEntry, 'size' | 'parts' | 'list' | 'target'> {
  const { size, parts, list, target } = entry;
  return { size, parts, ...(list === undefined ? {} : { list }), ...(target === undefined ? {} : { target }) };
}

/** Both sides ascend by path, as bytes. */
async function* mergeByPath(
  files: AsyncIterable<SiteFile>,
  known: AsyncGenerator<FileEntry>,
  keepGone: boolean,
): AsyncGenerator<FilePair> {
  const take = async () => ((await known.next()).value as FileEntry | undefined) ?? null;
  try {
    let next = await take();
    for await (const file of files) {
      const path = Buffer.from(file.path);
      while (next && Buffer.from(next.path).compare(path) < 0) {
        if (keepGone) yield { file: null, known: next };
        next = await take();
      }
      if (next?.path === file.path) {
        yield { file, known: next };
        next = await take();
      } else yield { file, known: null };
    }
    for (; next && keepGone; next = await take()) yield { file: null, known: next };
  } finally {
    // It may have a file open.
    await known.return(undefined);
  }
}

async function* noEntries(): AsyncGenerator<FileEntry> {}

async function* spooledEntries(path: string): AsyncGenerator<FileEntry> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
    const data: Buffer = rest.length > 0 ? Buffer.concat([rest, piece]) : piece;
    const end = data.lastIndexOf(10) + 1;
    yield* entriesIn(data.subarray(0, end));
    rest = data.subarray(end);
  }
}
