import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isOxbowError, OxbowError, systemErrorCode } from '#base/errors.ts';
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
import { mustHaveSpace, watchDisk } from '../work/disk-watch.ts';
import { publishUpload, uploadFolder, uploadName } from './store-upload.ts';

/** Unfinished uploads go when nothing came for so long. */
const lifetimeMs = 24 * 3_600_000;
/** A connection that brings nothing for so long is dead. */
const idleMs = 60_000;
/** P of "PK". */
const firstByteOfZip = 0x50;
const mostAtOnce = 20;
export const mostBytes = 16 * 1024 ** 4;

export interface NewUpload {
  site: string;
  scope: FileScope;
  fileName: string;
  bytes: number;
}

/**
 * Begins an upload that comes in parts and may be broken off and resumed (tus 1.0). Its bytes lie in the restore folder under a name that nobody sees, until
 * all are there. Errors: NOT_PERMITTED, SITE_UNKNOWN, UPLOAD_TOO_LARGE, TOO_MANY_UPLOADS, DISK_SPACE,
 * FILE_NAME_INVALID.
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
  const created = app.now();
  const upload = {
    ...wanted,
    fileName: uploadName(wanted.fileName),
    id,
    owner: caller.name,
    realm: caller.realm,
    path,
    created,
    expires: new Date(created.getTime() + lifetimeMs),
  };
  // The row first: what a server that dies leaves is found by it.
  await addUpload(app.control, upload);
  await (await open(path, 'wx', 0o600)).close();
  return { ...upload, published: null };
}

/**
 * The caller's own upload and how much of it is there. Whoever asks means to go on: a part that is still being written ends first, for its connection may
 * be dead without anybody having noticed. Errors: UPLOAD_NOT_FOUND, NOT_PERMITTED, those of publishing.
 */
export async function findOwnUpload(app: Application, caller: Caller, id: string): Promise<{ upload: Upload; offset: number }> {
  const upload = await mustBeOwn(app, caller, id);
  await interruptWriting(id);
  return await stateOf(app, upload);
}

async function mustBeOwn(app: Application, caller: Caller, id: string): Promise<Upload> {
  const upload = await findUpload(app.control, id);
  if (!upload || upload.owner !== caller.name || upload.realm !== caller.realm) throw notFound();
  // The permission may be gone meanwhile.
  await mustBeAllowed(caller, 'upload', { site: upload.site });
  return upload;
}

async function stateOf(app: Application, before: Upload): Promise<{ upload: Upload; offset: number }> {
  const upload = (await findUpload(app.control, before.id)) ?? before;
  if (upload.published !== null) return { upload, offset: upload.bytes };
  const facts = await stat(upload.path).catch(() => null);
  if (!facts) throw notFound();
  // The server ended after the last byte had come, before the file was looked at.
  if (facts.size >= upload.bytes) return { upload: await publish(app, upload), offset: upload.bytes };
  return { upload, offset: facts.size };
}

/** Parts that are being written by this server. */
const writing = new Map<string, { abort: AbortController; over: Promise<unknown> }>();

async function interruptWriting(id: string): Promise<void> {
  for (let part = writing.get(id); part; part = writing.get(id)) {
    part.abort.abort();
    await part.over;
  }
}

/**
 * Takes bytes from `offset` on, streamed to the disk; what has come stays when the connection breaks. With the last byte the file is looked at and appears
 * under its name; one that is no backup of the kind goes, and so does its upload. Returns the new offset. Errors: UPLOAD_NOT_FOUND, UPLOAD_OFFSET,
 * UPLOAD_TOO_LARGE, UPLOAD_BUSY, UPLOAD_BROKEN_OFF, DISK_SPACE, BACKUP_..., ZIP_...
 */
