import { chown, mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import { v4Path } from '#model/attachment-paths.ts';
import type { AttachmentFile } from '#model/site.ts';
import { restoreFolder } from './restore-journal.ts';

/** Files written at the same time. */
const concurrency = 8;

/**
 * The attachments of a restore, in the layout of the home directory but in the folder of the restore. New files and folders belong to the
 * owner of the home directory when Oxbow runs as root. They become durable with the journal (writeJournal), before the database commits.
 */
export class AttachmentStage {
  readonly #home: string;
  readonly #folder: string;
  readonly #owner: { uid: number; gid: number } | null;
  readonly #folders = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  #failure: unknown = null;
  #files = 0;
  #bytes = 0;

  private constructor(home: string, id: string, owner: { uid: number; gid: number } | null) {
    this.#home = home;
    this.#folder = restoreFolder(home, id);
    this.#owner = owner;
  }

  static async create(home: string, id: string): Promise<AttachmentStage> {
    const { uid, gid } = await homeOwner(home);
    const stage = new AttachmentStage(home, id, process.getuid?.() === 0 && uid !== 0 ? { uid, gid } : null);
    await stage.#makeFolder(join(stage.#folder, 'attachments', 'v4'));
    return stage;
  }

  get written(): { files: number; bytes: number } {
    return { files: this.#files, bytes: this.#bytes };
  }

  /** Starts writing one version under the id that its attachment has in the site. Waits while eight others are being written. */
  async add(file: AttachmentFile, id: string): Promise<void> {
    while (this.#running.size >= concurrency) await Promise.race(this.#running);
    if (this.#failure) throw this.#failure;
    const work = this.#write(file, id)
      .catch((error) => {
        this.#failure ??= error;
      })
      .finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  /** Waits for all files. Throws the first failure. */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
    if (this.#failure) throw this.#failure;
  }

  async remove(): Promise<void> {
    await Promise.allSettled(this.#running);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #write(file: AttachmentFile, id: string): Promise<void> {
    const path = join(this.#folder, 'attachments', v4Path(id, file.version));
    try {
      await this.#makeFolder(dirname(path));
      const handle = await open(path, 'w', 0o640);
      try {
        if (this.#owner) await handle.chown(this.#owner.uid, this.#owner.gid);
        for await (const chunk of await file.open()) {
          await handle.writeFile(chunk as Buffer);
          this.#bytes += (chunk as Buffer).length;
        }
      } finally {
        await handle.close();
      }
      this.#files++;
    } catch (error) {
      throw fileError(error, this.#home);
    }
  }

  async #makeFolder(path: string): Promise<void> {
    if (this.#folders.has(path) || path === this.#home) return;
    await this.#makeFolder(dirname(path));
    try {
      await mkdir(path, { mode: 0o750 });
      if (this.#owner) await chown(path, this.#owner.uid, this.#owner.gid);
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') throw fileError(error, this.#home);
    }
    // Bounded: forgetting a folder only costs one failing mkdir.
    if (this.#folders.size > 100_000) this.#folders.clear();
    this.#folders.add(path);
  }
}

async function homeOwner(home: string): Promise<{ uid: number; gid: number }> {
  try {
    return await stat(home);
  } catch (error) {
    throw new OxbowError('HOME_NOT_FOUND', `The home directory ${home} cannot be opened: ${systemErrorCode(error)}.`, {
      hint: 'Name the home directory of Confluence (the shared home of a cluster).',
      cause: error,
    });
  }
}

/** A refusal of the file system in words for people. OxbowErrors and defects of Oxbow pass unchanged. */
export function fileError(error: unknown, home: string): unknown {
  const code = systemErrorCode(error);
  if (error instanceof OxbowError) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new OxbowError('DISK_FULL', `The disk of ${home} is full. Nothing was changed.`, {
      hint: 'Free space on the disk of the home directory and run it again.',
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new OxbowError('HOME_NOT_WRITABLE', `${home} cannot be written to (${code}). Nothing was changed.`, {
      hint: 'Run Oxbow as the owner of the home directory of Confluence.',
      cause: error,
    });
  }
  return error;
}
