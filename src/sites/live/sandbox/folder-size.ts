import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '#base/errors.ts';

/** Bytes of disk that a folder takes with all below it. A running server makes and removes files meanwhile: what is gone counts nothing. */
export async function folderSize(path: string): Promise<number> {
  let bytes = 0;
  try {
    for await (const entry of await opendir(path)) {
      const child = join(path, entry.name);
      bytes += entry.isDirectory() ? await folderSize(child) : await allocated(child);
    }
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
  return bytes;
}

async function allocated(path: string): Promise<number> {
  const entry = await lstat(path).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  });
  return entry ? entry.blocks * 512 : 0;
}
