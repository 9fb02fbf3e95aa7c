import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemErrorCode } from '#base/errors.ts';
import { syncFile, syncFolder } from './flush.ts';
import { isThere, renameIfThere } from './move-files.ts';

/**
 * What is at the top of a home, attachments apart, changes places entry by entry: a new one comes out of a waiting folder, the one that was
 * there goes to `<home>/home-before-<id>`. A list in that folder says which entries these were, so that a rollback also takes away what
 * was not there before.
 */
export interface HomeEntry {
  name: string;
  /** False: nothing takes its place. */
  comes: boolean;
}

const listName = 'oxbow-entries.json';

/** Where the entries of a home go that the restore `id` replaces. */
export function homeBefore(home: string, id: string): string {
  return join(home, `home-before-${id}`);
}

/** The entries that a rollback to the site before the restore `formerId` exchanges; undefined when that restore left the home alone. */
export async function entriesToRollBack(home: string, formerId: string): Promise<HomeEntry[] | undefined> {
  const folder = homeBefore(home, formerId);
  const names = await readFile(join(folder, listName), 'utf8').catch((error) => {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (names === undefined) return undefined;
  const there = new Set(await readdir(folder));
  return (JSON.parse(names) as string[]).map((name) => ({ name, comes: there.has(name) }));
}

/** Puts the entries of `waiting` into place. Can be called again after a crash at any point: each rename says by itself that it was done. */
export async function swapHomeEntries(home: string, id: string, entries: HomeEntry[], waiting: string): Promise<void> {
  const before = homeBefore(home, id);
  await mkdir(before, { recursive: true, mode: 0o750 });
  await writeFile(join(before, listName), JSON.stringify(entries.map((entry) => entry.name)));
  await syncFile(join(before, listName));
  for (const { name, comes } of entries) {
    const isDue = comes ? await isThere(join(waiting, name)) : true;
    if (isDue && !(await isThere(join(before, name)))) await renameIfThere(join(home, name), join(before, name));
    if (isDue && comes) await rename(join(waiting, name), join(home, name));
  }
  await syncFolder(before);
  await removeEmptied(waiting);
}

/** Removes a folder of entries, and the list of them, when no entry is left in it. */
export async function removeEmptied(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  if (names.some((name) => name !== listName)) return;
  await rm(join(folder, listName), { force: true });
  await rmdir(folder).catch((error) => {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(systemErrorCode(error) ?? '')) throw error;
  });
}

/** Renames a folder that was staged beside its target, which is absent or empty. Can be called again. */
export async function moveBesideFolder(from: string, to: string): Promise<void> {
  if (!(await isThere(from))) return;
  await rmdir(to).catch((error) => {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  });
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** Removes the folders that a restore which never happened had staged beside their targets. */
export async function removeBeside(list: string, id: string): Promise<void> {
  const text = await readFile(list, 'utf8').catch(() => '[]');
  const folders: unknown = JSON.parse(text === '' ? '[]' : text);
  if (!Array.isArray(folders)) return;
  for (const folder of folders) {
    // Only what a restore of that id can have made.
    if (typeof folder === 'string' && folder.endsWith(`.oxbow-restore-${id}`)) await rm(folder, { recursive: true, force: true });
  }
}
