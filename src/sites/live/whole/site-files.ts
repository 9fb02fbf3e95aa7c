import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import { CallPace } from './call-pace.ts';
import type { SiteRoot } from './site-roots.ts';

/** A file, folder or symbolic link of a site. */
export interface SiteFile {
  /** '/'-separated, beginning with the name of its root ("home/attachments/v4/..."). */
  path: string;
  kind: 'file' | 'folder' | 'link';
  /** In bytes; 0 unless a file. */
  size: number;
  /** Nanoseconds since 1970, decimal. */
  mtime: string;
  /** Permission bits. */
  mode: number;
  uid: number;
  gid: number;
  /** Of a link. */
  target?: string;
  /**
   * The bytes of a file, `size` of them. Errors, all reported by name before: SOURCE_CHANGED when it was changed while it was read,
   * HOME_UNREADABLE.
   */
  open(): AsyncGenerator<Buffer>;
}

/** Listings and facts asked for at a time, where each takes a round trip over a network. */
const ahead = 16;
const readBytes = 1024 * 1024;
/** Files up to this size are read by blocking calls where the disk is fast. */
const smallBytes = 256 * 1024;

interface Found {
  name: string;
  stats: BigIntStats;
  target?: string;
  /** Names of what is in it, of a folder. */
  children?: string[];
}

/** A folder on the way. What is in one of its folders comes where the name of that with '/' stands, which may be after other names. */
interface Frame {
  root: SiteRoot;
  paths: string[];
  at: number;
  /** Looked at already, from `at` on. */
  ready: (Found | null)[];
  below: { order: Buffer; path: string; children: string[] }[];
}

/**
 * Everything below the roots, in ascending order of the path by bytes. What cannot be read is a warning by name. Links are not followed.
 * Memory: the names of the folders on the way to one file.
 */
export async function* siteFiles(roots: SiteRoot[], context: RunContext): AsyncGenerator<SiteFile> {
  const pace = new CallPace();
  for (const root of roots) {
    const stack = [
      frameOf(
        root,
        '',
        readNames(() => readdirSync(root.folder, asBytes), root.folder, context),
      ),
    ];
    for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
      const path = frame.paths[frame.at];
      const next = frame.below[0];
      if (next && (path === undefined || next.order.compare(Buffer.from(path)) < 0)) {
        frame.below.shift();
        stack.push(frameOf(root, next.path, next.children));
        continue;
      }
      if (path === undefined) {
        stack.pop();
        continue;
      }
      throwIfCancelled(context);
      if (frame.ready.length === 0) await lookAhead(frame, pace, context);
      frame.at++;
      const found = frame.ready.shift()!;
      if (!found) continue;
      const file = await describe(root, found, pace, context);
      if (file) yield file;
      if (!found.children) continue;
      frame.below.push({ order: Buffer.from(`${path}/`), path, children: found.children });
      if (frame.below.length > 1) frame.below.sort((a, b) => a.order.compare(b.order));
    }
  }
}

function frameOf(root: SiteRoot, folder: string, names: string[]): Frame {
  const paths = names.map((name) => (folder === '' ? name : `${folder}/${name}`)).filter((path) => !root.leavesOut(path));
  return { root, paths, at: 0, ready: [], below: [] };
}

/** Looks at the next path, or where that takes long at the next sixteen at once. */
async function lookAhead(frame: Frame, pace: CallPace, context: RunContext): Promise<void> {
  const { root, paths, at } = frame;
  if (!pace.isFast) {
    frame.ready = await Promise.all(paths.slice(at, at + ahead).map((path) => look(root, path, context)));
    return;
  }
  const started = performance.now();
  frame.ready = [lookNow(root, paths[at], context)];
  await pace.note(performance.now() - started);
}

const asBytes = { encoding: 'buffer' } as const;

async function look(root: SiteRoot, path: string, context: RunContext): Promise<Found | null> {
  const place = join(root.folder, path);
  try {
    const stats = await lstat(place, { bigint: true });
    if (!stats.isDirectory())
      return found(root, path, stats, stats.isSymbolicLink() ? await readlink(place) : undefined, context);
    const names = await readdir(place, asBytes).catch((error: unknown) => error as Error);
    return { name: path, stats, children: readNames(() => given(names), `${root.name}/${path}`, context) };
  } catch (error) {
    return notFound(root, path, error, context);
  }
}

function lookNow(root: SiteRoot, path: string, context: RunContext): Found | null {
  const place = join(root.folder, path);
  try {
    const stats = lstatSync(place, { bigint: true });
    if (!stats.isDirectory()) return found(root, path, stats, stats.isSymbolicLink() ? readlinkSync(place) : undefined, context);
    return { name: path, stats, children: readNames(() => readdirSync(place, asBytes), `${root.name}/${path}`, context) };
  } catch (error) {
    return notFound(root, path, error, context);
  }
}

function given<T>(value: T | Error): T {
  if (value instanceof Error) throw value;
  return value;
}

