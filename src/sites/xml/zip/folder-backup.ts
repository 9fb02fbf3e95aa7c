import { constants } from 'node:fs';
import { lstat, open, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import type { Warning } from '#base/run-context.ts';
import { readDescriptor } from './backup-descriptor.ts';
import type { BackupEntry, BackupSource } from './backup-entry.ts';
import { BackupRootFinder } from './backup-root.ts';
import { isSystemFile, normaliseEntryName, quoteName } from './entry-name.ts';
import { OpenStreams } from './open-streams.ts';
import { rangeStream } from './range-stream.ts';
import { readError } from './read-error.ts';

/** What a walk meets: a file, or something that is never opened. */
interface Met {
  name: string;
  kind: 'file' | 'link' | 'special';
}

/**
 * Opens an XML backup that somebody unpacked into a folder. `path` itself may be a symbolic link; links inside are never followed.
 * Walks the folder once. Memory: the names of the folders on the way down to one file.
 */
export async function openFolderBackup(path: string): Promise<BackupSource> {
  try {
    const backup = new FolderBackup(path, await realpath(path));
    await backup.survey();
    return backup;
  } catch (error) {
    throw readError(error, path);
  }
}

class FolderBackup implements BackupSource {
  readonly kind = 'folder';
  readonly path: string;
  readonly problems: Warning[] = [];
  readonly #folder: string;
  readonly #streams = new OpenStreams();
  /** '' or 'wrapper/'. */
  #root = '';

  constructor(path: string, folder: string) {
    this.path = path;
    this.#folder = folder;
  }

  async survey(): Promise<void> {
    const rootFinder = new BackupRootFinder();
    const counts = { link: 0, special: 0, first: { link: '', special: '' } };
    for await (const { name, kind } of walk(this.#folder, '')) {
      if (kind === 'file') rootFinder.see(name);
      else if (counts[kind]++ === 0) counts.first[kind] = name;
    }
    this.#note('FOLDER_SYMLINK', 'symbolic links', counts.link, counts.first.link);
    this.#note('FOLDER_SPECIAL_FILE', 'sockets, pipes or devices', counts.special, counts.first.special);
    this.#root = await rootFinder.find(this.path, this.problems, async (name) => readDescriptor((await this.#named(name))!));
  }

  async find(name: string): Promise<BackupEntry | undefined> {
    const normalised = normaliseEntryName(name);
    if ('unsafe' in normalised || normalised.name !== name || isSystemFile(name)) return undefined;
    return this.#named(this.#root + name);
  }

  async *entries(): AsyncGenerator<BackupEntry> {
    try {
      for await (const { name, kind } of walk(this.#folder, this.#root)) {
        if (kind !== 'file') continue;
        const entry = await this.#named(name);
        if (!entry) throw vanished(this.path, name);
        yield entry;
      }
    } catch (error) {
      throw readError(error, this.path);
    }
  }

  async close(): Promise<void> {
    await this.#streams.close();
  }

  /** Undefined unless every part of the name is a true folder and the last a true file: a link anywhere changes the real path. */
  async #named(fullName: string): Promise<BackupEntry | undefined> {
    const file = join(this.#folder, fullName);
    try {
      const stats = await lstat(file);
      if (!stats.isFile() || (await realpath(file)) !== file) return undefined;
      const name = fullName.slice(this.#root.length);
      return { name, size: stats.size, compressedSize: stats.size, open: () => this.#openFile(file) };
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(systemErrorCode(error) ?? '')) return undefined;
      throw readError(error, file);
    }
  }

  async #openFile(file: string): Promise<Readable> {
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error) => {
      throw readError(error, file);
    });
    return this.#streams.add(
      rangeStream(handle, { start: 0, failure: (error) => readError(error, file), closed: () => handle.close() }),
    );
  }

  #note(code: string, what: string, count: number, first: string): void {
    if (count === 0) return;
    const message = `${count} ${what} in ${this.path} are not followed or read, such as ${quoteName(first)}.`;
    this.problems.push({ code, message, object: first });
  }
}

function vanished(path: string, name: string): OxbowError {
  return new OxbowError('BACKUP_UNREADABLE', `${quoteName(name)} in ${path} was listed, but cannot be opened under that name.`, {
    hint: 'Either something changes the folder at this moment, or the name is not UTF-8: rename the file.',
  });
}

/** All files under a folder in the order of their names. `under` is '' or ends with a slash. */
async function* walk(folder: string, under: string): AsyncGenerator<Met> {
  const children = await readdir(join(folder, under), { withFileTypes: true });
  children.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const child of children) {
    const name = under + child.name;
    if (isSystemFile(name)) continue;
    if (child.isDirectory()) yield* walk(folder, `${name}/`);
    else if (child.isFile()) yield { name, kind: 'file' };
    else yield { name, kind: child.isSymbolicLink() ? 'link' : 'special' };
  }
}
