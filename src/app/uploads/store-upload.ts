import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { link, mkdir, open, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isOxbowError, OxbowError, systemErrorCode } from '#base/errors.ts';
import { addUpload, removeUpload } from '#control/uploads/uploads.ts';
import type { Application } from '../application.ts';
import { mustBeKind } from '../jobs/backup-file-facts.ts';
import { type FileScope, isFileName } from '../jobs/restore-files.ts';
import { systemCaller } from '../jobs/system-caller.ts';
import { backupFolder, openRegisteredSite } from '../sites/open-registered-site.ts';
import { mustHaveSpace, watchDisk } from '../work/disk-watch.ts';

/** What a server that dies meanwhile leaves is removed after so long (dropExpiredUploads). */
const lifetimeMs = 7 * 24 * 3_600_000;

export interface StoredUpload {
  fileName: string;
  path: string;
  bytes: number;
}

/**
 * Writes an uploaded backup into the restore folder of the site, streamed; it appears under its name when it is whole and was seen to be a backup of
 * the kind. What fails or breaks off leaves nothing. `announced`: how many bytes will come at most, where that is known. Errors: FILE_NAME_INVALID,
 * DISK_SPACE, BACKUP_WRONG_KIND, those of opening a backup.
 */
export async function storeUpload(
  app: Application,
  siteName: string,
  scope: FileScope,
  stream: Readable,
  name: string,
  announced = 0,
): Promise<StoredUpload> {
  const folder = await uploadFolder(app, siteName, scope);
  await mustHaveSpace(folder, announced, app.config.minimumFreeBytes);
  const id = randomBytes(18).toString('base64url');
  const aside = join(folder, `.upload-${id}.partial`);
  const created = app.now();
  const { name: owner, realm } = systemCaller;
  const facts = { site: siteName, scope, fileName: uploadName(name), bytes: announced, path: aside };
  await addUpload(app.control, { id, owner, realm, ...facts, created, expires: new Date(created.getTime() + lifetimeMs) });
  const disk = watchDisk(folder, app.config.minimumFreeBytes, { signal: new AbortController().signal });
  try {
    const file = createWriteStream(aside, { flags: 'wx', mode: 0o600, flush: true });
    await disk.guard(({ signal }) => pipeline(stream, file, { signal }));
    return await publishUpload(aside, folder, scope, name, file.bytesWritten);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOSPC') {
      throw new OxbowError('DISK_SPACE', `The disk of ${folder} is full.`, {
        hint: 'Make room there, then upload again.',
        cause: error,
      });
    }
    throw error;
  } finally {
    disk.stop();
    await rm(aside, { force: true });
    await removeUpload(app.control, id).catch(() => {});
  }
}

export async function uploadFolder(app: Application, siteName: string, scope: FileScope): Promise<string> {
  const opened = await openRegisteredSite(app, siteName);
  try {
    const folder = backupFolder(opened, scope);
    await mkdir(folder, { recursive: true });
    return folder;
  } finally {
    await opened.close();
  }
}

/** Gives a file that was written aside its name, once it is seen to be what it should be. One of that name stays: the new one gets another. */
export async function publishUpload(
  aside: string,
  folder: string,
  scope: FileScope,
  name: string,
  bytes: number,
): Promise<StoredUpload> {
  const wanted = uploadName(name);
  await mustBeKind(aside, scope === 'SITE' ? 'site' : 'space').catch((error) => {
    // Nobody who uploads knows the name that it has until now.
    if (!isOxbowError(error) || !error.message.includes(aside)) throw error;
    throw new OxbowError(error.code, error.message.replaceAll(aside, wanted), { ...(error.hint ? { hint: error.hint } : {}) });
  });
  for (let attempt = 0; ; attempt++) {
    const fileName = attempt === 0 ? wanted : wanted.replace(/\.zip$/i, `-${attempt}.zip`);
    const path = join(folder, fileName);
    try {
      // Fails where there is one already, which rename() would replace.
      await link(aside, path);
      await rm(aside, { force: true });
      await syncFolder(folder);
      return { fileName, path, bytes };
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST' || attempt >= 1000) throw error;
    }
  }
}

/** The name that an upload gets: browsers of old send whole paths. Errors: FILE_NAME_INVALID. */
export function uploadName(name: string): string {
  const last = basename(name.replaceAll('\\', '/'))
    .replace(/[^\w.~ ()@+=,-]/g, '_')
    .replace(/^\.+/, '_')
    .slice(-200);
  const fileName = /\.zip$/i.test(last) ? last : `${last}.zip`;
  if (!isFileName(fileName))
    throw new OxbowError('FILE_NAME_INVALID', 'The upload has no name that a file could have.', {
      hint: 'Name it something.zip.',
    });
  return fileName;
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
