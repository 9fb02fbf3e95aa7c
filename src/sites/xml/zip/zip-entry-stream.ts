import { pipeline, type Readable, Transform } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import type { Entry } from 'yauzl';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import { REPACK, type ZipFile } from './central-directory.ts';
import { quoteName } from './entry-name.ts';
import { rangeStream } from './range-stream.ts';
import { readError } from './read-error.ts';
import { DEFLATED, sizeMismatch, zipBomb } from './zip-entry-checks.ts';

/**
 * The plain bytes of one entry, compared with the size and the CRC-32 of the central directory while they pass; a mismatch is the
 * error of the stream, so a consumer that reached the end has read what was written. Holds under 2 MiB.
 */
export async function openZipEntry(zip: ZipFile, entry: Entry, name: string): Promise<Readable> {
  const what = `${quoteName(name)} in ${zip.path}`;
  const source = rangeStream(zip.handle, {
    start: await dataStart(zip, entry, what),
    length: entry.compressedSize,
    truncated: () => truncated(what),
    failure: (error) => readError(error, zip.path),
  });
  const check = checkingStream(entry, what, (error) => streamError(error, what));
  // What goes wrong reaches the consumer through the last stream; the callback only says that all of them are closed.
  const closed = () => {};
  if (entry.compressionMethod === DEFLATED) pipeline(source, createInflateRaw({ chunkSize: 128 * 1024 }), check, closed);
  else pipeline(source, check, closed);
  return check;
}

/** Behind the local header, whose name and extra field may have other lengths than those in the central directory. */
async function dataStart(zip: ZipFile, entry: Entry, what: string): Promise<number> {
  const header = Buffer.alloc(30);
  const start = entry.relativeOffsetOfLocalHeader;
  const { bytesRead } = await zip.handle.read(header, 0, 30, start).catch((error) => {
    throw readError(error, zip.path);
  });
  if (bytesRead < 30) throw truncated(what);
  if (header.readUInt32LE(0) !== 0x04034b50) {
    throw new OxbowError('ZIP_DAMAGED', `${what} is not where the zip says (byte ${start}).`, { hint: REPACK });
  }
  return start + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
}

function checkingStream(entry: Entry, what: string, failure: (error: Error) => OxbowError): Transform {
  const size = entry.uncompressedSize;
  let seen = 0;
  let crc = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > size) {
        done(zipBomb(`${what} gives more than the ${size} bytes it promises.`));
        return;
      }
      crc = crc32(chunk, crc);
      done(null, chunk);
    },
    flush(done) {
      if (seen < size) done(sizeMismatch(`${what} gives ${seen} bytes; it promises ${size}.`));
      else if (crc !== entry.crc32) done(crcMismatch(what));
      else done();
    },
    destroy(error, done) {
      done(error && failure(error));
    },
  });
}

function streamError(error: Error, what: string): OxbowError {
  if (error instanceof OxbowError) return error;
  // Z_BUF_ERROR: the compressed bytes end before the data do; Z_DATA_ERROR: they are no Deflate.
  const code = systemErrorCode(error);
  return new OxbowError('ZIP_DAMAGED', `${what} has damaged compressed data (${code ?? error.message}).`, {
    hint: REPACK,
    cause: error,
  });
}

function crcMismatch(what: string): OxbowError {
  return new OxbowError(
    'ZIP_CRC_MISMATCH',
    `${what} is damaged: its bytes do not have the checksum that was written with them.`,
    {
      hint: 'Fetch the backup again; if the checksum is still wrong, the disk it was written to or copied from may be failing.',
    },
  );
}

function truncated(what: string): OxbowError {
  return new OxbowError('ZIP_TRUNCATED', `${what} is cut: the file ends inside it.`, {
    hint: 'The copy or download stopped early: fetch the backup again and compare the sizes.',
  });
}
