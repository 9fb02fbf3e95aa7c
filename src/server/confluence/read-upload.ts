import { Readable } from 'node:stream';
import type { Multipart, MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { OxbowError } from '#base/errors.ts';
import { invalid } from './confluence-bodies.ts';

/** What a form may have beside the file: browsers and libraries add fields. The second file is looked at to refuse it. */
export const uploadLimits = { files: 2, fileSize: Number.MAX_SAFE_INTEGER, fields: 20, fieldSize: 65_536, parts: 22 };

/** After a refusal the rest of the form is read and thrown away for so long, that the client may see the answer. */
const lingerMs = 30_000;
/** P of "PK". */
const firstByteOfZip = 0x50;

export interface UploadedPart {
  fileName: string;
  /** Ends only when the whole form was read and was right. */
  stream: Readable;
}

/** The part `file` of a form, streamed and never held. Errors, of the stream too: REQUEST_INVALID, ZIP_NOT_A_ZIP. */
export async function readUpload(request: FastifyRequest): Promise<UploadedPart> {
  if (!request.isMultipart()) throw invalid('The upload is no multipart form');
  const parts = request.parts();
  const part = await firstFile(parts);
  if (part.fieldname !== 'file') throw invalid('The form has no part "file"');
  return {
    fileName: part.filename || 'upload.zip',
    stream: Readable.from(wholeForm(part, parts), { objectMode: false }),
  };
}

/** Lets a client that is refused while it still sends see why, and does not listen to it for ever. */
export function discardRest(request: FastifyRequest): void {
  const { raw } = request;
  raw.unpipe();
  raw.resume();
  const timer = setTimeout(() => raw.socket.destroy(), lingerMs);
  timer.unref();
  raw.once('close', () => clearTimeout(timer));
  raw.once('end', () => clearTimeout(timer));
}

async function firstFile(parts: AsyncIterator<Multipart>): Promise<MultipartFile> {
  for (;;) {
    const next = await parts.next().catch(refuseForm);
    if (next.done) throw invalid('The form has no part "file"');
    if (next.value.type === 'file') return next.value;
    mustBeWhole(next.value);
  }
}

async function* wholeForm(part: MultipartFile, parts: AsyncIterator<Multipart>): AsyncGenerator<Buffer> {
  const chunks = part.file[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    const first = await chunks.next().catch(refuseForm);
    // At once, and not after tens of gigabytes.
    if (first.done || first.value[0] !== firstByteOfZip) throw notAZip();
    for (let next: IteratorResult<Buffer> = first; !next.done; next = await chunks.next().catch(refuseForm)) yield next.value;
  } finally {
    await chunks.return?.();
  }
  for (;;) {
    const next = await parts.next().catch(refuseForm);
    if (next.done) return;
    if (next.value.type === 'file') throw invalid('The form has more than one file');
    mustBeWhole(next.value);
  }
}

/** A client that went away, or a form that is none. Too many parts has a status of its own. */
function refuseForm(error: Error & { statusCode?: number }): never {
  if (error.statusCode !== undefined) throw error;
  throw invalid(`The form is damaged or ends too early (${error.message})`);
}

function mustBeWhole(field: { fieldname: string; fieldnameTruncated: boolean; valueTruncated: boolean }): void {
  if (!field.fieldnameTruncated && !field.valueTruncated) return;
  throw invalid(`The field "${field.fieldname.slice(0, 40)}" of the form is too long`);
}

function notAZip(): OxbowError {
  return new OxbowError('ZIP_NOT_A_ZIP', 'The uploaded file is not a zip file.', { hint: 'Upload an XML backup of Confluence.' });
}
