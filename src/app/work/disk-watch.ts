import { statfs } from 'node:fs/promises';
import { OxbowError } from '#base/errors.ts';

const lookMs = 2000;

/** Bytes that others than root may still write below the folder; null where the system does not say. */
export async function freeBytes(folder: string): Promise<number | null> {
  const facts = await statfs(folder).catch(() => null);
  return facts ? facts.bavail * facts.bsize : null;
}

/** Errors: DISK_SPACE. */
export async function mustHaveSpace(folder: string, needed: number, minimum: number): Promise<void> {
  const free = await freeBytes(folder);
  if (free === null || free - needed >= minimum) return;
  throw notEnough(folder, free, needed + minimum);
}

/** Watches the disk of a folder while something is written there, and ends the work before the disk is full. stop() ends the watch. */
export function watchDisk<C extends { signal: AbortSignal }>(folder: string, minimum: number, context: C) {
  const abort = new AbortController();
  let failure: OxbowError | null = null;
  const timer = setInterval(async () => {
    const free = await freeBytes(folder);
    if (free === null || free >= minimum || failure) return;
    failure = notEnough(folder, free, minimum);
    abort.abort();
  }, lookMs);
  return {
    async guard<T>(work: (context: C) => Promise<T>): Promise<T> {
      try {
        return await work({ ...context, signal: AbortSignal.any([context.signal, abort.signal]) });
      } catch (error) {
        throw failure ?? error;
      }
    },
    stop: () => clearInterval(timer),
  };
}

function notEnough(folder: string, free: number, needed: number): OxbowError {
  return new OxbowError('DISK_SPACE', `The disk of ${folder} has ${free} bytes free, and ${needed} are needed.`, {
    hint: 'Make room there, or choose another folder for backups (backupFolder of the site).',
    details: { free, needed },
  });
}
