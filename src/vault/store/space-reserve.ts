import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** So much must be free for the reserve to be made: it is no reason to fill a disk. */
const plentyBytes = 8 * 1024 * 1024;

/**
 * A file that only takes room. When the disk is full to the last byte it is given up, so that forget and prune can still write the few small objects
 * that they need to make room. Made again when there is room again.
 */
export class SpaceReserve {
  static readonly fileName = 'reserve';
  static readonly bytes = 1024 * 1024;
  readonly #folder: string;

  /** @param folder on the disk in question; may not exist yet */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes it if it is missing and there is plenty of room. Never fails: a disk that is read only needs none. */
  async fill(): Promise<void> {
    const path = join(this.#folder, SpaceReserve.fileName);
    const aside = `${path}-${randomBytes(8).toString('hex')}`;
    try {
      if ((await stat(path).catch(() => null))?.size === SpaceReserve.bytes) return;
      const { bavail, bsize } = await statfs(this.#folder);
      if (bavail * bsize < plentyBytes) return;
      const file = await open(aside, 'wx', 0o600);
      try {
        // Random: a file system that compresses would keep zeros for nothing.
        await file.writeFile(randomBytes(SpaceReserve.bytes));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(aside, path);
    } catch {
      await rm(aside, { force: true }).catch(() => {});
    }
  }

  /** Gives it up. False when there was none. */
  async use(): Promise<boolean> {
    return await rm(join(this.#folder, SpaceReserve.fileName)).then(
      () => true,
      () => false,
    );
  }
}
