import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import { isAlive } from '#base/is-alive.ts';
import { folderSize } from '#sites/live/sandbox/folder-size.ts';

type Environment = Record<string, string | undefined>;

/**
 * Where Oxbow keeps sandboxes and its work files: the option, else OXBOW_HOME, else a folder that PostgreSQL can reach. As root that is
 * /var/lib/oxbow, because the embedded PostgreSQL runs as another account then and root's home is closed to it.
 */
export function dataFolder(option: string | undefined, env: Environment): string {
  if (option) return resolve(option);
  if (env.OXBOW_HOME) return resolve(env.OXBOW_HOME);
  if (process.getuid?.() === 0) return '/var/lib/oxbow';
  return join(env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'oxbow');
}

/** A private folder for the spool files of this process, below the data folder; those of processes that died are removed. */
export async function openWorkFolder(data: string): Promise<{ path: string; remove: () => Promise<void> }> {
  const all = join(data, 'work');
  try {
    await mkdir(data, { recursive: true, mode: 0o711 });
    await mkdir(all, { recursive: true, mode: 0o700 });
    for (const name of await readdir(all)) {
      const pid = Number(name.split('-')[0]);
      if (pid !== process.pid && !isAlive(pid)) await rm(join(all, name), { recursive: true, force: true });
    }
    const path = await mkdtemp(join(all, `${process.pid}-`));
    return { path, remove: () => rm(path, { recursive: true, force: true }) };
  } catch (error) {
    throw new OxbowError(
      'DATA_FOLDER',
      `The data folder ${data} cannot be used: ${systemErrorCode(error) ?? (error as Error).message}.`,
      {
        hint: 'Choose another one with --data or OXBOW_HOME.',
        cause: error,
      },
    );
  }
}

/** Bytes of disk that the data folder takes; 0 where it cannot be looked at, for parts of it may be of another account. */
export async function sizeOfDataFolder({ data }: { data: string }): Promise<number> {
  return await folderSize(data).catch(() => 0);
}
