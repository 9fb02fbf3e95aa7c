import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '#base/errors.ts';
import type { FileAttributes } from './file-attributes.ts';
import type { FilePace } from './file-calls.ts';
import { unsafePath } from './staged-path.ts';

interface OpenFolder {
  path: string;
  target: string;
  attributes: FileAttributes;
  /** Files in it that are being written. */
  writing: number;
  left: boolean;
}

/** Folders that are known to be there, and to be folders. Forgetting one only costs a failing mkdir. */
const remembered = 100_000;

/**
 * Makes the folders of a staged tree, and gives each its mode, owner and time when everything in it is written: writing into a folder changes
 * its time and may be forbidden by its mode. Paths come in ascending order by bytes, so few folders are open at a time; in another order only
 * the times of folders may be wrong.
 */
export class StagedFolders {
  readonly #known = new Set<string>();
  readonly #open: OpenFolder[] = [];
  readonly #pace: FilePace;
  readonly #finish: (target: string, attributes: FileAttributes) => void;

  /** `finish` is called once for each folder that has attributes; nothing is written into it any more. */
  constructor(pace: FilePace, finish: (target: string, attributes: FileAttributes) => void) {
    this.#pace = pace;
    this.#finish = finish;
  }

  /** Says that the walk has come to `path`: folders that it has left for good are finished. */
  reach(path: string): void {
    for (let at = this.#open.length - 1; at >= 0; at--) {
      const folder = this.#open[at];
      if (mayContainMore(folder.path, path)) continue;
      this.#open.splice(at, 1);
      folder.left = true;
      if (folder.writing === 0) this.#finish(folder.target, folder.attributes);
    }
  }

  /** Makes a folder that the snapshot describes, at `target`. `base` is there already and ends the making of parents. */
  async add(path: string, target: string, base: string, attributes: FileAttributes): Promise<void> {
    await this.make(path, target, base);
    this.#open.push({ path, target, attributes, writing: 0, left: false });
  }

  /** Makes a folder and its parents. Never follows a link: one that stands where a folder should be is UNSAFE_PATH. */
  async make(path: string, target: string, base: string): Promise<void> {
    if (target === base || this.#known.has(target)) return;
    await this.make(path, dirname(target), base);
    try {
      await this.#pace.run(async (calls) => void (await calls.mkdir(target, { mode: 0o750 })));
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') throw error;
      if (!(await lstat(target)).isDirectory()) throw unsafePath(path, 'leads through a link or a file');
    }
    if (this.#known.size >= remembered) this.#known.clear();
    this.#known.add(target);
  }

  /** Keeps the folder of `path` open until the function that it returns is called. */
  hold(path: string): () => void {
    const parent = path.slice(0, path.lastIndexOf('/'));
    const folder = this.#open.findLast((candidate) => candidate.path === parent);
    if (!folder) return () => {};
    folder.writing++;
    return () => {
      folder.writing--;
      if (folder.left && folder.writing === 0) this.#finish(folder.target, folder.attributes);
    };
  }

  /** No path comes any more. */
  end(): void {
    for (const folder of this.#open.splice(0).reverse()) {
      folder.left = true;
      if (folder.writing === 0) this.#finish(folder.target, folder.attributes);
    }
  }
}

/** In the order of bytes what is in folder `a` does not follow it at once: `a-b` sorts before `a/b`. */
function mayContainMore(folder: string, path: string): boolean {
  return path.startsWith(folder) && path.charCodeAt(folder.length) <= 47;
}
