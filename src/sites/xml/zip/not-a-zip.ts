import type { FileHandle } from 'node:fs/promises';
import { OxbowError } from '#base/errors.ts';

const signatures: [kind: string, offset: number, bytes: string][] = [
  ['a gzip file', 0, '1f8b'],
  ['a tar archive', 257, '7573746172'],
  ['a 7-Zip archive', 0, '377abcaf271c'],
  ['a RAR archive', 0, '526172211a07'],
  ['an xz file', 0, 'fd377a585a00'],
  ['a bzip2 file', 0, '425a68'],
  ['a Zstandard file', 0, '28b52ffd'],
  ['a PDF document', 0, '25504446'],
];

/**
 * The error for a file in which no zip directory was found: ZIP_TRUNCATED when it begins like a zip, else ZIP_NOT_A_ZIP with
 * what it looks like from its first 512 bytes.
 */
export async function notAZip(handle: FileHandle, fileSize: number, path: string): Promise<OxbowError> {
  if (fileSize === 0) {
    return new OxbowError('ZIP_NOT_A_ZIP', `${path} is an empty file, not an XML backup.`, {
      hint: 'Copy or download the backup again.',
    });
  }
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0);
  const head = buffer.subarray(0, bytesRead);
  if (head.subarray(0, 4).equals(Buffer.from('504b0304', 'hex'))) {
    return new OxbowError(
      'ZIP_TRUNCATED',
      `${path} begins like a zip, but its end, with the list of entries, is missing (it has ${fileSize} bytes).`,
      {
        hint: 'The copy or download stopped early, or the disk was full: fetch the backup again and compare the sizes.',
        details: { bytes: fileSize },
      },
    );
  }
  const [kind, hint] = looksLike(head);
  return new OxbowError('ZIP_NOT_A_ZIP', `${path} is not a zip file: it looks like ${kind}.`, {
    hint,
    details: { looksLike: kind },
  });
}

function looksLike(head: Buffer): [kind: string, hint: string] {
  const text = head
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart()
    .toLowerCase();
  if (text.startsWith('<!doctype html') || text.startsWith('<html')) {
    return [
      'an HTML page',
      'It is probably a log-in or error page saved in place of the download: log in and download the backup again.',
    ];
  }
  if (text.startsWith('<?xml') || text.startsWith('<hibernate-generic')) {
    return ['an XML file', 'If it is the entities.xml of an unpacked backup, give the folder that holds it.'];
  }
  for (const [kind, offset, bytes] of signatures) {
    if (head.subarray(offset, offset + bytes.length / 2).toString('hex') === bytes) {
      return [kind, 'Unpack it and give the zip or the folder that comes out.'];
    }
  }
  if (head.every((byte) => byte === 0))
    return ['a file of zero bytes only', 'The copy or download failed: fetch the backup again.'];
  return ['something unknown', 'Give the zip that Confluence wrote, or the folder where it was unpacked.'];
}
