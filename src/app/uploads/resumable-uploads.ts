import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import {
  addUpload,
  countUploads,
  expiredUploads,
  findUpload,
  markPublished,
  prolongUpload,
  removeUpload,
  type Upload,
} from '#control/uploads/uploads.ts';
import type { Caller } from '../access/caller.ts';
import { mustBeAllowed } from '../access/may.ts';
import type { Application } from '../application.ts';
import type { FileScope } from '../jobs/restore-files.ts';
import { mustHaveSpace } from '../work/disk-watch.ts';
import { publishUpload, uploadFolder } from './store-upload.ts';

/** Unfinished uploads go when nothing came for so long. */
const lifetimeMs = 24 * 3_600_000;
const mostAtOnce = 20;
const mostBytes = 16 * 1024 ** 4;

export interface NewUpload {
  site: string;
  scope: FileScope;
  fileName: string;
  bytes: number;
}

/**
 * Begins an upload that comes in parts and may be broken off and resumed (tus 1.0). Its bytes lie in the restore folder under a name that nobody sees, until
 * all are there. Errors: NOT_PERMITTED, SITE_UNKNOWN, UPLOAD_TOO_LARGE, TOO_MANY_UPLOADS, DISK_SPACE.
 */
export async function beginUpload(app: Application, caller: Caller, wanted: NewUpload): Promise<Upload> {
  await mustBeAllowed(caller, 'upload', { site: wanted.site });
  if (wanted.bytes > mostBytes) throw new OxbowError('UPLOAD_TOO_LARGE', `At most ${mostBytes} bytes are taken.`);
  if ((await countUploads(app.control, caller.name, caller.realm)) >= mostAtOnce) {
    throw new OxbowError('TOO_MANY_UPLOADS', `You have ${mostAtOnce} unfinished uploads.`, { hint: 'Finish or delete some.' });
  }
  const folder = await uploadFolder(app, wanted.site, wanted.scope);
  await mustHaveSpace(folder, wanted.bytes, app.config.minimumFreeBytes);
  const id = randomBytes(18).toString('base64url');
  const path = join(folder, `.upload-${id}.partial`);
  await (await open(path, 'wx', 0o600)).close();
  const created = app.now();
  const upload = {
    ...wanted,
    id,
    owner: caller.name,
    realm: caller.realm,
    path,
    created,
    expires: new Date(created.getTime() + lifetimeMs),
  };
  await addUpload(app.control, upload);
  return { ...upload, published: null };
}

/** The caller's own upload and how much of it is there. Errors: UPLOAD_NOT_FOUND. */
export async function findOwnUpload(app: Application, caller: Caller, id: string): Promise<{ upload: Upload; offset: number }> {
  const upload = await findUpload(app.control, id);
  if (!upload || upload.owner !== caller.name || upload.realm !== caller.realm) throw notFound();
  // The permission may be gone meanwhile.
  await mustBeAllowed(caller, 'upload', { site: upload.site });
  if (upload.published !== null) return { upload, offset: upload.bytes };
  const facts = await stat(upload.path).catch(() => null);
  if (!facts) throw notFound();
  return { upload, offset: facts.size };
}

const busy = new Set<string>();

/**
 * Takes bytes from `offset` on, streamed to the disk; what has come stays when the connection breaks. With the last byte the file is looked at and appears
 * under its name; one that is no backup of the kind goes, and so does its upload. Returns the new offset. Errors: UPLOAD_OFFSET, UPLOAD_TOO_LARGE,
 * UPLOAD_BUSY, DISK_SPACE, BACKUP_..., ZIP_...
 */
export async function takePart(
  app: Application,
  caller: Caller,
  id: string,
  offset: number,
  body: Readable,
): Promise<{ upload: Upload; offset: number }> {
  if (busy.has(id))
    throw new OxbowError('UPLOAD_BUSY', 'This upload is being written by another request.', {
      hint: 'Ask for its offset again in a moment.',
    });
  busy.add(id);
  try {
    const { upload, offset: there } = await findOwnUpload(app, caller, id);
    if (upload.published !== null || offset !== there) {
      throw new OxbowError('UPLOAD_OFFSET', `The upload has ${there} bytes, and the part begins at ${offset}.`, {
        hint: 'Ask for the offset with HEAD, and go on from there.',
      });
    }
    await mustHaveSpace(dirname(upload.path), 0, app.config.minimumFreeBytes);
    const file = createWriteStream(upload.path, { flags: 'a', flush: true });
    let failure: unknown = null;
    await pipeline(body, atMost(upload.bytes - offset), file).catch((error) => {
      failure = error;
    });
    const { size } = await stat(upload.path);
    await prolongUpload(app.control, id, new Date(app.now().getTime() + lifetimeMs));
    if (failure !== null && size < upload.bytes) throw asUploadError(failure, upload);
    if (size < upload.bytes) return { upload, offset: size };
    return { upload: await publish(app, upload), offset: size };
  } finally {
    busy.delete(id);
  }
}

async function publish(app: Application, upload: Upload): Promise<Upload> {
  try {
    const stored = await publishUpload(upload.path, dirname(upload.path), upload.scope, upload.fileName, upload.bytes);
    await markPublished(app.control, upload.id, stored.fileName);
    return { ...upload, published: stored.fileName };
  } catch (error) {
    await rm(upload.path, { force: true });
    await removeUpload(app.control, upload.id);
    throw error;
  }
}

/** Gives an unfinished upload up. What was published stays a file of the restore folder. */
export async function dropUpload(app: Application, caller: Caller, id: string): Promise<void> {
  const { upload } = await findOwnUpload(app, caller, id);
  await rm(upload.path, { force: true });
  await removeUpload(app.control, id);
}

/** Removes uploads for which nothing came in a day. */
export async function dropExpiredUploads(app: Application): Promise<void> {
  for (const upload of await expiredUploads(app.control, app.now())) {
    if (busy.has(upload.id)) continue;
    await rm(upload.path, { force: true });
    await removeUpload(app.control, upload.id);
  }
}

function atMost(bytes: number): Transform {
  let left = bytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      left -= chunk.length;
      if (left >= 0) done(null, chunk);
      else done(new OxbowError('UPLOAD_TOO_LARGE', 'More bytes came than were announced.', { hint: 'Begin the upload again.' }));
    },
  });
}

function asUploadError(error: unknown, { path }: Upload): unknown {
  if (error instanceof OxbowError) return error;
  if (systemErrorCode(error) === 'ENOSPC') {
    return new OxbowError('DISK_SPACE', `The disk of ${dirname(path)} is full.`, {
      hint: 'Make room there, then go on.',
      cause: error,
    });
  }
  return new OxbowError('UPLOAD_BROKEN_OFF', 'The upload broke off; what has come is kept.', {
    hint: 'Ask for the offset with HEAD, and go on from there.',
    cause: error,
  });
}

function notFound(): OxbowError {
  return new OxbowError('UPLOAD_NOT_FOUND', 'There is no such upload.', { hint: 'Unfinished ones go after a day: begin again.' });
}
