import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { OxbowError } from '#base/errors.ts';

/** SQLITE_BUSY: another connection holds the lock. */
const sqliteBusy = 5;
/** SQLITE_FULL: even an empty transaction needs room. */
const sqliteFull = 13;
const pollMs = 50;

/**
 * Runs `work` alone among all processes of this machine that ask for the lock `path`. The lock is SQLite's on an empty file: the
 * operating system lets go of it when the process dies, however it dies, so there is nothing stale to judge. The file stays.
 * Throws SANDBOX_BUSY naming `object` when the lock is not free within `waitMs`.
 */
export async function withFileLock<T>(path: string, object: string, waitMs: number, work: () => Promise<T>): Promise<T> {
  for (let waited = 0; ; waited += pollMs) {
    const lock = tryLock(path);
    if (lock) {
      try {
        return await work();
      } finally {
        lock.close();
      }
    }
    if (waited >= waitMs) {
      throw new OxbowError('SANDBOX_BUSY', `${object} is being worked on by another Oxbow command.`, {
        hint: 'Wait for that command to end, then try again.',
      });
    }
    await sleep(pollMs);
  }
}

/** Runs `work` under the lock if it is free now; false when it is not. */
export async function ifUnlocked(path: string, work: () => Promise<void>): Promise<boolean> {
  const lock = tryLock(path);
  if (!lock) return false;
  try {
    await work();
    return true;
  } finally {
    lock.close();
  }
}

function tryLock(path: string): DatabaseSync | null {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    const code = (error as { errcode?: number }).errcode;
    if (code === sqliteBusy) return null;
    if (code === undefined) throw error;
    throw new OxbowError(
      code === sqliteFull ? 'DISK_FULL' : 'SANDBOX_DAMAGED',
      `The lock ${path} cannot be taken: ${(error as Error).message}.`,
      {
        hint:
          code === sqliteFull ? 'Free space on the disk of the data folder.' : 'Check the rights and the disk of that folder.',
        cause: error,
      },
    );
  }
}
