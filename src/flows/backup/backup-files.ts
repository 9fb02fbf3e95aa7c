import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { isOxbowError } from '#base/errors.ts';
import { mapOrdered } from '#base/map-ordered.ts';
import type { RateLimiter } from '#base/rate-limiter.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import type { SiteFile } from '#sites/live/whole/site-files.ts';
import { digestOf } from '#vault/chunks/chunk-id.ts';
import { type FileEntry, fileLine, lineHead, parseFileLine, partsOf } from '#vault/files/file-line.ts';
import { writeFileParts } from '#vault/files/file-writer.ts';
import type { TreeSession } from '#vault/scratch-session.ts';
import { keyEnd, lineEnd } from '#vault/tree/row-key.ts';
import type { TreeRoot } from '#vault/tree/tree-node.ts';
import { treeRows } from '#vault/tree/tree-reader.ts';
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
const spoolBytes = 64 * 1024;

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
    const known = new KnownFiles(this.#known ? treeRows(this.#session.reader, this.#known) : noRows());
    const done = finished(out);
    done.catch(() => {});
    let lines: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const stored of this.#store(files, known, false)) {
        if (!stored) continue;
        lines.push(stored.line);
        bytes += stored.line.length;
        if (bytes < spoolBytes) continue;
        if (!out.write(Buffer.concat(lines))) await Promise.race([once(out, 'drain'), done]);
        lines = [];
        bytes = 0;
      }
      out.end(Buffer.concat(lines));
      await done;
    } catch (error) {
      out.destroy();
      // Closed, before anybody removes it.
      await done.catch(() => {});
      throw diskFullIn(this.#context.workFolder, error);
    }
  }

  /**
   * Reads what changed since the first pass, and makes the list. A file that is gone since then stays in it: a row may still name it.
   * @param onEntry told of each file of the list
   */
  async second(files: AsyncIterable<SiteFile>, onEntry: (path: string) => void | Promise<void>): Promise<FilesBackup> {
    const tree = new TreeWriter(this.#session.writer, this.#session.seed);
    for await (const stored of this.#store(files, new KnownFiles(spooledRows(this.#spool)), true)) {
      if (!stored) continue;
      const { line } = stored;
      const end = keyEnd(line, 0, line.length, 1);
      tree.addRow(line, 0, line.length, end);
      tree.noteLast(line, 0, end);
      if (stored.kind === 'file') {
        this.#result.files++;
        this.#result.bytes += stored.size;
        const noted = onEntry(stored.path);
        if (noted) await noted;
      }
      const writing = tree.ready();
      if (writing) await writing;
    }
    return { tree: tree.finish(), ...this.#result };
  }

  async remove(): Promise<void> {
    await rm(this.#spool, { force: true });
  }

  /** @param isSecond what is known comes from the first pass: its bytes are seen to, and what is gone since is kept */
  async *#store(files: AsyncIterable<SiteFile>, known: KnownFiles, isSecond: boolean): AsyncGenerator<StoredFile | null> {
    const merged = mergeByPath(files, known, isSecond);
    const weigh = ({ file, line, entry }: FilePair) =>
      file && !line && !isUnchanged(file, entry) ? Math.min(file.size, bytesAtATime) : 0;
    yield* mapOrdered(merged, { concurrency, weigh, limit: bytesAtATime }, async ({ file, line, entry }) => {
      throwIfCancelled(this.#context);
      if (!file) return stored(entry!);
      const { path, kind, size } = file;
      if (line && (isSecond || kind !== 'file' || (await this.#holds(parseFileLine(line), false))))
        return { path, kind, size, line };
      if (!line && entry && isUnchanged(file, entry) && (await this.#holds(entry, isSecond)))
        return stored({ ...describe(file), ...contentOf(entry) });
      const read = await this.#read(file);
      return read && stored(read);
    });
  }

  async #read(file: SiteFile): Promise<FileEntry | null> {
    if (file.kind !== 'file') return { ...describe(file), ...ownContent(file) };
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

/** A file of the list that is made. */
interface StoredFile extends Pick<FileEntry, 'path' | 'kind' | 'size'> {
  line: Buffer;
}

function stored(entry: FileEntry): StoredFile {
  const { path, kind, size } = entry;
  return { path, kind, size, line: fileLine(entry) };
}

interface FilePair {
  /** Null: it is gone. */
  file: SiteFile | null;
  /** The known line of a file that is the same in all respects. */
  line: Buffer | null;
  /** What is known of any other file. */
  entry: FileEntry | null;
}

function isUnchanged(file: SiteFile, known: FileEntry | null): boolean {
  if (!known || file.kind !== known.kind) return false;
  if (file.kind === 'file') return file.size === known.size && file.mtime === known.mtime;
  return file.kind === 'folder' || file.target === known.target;
}

function describe(file: SiteFile): Omit<FileEntry, 'parts' | 'list' | 'target'> {
  const { path, kind, size, mtime, mode, uid, gid } = file;
  return { path, kind, size, mtime, mode, uid, gid };
}

/** Of a folder or link. */
function ownContent({ target }: SiteFile): Pick<FileEntry, 'size' | 'parts' | 'target'> {
  return { size: 0, parts: [], ...(target === undefined ? {} : { target }) };
}

function contentOf(entry: FileEntry): Pick<FileEntry, 'size' | 'parts' | 'list' | 'target'> {
  const { size, parts, list, target } = entry;
  return { size, parts, ...(list === undefined ? {} : { list }), ...(target === undefined ? {} : { target }) };
}

/** Both sides ascend by path, as bytes. */
async function* mergeByPath(files: AsyncIterable<SiteFile>, known: KnownFiles, keepGone: boolean): AsyncGenerator<FilePair> {
  try {
    for await (const file of files) {
      for (;;) {
        if (known.atEnd) await known.fill();
        const line = known.lineOf(file);
        if (line) yield { file, line, entry: null };
        const entry = line ? null : known.entry;
        const order = entry ? comparePaths(entry.path, file.path) : 1;
        if (order < 0 && keepGone) yield { file: null, line: null, entry };
        if (!line && order >= 0) yield { file, line: null, entry: order === 0 ? entry : null };
        if (line || order <= 0) known.next();
        if (line || order >= 0) break;
      }
    }
    for (; keepGone && (await known.fill()); known.next()) yield { file: null, line: null, entry: known.entry };
  } finally {
    // It may have a file open.
    await known.close();
  }
}

/** Lists of files, read line by line: only what is not as it was is taken apart. */
class KnownFiles {
  readonly #rows: AsyncGenerator<Buffer>;
  #data: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #entry: FileEntry | null = null;

  constructor(rows: AsyncGenerator<Buffer>) {
    this.#rows = rows;
  }

  /** True: fill() is to be called before anything is asked. */
  get atEnd(): boolean {
    return this.#start >= this.#data.length;
  }

  /** False: there are no more. */
  async fill(): Promise<boolean> {
    while (this.atEnd) {
      const { value, done } = await this.#rows.next();
      if (done) return false;
      this.#data = value;
      this.#start = 0;
      this.#end = lineEnd(value, 0);
    }
    return true;
  }

  /** The current line when it says of this file all that the file says of itself, its bytes aside; else null. */
  lineOf(file: SiteFile): Buffer | null {
    if (this.atEnd) return null;
    const head = Buffer.from(file.kind === 'file' ? lineHead(file) : fileLine({ ...describe(file), ...ownContent(file) }));
    const end = this.#start + head.length;
    if (end > this.#end || head.compare(this.#data, this.#start, end) !== 0) return null;
    return this.#data.subarray(this.#start, this.#end);
  }

  /** The current line taken apart. */
  get entry(): FileEntry | null {
    if (this.atEnd) return null;
    this.#entry ??= parseFileLine(this.#data.subarray(this.#start, this.#end));
    return this.#entry;
  }

  next(): void {
    this.#start = this.#end;
    this.#entry = null;
    if (!this.atEnd) this.#end = lineEnd(this.#data, this.#start);
  }

  async close(): Promise<void> {
    await this.#rows.return(undefined);
  }
}

function comparePaths(a: string, b: string): number {
  return a === b ? 0 : Buffer.from(a).compare(Buffer.from(b));
}

async function* noRows(): AsyncGenerator<Buffer> {}

/** Whole lines of the spool. The file is closed when this has ended, and not some time after: a stream would not wait for that. */
async function* spooledRows(path: string): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  try {
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const piece = Buffer.allocUnsafe(spoolBytes);
      const { bytesRead } = await file.read(piece, 0, piece.length);
      if (bytesRead === 0) return;
      const read = piece.subarray(0, bytesRead);
      const data = rest.length > 0 ? Buffer.concat([rest, read]) : read;
      const end = data.lastIndexOf(10) + 1;
      if (end > 0) yield data.subarray(0, end);
      rest = data.subarray(end);
    }
  } finally {
    await file.close();
  }
}