export async function takePart(
  app: Application,
  caller: Caller,
  id: string,
  offset: number,
  body: Readable,
): Promise<{ upload: Upload; offset: number }> {
  const { upload, offset: there } = await findOwnUpload(app, caller, id);
  if (upload.published !== null || offset !== there) {
    throw new OxbowError('UPLOAD_OFFSET', `The upload has ${there} bytes, and the part begins at ${offset}.`, {
      hint: 'Ask for the offset with HEAD, and go on from there.',
    });
  }
  if (writing.has(id)) {
    throw new OxbowError('UPLOAD_BUSY', 'This upload is being written by another request.', {
      hint: 'Ask for its offset again in a moment.',
    });
  }
  const abort = new AbortController();
  const written = write(app, upload, offset, body, abort);
  writing.set(id, { abort, over: written.catch(() => {}) });
  const over = () => writing.delete(id);
  written.then(over, over);
  await written;
  return await stateOf(app, upload);
}

async function write(app: Application, upload: Upload, offset: number, body: Readable, abort: AbortController): Promise<void> {
  const folder = dirname(upload.path);
  const minimum = app.config.minimumFreeBytes;
  const prolong = () => prolongUpload(app.control, upload.id, new Date(app.now().getTime() + lifetimeMs));
  await mustHaveSpace(folder, 0, minimum);
  await prolong();
  const disk = watchDisk(folder, minimum, { signal: abort.signal });
  // At its place in the file: what two servers write of the same bytes is the same.
  const file = createWriteStream(upload.path, { flags: 'r+', start: offset, flush: true });
  try {
    await disk.guard(({ signal }) => {
      signal.addEventListener('abort', () => body.destroy(), { once: true });
      // A body that is refused stays open, for the answer goes over the same connection.
      return pipeline(body.iterator({ destroyOnReturn: false }), partOf(upload, offset, abort), file);
    });
  } catch (error) {
    // Bytes that the system has taken are in the file once it is closed.
    if (!file.closed) await new Promise<void>((resolve) => file.once('close', () => resolve()));
    if (isOxbowError(error, 'ZIP_NOT_A_ZIP')) await remove(app, upload);
    throw asUploadError(error, upload);
  } finally {
    disk.stop();
    await prolong().catch(() => {});
  }
}

async function publish(app: Application, upload: Upload): Promise<Upload> {
  try {
    const stored = await publishUpload(upload.path, dirname(upload.path), upload.scope, upload.fileName, upload.bytes);
    await markPublished(app.control, upload.id, stored.fileName);
    return { ...upload, published: stored.fileName };
  } catch (error) {
    await remove(app, upload);
    throw error;
  }
}

/** Gives an unfinished upload up. What was published stays a file of the restore folder. */
export async function dropUpload(app: Application, caller: Caller, id: string): Promise<void> {
  const upload = await mustBeOwn(app, caller, id);
  await interruptWriting(id);
  await remove(app, upload);
}

/** Removes uploads for which nothing came in a day. */
export async function dropExpiredUploads(app: Application): Promise<void> {
  for (const upload of await expiredUploads(app.control, app.now())) {
    if (writing.has(upload.id)) continue;
    await remove(app, upload);
  }
}

/**
 * Ends with an error when more comes than was announced, or at once when it is no zip, and not after tens of gigabytes; aborts when nothing comes for
 * long.
 */
function partOf(upload: Upload, offset: number, abort: AbortController): Transform {
  let at = offset;
  const idle = setTimeout(() => abort.abort(), idleMs);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      idle.refresh();
      const isFirst = at === 0;
      at += chunk.length;
      if (isFirst && chunk[0] !== firstByteOfZip) done(notAZip());
      else if (at > upload.bytes) done(tooMuch());
      else done(null, chunk);
    },
    destroy(error, done) {
      clearTimeout(idle);
      done(error);
    },
  });
}

function notAZip(): OxbowError {
  return new OxbowError('ZIP_NOT_A_ZIP', 'The upload is not a zip file.', { hint: 'Upload an XML backup of Confluence.' });
}

function tooMuch(): OxbowError {
  return new OxbowError('UPLOAD_TOO_LARGE', 'More bytes came than were announced.', { hint: 'Begin the upload again.' });
}

async function remove(app: Application, { path, id }: Upload): Promise<void> {
  await rm(path, { force: true });
  await removeUpload(app.control, id);
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
