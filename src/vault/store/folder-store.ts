import { randomBytes } from 'node:crypto';
import { type FileHandle, link, lstat, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isOxbowError, OxbowError, systemErrorCode } from '#base/errors.ts';
import { assertObjectKey, objectNotFound } from './object-key.ts';
import { SpaceReserve } from './space-reserve.ts';
import type { ByteRange, Store, StoredObject } from './store.ts';

const temporary = 'tmp';
/** What a killed process left unfinished goes after a day. */
const leftoverAge = 86_400_000;

/**
 * A store in a folder: each object a file, written aside, flushed, renamed, and its folder flushed. Only the owner may read it.
 * Errors of opening: STORE_REFUSED when the folder is not there (unless `create`) or may not be used.
 */
export async function openFolderStore(path: string, options: { create?: boolean; now?: () => Date } = {}): Promise<Store> {
  let reason = 'it is not a folder';
  try {
    if (options.create) await mkdir(path, { recursive: true, mode: 0o700 });
    if ((await stat(path)).isDirectory()) reason = '';
  } catch (error) {
    reason = systemErrorCode(error) ?? (error as Error).message;
  }
  if (reason !== '') {
    throw new OxbowError('STORE_REFUSED', `The folder ${path} cannot be used: ${reason}.`, {
      hint: 'Check the path and its permissions. oxbow vault init makes the folder of a new vault.',
    });
  }
  const store = new FolderStore(path);
  if (options.now) {
    await store.removeLeftovers(options.now());
    await store.reserve.fill();
  }
  return store;
}

class FolderStore implements Store {
  readonly location: string;
  readonly concurrency = 4;
  readonly reserve: SpaceReserve;
  readonly #folders = new Set<string>();

  constructor(path: string) {
    this.location = path;
    this.reserve = new SpaceReserve(join(path, temporary));
  }

  async get(key: string, range?: ByteRange): Promise<Buffer> {
    const path = this.#path(key);
    let file: FileHandle | undefined;
    try {
      file = await open(path, 'r');
      if (!range) return await file.readFile();
      const bytes = Buffer.allocUnsafe(range.length);
      let length = 0;
      while (length < range.length) {
        const { bytesRead } = await file.read(bytes, length, range.length - length, range.offset + length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return bytes.subarray(0, length);
    } catch (error) {
      throw this.#error(error, key, 'read');
    } finally {
      await file?.close();
    }
  }

  async put(key: string, bytes: Buffer): Promise<void> {
    const path = this.#path(key);
    await this.#writeAside(key, bytes, async (aside) => {
      await rename(aside, path);
      return true;
    });
  }

