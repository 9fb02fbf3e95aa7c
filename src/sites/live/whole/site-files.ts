import { type BigIntStats, constants } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import { mapOrdered } from '#base/map-ordered.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
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

/** Listings and facts asked for at a time: hides the latency of a network drive. */
const ahead = 16;
const readBytes = 1024 * 1024;

interface Found {
  name: string;
  stats: BigIntStats;
  target?: string;
  /** What is in it, of a folder. */
  children?: string[];
}

/**
 * Everything below the roots, in ascending order of the path by bytes. What cannot be read is a warning by name. Links are not followed.
 * Memory: the names of the folders on the way to one file.
 */
export async function* siteFiles(roots: SiteRoot[], context: RunContext): AsyncGenerator<SiteFile> {
  for (const root of roots) {
    const names = await namesIn(root.folder, root.folder, context);
    yield* walk(root, '', names, context);
  }
}

async function* walk(root: SiteRoot, folder: string, names: string[], context: RunContext): AsyncGenerator<SiteFile> {
  const paths = names.map((name) => (folder === '' ? name : `${folder}/${name}`)).filter((path) => !root.leavesOut(path));
  // Whatever is in a folder comes where its name with '/' stands, which may be after other names.
  const pending: { order: Buffer; path: string; children: string[] }[] = [];
  for await (const found of mapOrdered(paths, { concurrency: ahead }, (path) => look(root, path, context))) {
    throwIfCancelled(context);
    const before = found ? Buffer.from(found.name) : null;
    while (pending.length > 0 && before && pending[0].order.compare(before) < 0) yield* below(root, pending.shift()!, context);
    if (!found) continue;
    const file = await describe(root, found, context);
    if (file) yield file;
    if (found.children) {
      pending.push({ order: Buffer.from(`${found.name}/`), path: found.name, children: found.children });
      pending.sort((a, b) => a.order.compare(b.order));
    }
  }
  for (const folderBelow of pending) yield* below(root, folderBelow, context);
}

function below(root: SiteRoot, { path, children }: { path: string; children: string[] }, context: RunContext) {
  return walk(root, path, children, context);
}

async function look(root: SiteRoot, path: string, context: RunContext): Promise<Found | null> {
  const place = join(root.folder, path);
  try {
    const stats = await lstat(place, { bigint: true });
    if (stats.isDirectory()) return { name: path, stats, children: await namesIn(place, `${root.name}/${path}`, context) };
    if (stats.isSymbolicLink()) return { name: path, stats, target: await readlink(place) };
    if (stats.isFile()) return { name: path, stats };
    context.warn({
      code: 'FILE_LEFT_OUT',
      message: 'it is neither a file nor a folder nor a link',
      object: `${root.name}/${path}`,
    });
    return null;
  } catch (error) {
    // Gone since it was listed: temporary files come and go.
    if (systemErrorCode(error) === 'ENOENT') return null;
    unreadable(context, `${root.name}/${path}`, error);
    return null;
  }
}

async function describe(root: SiteRoot, found: Found, context: RunContext): Promise<SiteFile | null> {
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
    open: () => readUnchanged(join(root.folder, found.name), path, stats, context),
  };
}

/** Names in ascending order of their bytes. */
async function namesIn(folder: string, name: string, context: RunContext): Promise<string[]> {
  try {
    const names = await readdir(folder, { encoding: 'buffer' });
    const sorted = names.sort((a, b) => a.compare(b));
    return sorted.flatMap((bytes) => {
      const text = bytes.toString('utf8');
      if (Buffer.from(text).equals(bytes)) return [text];
      context.warn({ code: 'FILE_LEFT_OUT', message: 'its name is not UTF-8', object: `${name}/${bytes.toString('latin1')}` });
      return [];
    });
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') unreadable(context, name, error);
    return [];
  }
}

/** Reads what stands in `before` and not a byte more; a file that changed meanwhile is no whole file. */
async function* readUnchanged(place: string, name: string, before: BigIntStats, context: RunContext): AsyncGenerator<Buffer> {
  const changed = () => {
    context.warn({ code: 'SOURCE_CHANGED', message: 'it was changed while it was read; the next backup takes it', object: name });
    return new OxbowError('SOURCE_CHANGED', `${name} was changed while it was read.`);
  };
  try {
    const file = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const isSame = async () => {
        const now = await file.stat({ bigint: true });
        return now.isFile() && now.size === before.size && now.mtimeNs === before.mtimeNs;
      };
      if (!(await isSame())) throw changed();
      const size = Number(before.size);
      for (let at = 0; at < size; ) {
        const bytes = Buffer.allocUnsafe(Math.min(readBytes, size - at));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, at);
        if (bytesRead === 0) throw changed();
        at += bytesRead;
        yield bytes.subarray(0, bytesRead);
      }
      if (!(await isSame())) throw changed();
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

function unreadable(context: RunContext, object: string, error: unknown): void {
  context.warn({
    code: 'HOME_UNREADABLE',
    message: `it cannot be read (${systemErrorCode(error) ?? (error as Error).message}) and is not in the backup`,
    object,
  });
}