function found(root: SiteRoot, path: string, stats: BigIntStats, target: string | undefined, context: RunContext): Found | null {
  if (target !== undefined) return { name: path, stats, target };
  if (stats.isFile()) return { name: path, stats };
  context.warn({
    code: 'FILE_LEFT_OUT',
    message: 'it is neither a file nor a folder nor a link',
    object: `${root.name}/${path}`,
  });
  return null;
}

/** Gone since it was listed: temporary files come and go. */
function notFound(root: SiteRoot, path: string, error: unknown, context: RunContext): null {
  if (systemErrorCode(error) !== 'ENOENT') unreadable(context, `${root.name}/${path}`, error);
  return null;
}

async function describe(root: SiteRoot, found: Found, pace: CallPace, context: RunContext): Promise<SiteFile | null> {
  const { stats } = found;
  const isFile = stats.isFile();
  const facts = { size: Number(stats.size), mtimeMs: Number(stats.mtimeMs) };
  if (root.isWanted && isFile && !(await root.isWanted(found.name, facts))) return null;
  const path = `${root.name}/${found.name}`;
  return {
    path,
    kind: isFile ? 'file' : found.children ? 'folder' : 'link',
    size: isFile ? facts.size : 0,
    mtime: stats.mtimeNs.toString(),
    mode: Number(stats.mode & 0o7777n),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    ...(found.target === undefined ? {} : { target: found.target }),
    open: () => readUnchanged(join(root.folder, found.name), path, stats, pace, context),
  };
}

/** Names in ascending order of their bytes; none where the folder is gone or cannot be read. */
function readNames(list: () => Buffer[], name: string, context: RunContext): string[] {
  try {
    return sortedNames(list(), name, context);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') unreadable(context, name, error);
    return [];
  }
}

function sortedNames(names: Buffer[], name: string, context: RunContext): string[] {
  if (names.length > 1) names.sort((a, b) => a.compare(b));
  return names.flatMap((bytes) => {
    const text = bytes.toString('utf8');
    // What is not UTF-8 is decoded with replacement characters.
    if (!text.includes('\ufffd') || Buffer.from(text).equals(bytes)) return [text];
    context.warn({ code: 'FILE_LEFT_OUT', message: 'its name is not UTF-8', object: `${name}/${bytes.toString('latin1')}` });
    return [];
  });
}

/** Reads what stands in `before` and not a byte more; a file that changed meanwhile is no whole file. */
async function* readUnchanged(
  place: string,
  name: string,
  before: BigIntStats,
  pace: CallPace,
  context: RunContext,
): AsyncGenerator<Buffer> {
  const changed = () => {
    context.warn({ code: 'SOURCE_CHANGED', message: 'it was changed while it was read; the next backup takes it', object: name });
    return new OxbowError('SOURCE_CHANGED', `${name} was changed while it was read.`);
  };
  const isSame = (now: BigIntStats) => now.isFile() && now.size === before.size && now.mtimeNs === before.mtimeNs;
  try {
    if (before.size <= smallBytes && pace.isFast) {
      const started = performance.now();
      const bytes = readNow(place, Number(before.size), isSame);
      await pace.note(performance.now() - started);
      if (!bytes) throw changed();
      if (bytes.length > 0) yield bytes;
      return;
    }
    const file = await open(place, readOnly);
    try {
      if (!isSame(await file.stat({ bigint: true }))) throw changed();
      const size = Number(before.size);
      for (let at = 0; at < size; ) {
        const bytes = Buffer.allocUnsafe(Math.min(readBytes, size - at));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, at);
        if (bytesRead === 0) throw changed();
        at += bytesRead;
        yield bytes.subarray(0, bytesRead);
      }
      if (!isSame(await file.stat({ bigint: true }))) throw changed();
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ELOOP') throw changed();
    if (error instanceof OxbowError || code === undefined) throw error;
    unreadable(context, name, error);
    throw new OxbowError('HOME_UNREADABLE', `${name} cannot be read: ${code}.`, {
      hint: 'Run Oxbow as a user who may read the home directory of Confluence.',
      cause: error,
    });
  }
}

const readOnly = constants.O_RDONLY | constants.O_NOFOLLOW;

/** A whole small file by blocking calls; null when it is not what it was. */
function readNow(place: string, size: number, isSame: (now: BigIntStats) => boolean): Buffer | null {
  const file = openSync(place, readOnly);
  try {
    if (!isSame(fstatSync(file, { bigint: true }))) return null;
    const bytes = Buffer.allocUnsafe(size);
    for (let at = 0; at < size; ) {
      const read = readSync(file, bytes, at, size - at, at);
      if (read === 0) return null;
      at += read;
    }
    return isSame(fstatSync(file, { bigint: true })) ? bytes : null;
  } finally {
    closeSync(file);
  }
}

function unreadable(context: RunContext, object: string, error: unknown): void {
  context.warn({
    code: 'HOME_UNREADABLE',
    message: `it cannot be read (${systemErrorCode(error) ?? (error as Error).message}) and is not in the backup`,
    object,
  });
}