  async putIfAbsent(key: string, bytes: Buffer): Promise<boolean> {
    const path = this.#path(key);
    // link() fails when the name is taken: of several writers exactly one succeeds.
    return await this.#writeAside(key, bytes, async (aside) => {
      try {
        await link(aside, path);
      } catch (error) {
        if (systemErrorCode(error) !== 'EEXIST') throw error;
        return false;
      } finally {
        await rm(aside, { force: true });
      }
      return true;
    });
  }

  async size(key: string): Promise<number | null> {
    try {
      return (await lstat(this.#path(key))).size;
    } catch (error) {
      if (isMissing(error)) return null;
      throw this.#error(error, key, 'read');
    }
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    const folder = prefix.includes('/') ? prefix.slice(0, prefix.lastIndexOf('/')) : '';
    yield* this.#walk(folder, prefix);
  }

  async delete(key: string): Promise<void> {
    try {
      await rm(this.#path(key), { force: true });
      await syncFolder(dirname(this.#path(key))).catch(() => {});
    } catch (error) {
      throw this.#error(error, key, 'removed');
    }
  }

  async close(): Promise<void> {}

  /** Files that a killed process left in tmp/. Those of processes at work are younger. */
  async removeLeftovers(now: Date): Promise<void> {
    const folder = join(this.location, temporary);
    for (const name of await readdir(folder).catch(() => [])) {
      if (name === SpaceReserve.fileName) continue;
      const path = join(folder, name);
      const facts = await stat(path).catch(() => null);
      if (facts && now.getTime() - facts.mtimeMs > leftoverAge) await rm(path, { force: true }).catch(() => {});
    }
  }

  /** Ascending by the whole key: a folder stands where its name with '/' does. */
  async *#walk(folder: string, prefix: string): AsyncGenerator<StoredObject> {
    let entries: { name: string; isFolder: boolean }[];
    try {
      const found = await readdir(join(this.location, folder), { withFileTypes: true });
      entries = found
        .filter((entry) => entry.isDirectory() || entry.isFile())
        .map((entry) => ({ name: entry.isDirectory() ? `${entry.name}/` : entry.name, isFolder: entry.isDirectory() }));
    } catch (error) {
      if (isMissing(error)) return;
      throw this.#error(error, folder, 'listed');
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const key = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (folder === '' && entry.name === `${temporary}/`) continue;
      if (entry.isFolder) {
        if (key.startsWith(prefix) || prefix.startsWith(key)) yield* this.#walk(key.slice(0, -1), prefix);
      } else if (key.startsWith(prefix)) {
        const size = await this.size(key);
        if (size !== null) yield { key, size };
      }
    }
  }

  /** What says who is at work and what is to go may use the reserve: so a full disk can be pruned. What only takes more room may not. */
  async #writeAside<T>(key: string, bytes: Buffer, place: (aside: string) => Promise<T>): Promise<T> {
    try {
      return await this.#writeOnce(key, bytes, place);
    } catch (error) {
      const isLarge = key.startsWith('packs/') || bytes.length > SpaceReserve.bytes / 4;
      if (!isOxbowError(error, 'STORE_FULL') || isLarge || !(await this.reserve.use())) throw error;
      return await this.#writeOnce(key, bytes, place);
    }
  }

  async #writeOnce<T>(key: string, bytes: Buffer, place: (aside: string) => Promise<T>): Promise<T> {
    const aside = join(this.location, temporary, randomBytes(16).toString('hex'));
    try {
      await this.#makeFolder(join(this.location, temporary));
      await this.#makeFolder(dirname(this.#path(key)));
      const file = await open(aside, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      const result = await place(aside);
      await syncFolder(dirname(this.#path(key)));
      return result;
    } catch (error) {
      await rm(aside, { force: true }).catch(() => {});
      throw this.#error(error, key, 'written');
    }
  }

  async #makeFolder(path: string): Promise<void> {
    if (this.#folders.has(path)) return;
    const first = await mkdir(path, { recursive: true, mode: 0o700 });
    if (first) await syncFolder(dirname(first));
    this.#folders.add(path);
  }

  #path(key: string): string {
    assertObjectKey(key);
    return join(this.location, key);
  }

  #error(error: unknown, key: string, verb: string): OxbowError {
    if (error instanceof OxbowError) return error;
    const code = systemErrorCode(error) ?? (error as Error).message;
    if (isMissing(error)) {
      // Somebody removed the folder while we worked: it is made again next time.
      this.#folders.clear();
      return objectNotFound(key, this.location, error);
    }
    const what = `The object ${key} of ${this.location} cannot be ${verb}: ${code}.`;
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      return new OxbowError('STORE_FULL', what, {
        hint: 'Make room there, then start again: what was stored is used.',
        cause: error,
      });
    }
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
      return new OxbowError('STORE_REFUSED', what, {
        hint: 'Check who owns the folder of the vault and whether it is mounted read-only.',
        cause: error,
      });
    }
    if (code === 'EIO' || code === 'ETIMEDOUT' || code === 'ESTALE' || code === 'EMFILE' || code === 'EBUSY') {
      return new OxbowError('STORE_UNAVAILABLE', what, { hint: 'Check the disk or the network drive.', cause: error });
    }
    return new OxbowError('STORE_FAILED', what, { cause: error });
  }
}

function isMissing(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
