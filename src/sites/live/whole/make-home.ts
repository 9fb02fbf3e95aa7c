import { mkdir, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OxbowError, systemErrorCode } from '#base/errors.ts';

/** Makes a home directory that is not there yet. Returns the first folder that it had to make, null when there was nothing to do. */
export async function makeHome(home: string): Promise<string | null> {
  try {
    return (await mkdir(home, { recursive: true, mode: 0o750 })) ?? null;
  } catch (error) {
    const code = systemErrorCode(error);
    const isRefused = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
    throw new OxbowError(
      isRefused ? 'HOME_NOT_WRITABLE' : 'HOME_NOT_FOUND',
      `The home directory ${home} cannot be made: ${code}.`,
      {
        hint: 'Name a folder for the home directory of Confluence.',
        cause: error,
      },
    );
  }
}

/** Removes a home that was made, with the parents that were made for it, unless something is in it by now. */
export async function removeMadeHome(home: string, first: string): Promise<void> {
  for (let folder = home; ; folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return;
    }
    if (folder === first || folder === dirname(folder)) return;
  }
}
