import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import type { LiveSite } from '../connection.ts';
import { besideList, restoreFolder } from '../restore/restore-journal.ts';

/** Where the files of one root of a snapshot are staged, and where they go. */
export interface StageRoot {
  isHome: boolean;
  /** The folder that they go to. */
  target: string;
  /** The target was made for this restore. */
  isNew: boolean;
  /** The folder that everything of the root is staged in. Exists. */
  base: string;
  /** Owner of the target, when it is there and not that of root: everything new will be theirs. */
  owner: { uid: number; gid: number } | null;
  /** The folder below `base` that a top-level entry is staged in. */
  folderOf(entry: string): string;
}

/** Names in a home that restores use themselves; a backup of a home may still hold them. */
export function isReserved(entry: string): boolean {
  return /^(oxbow-restore-|oxbow-entries\.json$|attachments-before-|home-before-)/.test(entry);
}

/** By name of a root (the first part of a path): a folder to restore it to, which must be new or empty, or null to pass it over. */
export type RootTargets = Record<string, string | null>;

/** The roots of one restore. */
export class StageRoots {
  readonly #roots = new Map<string, StageRoot | 'passed over'>();

  /** Makes the folders to stage in. Errors: HOME_NOT_FOUND, FOLDER_NOT_EMPTY. */
  static async create(site: LiveSite, id: string, isNewHome: boolean, targets: RootTargets): Promise<StageRoots> {
    const roots = new StageRoots();
    const home = await ownerOf(site.home);
    const base = restoreFolder(site.home, id);
    for (const name of ['attachments', 'home']) await mkdir(join(base, name), { recursive: true, mode: 0o750 });
    roots.#roots.set('home', {
      isHome: true,
      target: site.home,
      isNew: isNewHome,
      base,
      owner: home,
      folderOf: (entry) => (entry === 'attachments' ? base : join(base, 'home')),
    });
    for (const [name, folder] of Object.entries(targets)) {
      if (name === 'home') continue;
      if (folder === null) {
        roots.#roots.set(name, 'passed over');
        continue;
      }
      const target = resolve(folder);
      const isNew = await assertEmpty(target);
      const beside = join(dirname(target), `${basename(target)}.oxbow-restore-${id}`);
      const owner = isNew ? null : await ownerOf(target);
      roots.#roots.set(name, { isHome: false, target, isNew, base: beside, owner, folderOf: () => beside });
    }
    // Written before they are made: whoever finds the folder of a killed restore removes them too.
    await writeFile(join(base, besideList), JSON.stringify(roots.beside.map(({ from }) => from)));
    for (const { from } of roots.beside) await mkdir(from, { recursive: true, mode: 0o750 });
    return roots;
  }

  of(name: string): StageRoot | 'passed over' | 'unknown' {
    return this.#roots.get(name) ?? 'unknown';
  }

  /** All folders that things are staged in. */
  get staged(): string[] {
    return [...this.#roots.values()].flatMap((root) => (typeof root === 'string' ? [] : [root.base]));
  }

  /** The folders beside the home, and what they will be renamed to. */
  get beside(): { from: string; to: string }[] {
    return [...this.#roots.values()].flatMap((root) =>
      typeof root === 'string' || root.isHome ? [] : [{ from: root.base, to: root.target }],
    );
  }
}

async function ownerOf(folder: string): Promise<{ uid: number; gid: number } | null> {
  try {
    const { uid, gid } = await stat(folder);
    return uid === 0 ? null : { uid, gid };
  } catch (error) {
    throw new OxbowError('HOME_NOT_FOUND', `The folder ${folder} cannot be opened: ${systemErrorCode(error)}.`, {
      hint: 'Name the home directory of Confluence (the shared home of a cluster).',
      cause: error,
    });
  }
}

/** True when there is no such folder. */
async function assertEmpty(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((error) => {
    if (systemErrorCode(error) === 'ENOENT') return null;
    if (systemErrorCode(error) === 'ENOTDIR') return [folder];
    throw error;
  });
  if (names === null || names.length === 0) return names === null;
  throw new OxbowError('FOLDER_NOT_EMPTY', `The folder ${folder} is not empty. Nothing was changed.`, {
    hint: 'Name a new or an empty one.',
  });
}
