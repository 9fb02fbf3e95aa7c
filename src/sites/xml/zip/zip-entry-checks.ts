import type { Entry } from 'yauzl';
import { OxbowError } from '#base/errors.ts';
import { limits } from '#base/limits.ts';
import { rawName, type ZipFile } from './central-directory.ts';
import { normaliseEntryName, quoteName } from './entry-name.ts';

const STORED = 0;
export const DEFLATED = 8;
const FREE_BYTES = 64 * 1024 * 1024;
const UNPACK = 'Unpack it with the program that made it and give the folder.';
const NOT_CONFLUENCE = 'Confluence writes no such entry: do not trust this file, and find out where it comes from.';

const methods: Record<number, string> = {
  1: 'Shrink',
  6: 'Implode',
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'XZ',
  98: 'PPMd',
  99: 'AES',
};

/** The normalised name of an entry, and whether it is a folder. Throws ZIP_UNSAFE_NAME. */
export function safeName(zip: ZipFile, entry: Entry): { name: string; isFolder: boolean } {
  const raw = rawName(entry);
  const name = normaliseEntryName(raw);
  if ('unsafe' in name) {
    throw new OxbowError('ZIP_UNSAFE_NAME', `${zip.path} holds the entry ${quoteName(raw)}; its name ${name.unsafe}.`, {
      hint: NOT_CONFLUENCE,
    });
  }
  return name;
}

/** Throws ZIP_SYMLINK for an entry that a Unix packer marked as a symbolic link. */
export function refuseSymlink(zip: ZipFile, entry: Entry, name: string): void {
  const fileType = (entry.externalFileAttributes >>> 16) & 0o170000;
  if (fileType === 0o120000) {
    throw new OxbowError('ZIP_SYMLINK', `${zip.path} holds ${quoteName(name)} as a symbolic link.`, { hint: NOT_CONFLUENCE });
  }
}

/**
 * Judges the promises of the central directory about one file, before a byte of it is read. Throws ZIP_ENCRYPTED,
 * ZIP_UNSUPPORTED_COMPRESSION, ZIP_SIZE_MISMATCH, ZIP_BOMB or ZIP_TRUNCATED.
 */
export function checkEntry(zip: ZipFile, entry: Entry, name: string): void {
  const { compressionMethod: method, compressedSize, uncompressedSize: size } = entry;
  const what = `${quoteName(name)} in ${zip.path}`;
  if (entry.generalPurposeBitFlag & 1) {
    throw new OxbowError('ZIP_ENCRYPTED', `${what} is encrypted.`, {
      hint: 'Unpack the zip with its password and give the folder.',
    });
  }
  if (method !== STORED && method !== DEFLATED) {
    const label = methods[method] ?? 'unknown';
    throw new OxbowError('ZIP_UNSUPPORTED_COMPRESSION', `${what} is compressed with ${label} (method ${method}).`, {
      hint: `Only Deflate, which Confluence writes, is read. ${UNPACK}`,
      details: { method },
    });
  }
  if (method === STORED && size !== compressedSize) {
    throw sizeMismatch(`${what} is stored without compression, but has two sizes (${size} and ${compressedSize} bytes).`);
  }
  if (size > FREE_BYTES + compressedSize * limits.zipRatio) {
    throw zipBomb(`${what} claims ${size} bytes out of ${compressedSize}; Deflate cannot do that.`);
  }
  if (entry.relativeOffsetOfLocalHeader + 30 + compressedSize > zip.size) {
    throw new OxbowError('ZIP_TRUNCATED', `${what} reaches beyond the end of the file.`, {
      hint: 'The copy or download is incomplete: fetch the backup again and compare the sizes.',
    });
  }
}

export function sizeMismatch(message: string): OxbowError {
  return new OxbowError('ZIP_SIZE_MISMATCH', message, { hint: 'The zip is damaged: fetch the backup again.' });
}

export function zipBomb(message: string): OxbowError {
  return new OxbowError('ZIP_BOMB', message, { hint: NOT_CONFLUENCE });
}
