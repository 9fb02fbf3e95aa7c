import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '#base/errors.ts';
import { stopServer } from './embedded-postgres.ts';
import { ifUnlocked } from './file-lock.ts';
import { sandboxParts, sandboxPaths } from './sandbox-record.ts';

/**
 * Removes what killed commands left: sandboxes that were being created or dropped. Who creates or drops one holds its lock, so what lies
 * there while the lock is free belongs to nobody.
 */
export async function removeLeftovers(root: string): Promise<void> {
  const all = join(root, 'sandboxes');
  for (const entry of await readFolder(all)) {
    const name = /^\.(.+)\.(?:partial|dropped)-\d+$/.exec(entry)?.[1];
    if (name === undefined) continue;
    await ifUnlocked(sandboxPaths(root, name).lock, () => removeSandboxFolder(join(all, entry)));
  }
}

/** Stops the embedded server in the folder of a sandbox and removes the folder. */
export async function removeSandboxFolder(folder: string): Promise<void> {
  await stopServer(sandboxParts(folder).postgres);
  // Programs of a command that was killed this moment may still be writing: they end with it, so a few tries do.
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

/** Names in a folder; none when it does not exist. */
export async function readFolder(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
