import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '#base/errors.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import { CallPace } from './call-pace.ts';
import { readUnchanged, unreadable } from './read-unchanged.ts';
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

/** Listings and facts asked for at a time, where each waits for a disk or a network; below each of them so many of a folder, so many levels down. */
const ahead = 16;
const aheadInFolder = 4;
const levelsAhead = 3;
/** From this mean on, others could do more in the meantime than the calls of a thread cost. What the system has in memory takes a twentieth of it. */
const slowMs = 0.4;

interface Found {
  name: string;
  stats: BigIntStats;
  target?: string;
  /** Names of what is in it, of a folder. */
  children?: string[];
  /** What is in it, where that was looked at ahead. */
  inner?: Promise<(Found | null)[]>;
}

/** A folder on the way. What is in one of its folders comes where the name of that with '/' stands, which may be after other names. */
interface Frame {
  root: SiteRoot;
  paths: string[];
  at: number;
  /** Looked at already, from `at` on. */
  ready: (Found | null)[];
  below: { order: Buffer; path: string; children: string[]; inner?: Found['inner'] }[];
}

/** How calls that look and calls that read are made. */
export interface FilePaces {
  look: CallPace;
  read: CallPace;
}

/**
 * Everything below the roots, in ascending order of the path by bytes. What cannot be read is a warning by name. Links are not followed.
 * Memory: the names of the folders on the way to one file.
 */
export async function* siteFiles(
  roots: SiteRoot[],
  context: RunContext,
  paces: FilePaces = { look: new CallPace(slowMs), read: new CallPace(slowMs) },
): AsyncGenerator<SiteFile> {
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
        const inner = frameOf(root, next.path, next.children);
        if (next.inner) inner.ready = await next.inner;
        stack.push(inner);
        continue;
      }
      if (path === undefined) {
        stack.pop();
        continue;
      }
      throwIfCancelled(context);
      if (frame.ready.length === 0) await lookAhead(frame, paces.look, context);
      frame.at++;
      const found = frame.ready.shift()!;
      if (!found) continue;
      const file = await describe(root, found, paces.read, context);
      if (file) yield file;
      if (!found.children) continue;
      frame.below.push({ order: Buffer.from(`${path}/`), path, children: found.children, inner: found.inner });
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
    frame.ready = await Promise.all(paths.slice(at, at + ahead).map((path) => look(root, path, 0, context)));
    return;
  }
  const started = performance.now();
  frame.ready = [lookNow(root, paths[at], context)];
  await pace.note(performance.now() - started);
}

const asBytes = { encoding: 'buffer' } as const;

/** Looks at a path, and when it is a folder with few things in it at these too: each attachment has a folder of its own. */
async function look(root: SiteRoot, path: string, level: number, context: RunContext): Promise<Found | null> {
  const place = join(root.folder, path);
  try {
    const stats = await lstat(place, { bigint: true });
    if (!stats.isDirectory())
      return found(root, path, stats, stats.isSymbolicLink() ? await readlink(place) : undefined, context);
    const names = await readdir(place, asBytes).catch((error: unknown) => error as Error);
    const children = readNames(() => given(names), `${root.name}/${path}`, context);
    if (level === levelsAhead || children.length > aheadInFolder) return { name: path, stats, children };
    const inner = Promise.all(frameOf(root, path, children).paths.map((below) => look(root, below, level + 1, context)));
    inner.catch(() => {});
    return { name: path, stats, children, inner };
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
