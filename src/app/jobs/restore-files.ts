import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import type { OpenedSite } from '../sites/open-registered-site.ts';
import { backupFolder } from '../sites/open-registered-site.ts';

export type FileScope = 'SITE' | 'SPACE';

/** A backup that lies in a folder from which restores are made. */
export interface RestoreFile {
  fileName: string;
  scope: FileScope;
  path: string;
  bytes: number;
  created: Date;
}

/** Plain zip files of restore/site and restore/space, by name. What is being written (.partial) and links are not among them. */
export async function restoreFiles(opened: Pick<OpenedSite, 'site' | 'registered'>, scope?: FileScope): Promise<RestoreFile[]> {
  const files: RestoreFile[] = [];
  for (const one of scope ? [scope] : (['SITE', 'SPACE'] as const)) {
    const folder = backupFolder(opened, one);
    for (const name of (await readdir(folder).catch(() => [])).sort()) {
      if (!isFileName(name)) continue;
      const facts = await lstat(join(folder, name)).catch(() => null);
      if (!facts?.isFile()) continue;
      files.push({ fileName: name, scope: one, path: join(folder, name), bytes: facts.size, created: facts.mtime });
    }
  }
  return files;
}

/** Finds one by its name. Errors: FILE_NAME_INVALID, RESTORE_FILE_NOT_FOUND. */
export async function findRestoreFile(
  opened: Pick<OpenedSite, 'site' | 'registered'>,
  scope: FileScope,
  fileName: string,
): Promise<RestoreFile> {
  if (!isFileName(fileName)) {
    throw new OxbowError('FILE_NAME_INVALID', 'That is not the name of a backup file.', {
      hint: 'Give the name alone, without folders, of a zip file in the restore folder.',
    });
  }
  const folder = backupFolder(opened, scope);
  const path = join(folder, fileName);
  try {
    // A link could lead anywhere.
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const facts = await handle.stat();
      if (facts.isFile()) return { fileName, scope, path, bytes: facts.size, created: facts.mtime };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
  }
  throw new OxbowError('RESTORE_FILE_NOT_FOUND', `There is no backup "${fileName}" in the folder ${folder}.`, {
    hint: 'List the files that can be restored, or upload one.',
  });
}

export function isFileName(name: string): boolean {
  return /^[^/\\\0]{1,255}$/.test(name) && /\.zip$/i.test(name) && !name.startsWith('.');
}
