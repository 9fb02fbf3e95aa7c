import { execFile } from 'node:child_process';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Makes renames and new names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  await syncPath(path);
}

/** Makes the bytes of one file durable. */
export async function syncFile(path: string): Promise<void> {
  await syncPath(path);
}

/**
 * Makes a folder durable with all that is in it: by one syncfs of its file system where the system has `sync -f` (Linux), which costs
 * thousands of files no more than one; else file by file.
 */
export async function syncTree(path: string): Promise<void> {
  try {
    await promisify(execFile)('sync', ['-f', path]);
  } catch {
    await syncEach(path);
  }
}

async function syncEach(path: string): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await syncEach(join(path, entry.name));
    else if (entry.isFile()) await syncPath(join(path, entry.name));
  }
  await syncPath(path);
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
