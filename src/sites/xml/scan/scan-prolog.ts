import { OxbowError } from '#base/errors.ts';

/** An XML declaration has some 60 bytes. */
const longestDeclaration = 1024;
const byteOrderMark = [0xef, 0xbb, 0xbf];

/**
 * Looks at the first bytes of a file: byte order mark, encoding, XML declaration. Returns how many bytes they take, or undefined
 * when more bytes are needed. Throws XML_ENCODING for anything but UTF-8 (of which ASCII is a part).
 */
export function readStart(bytes: Buffer): { length: number; declaration: boolean } | undefined {
  if (bytes.length < 4) return undefined;
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || first === 0 || second === 0) {
    throw wrongEncoding('UTF-16 or UTF-32');
  }
  const skipped = byteOrderMark.every((byte, i) => bytes[i] === byte) ? byteOrderMark.length : 0;
  const text = bytes.toString('latin1', skipped, skipped + longestDeclaration);
  const wanted = '<?xml ';
  if (text.length < wanted.length && wanted.startsWith(text)) return undefined;
  if (!/^<\?xml\s/.test(text)) return { length: skipped, declaration: false };
  const end = text.indexOf('?>');
  if (end < 0) {
    if (text.length < longestDeclaration) return undefined;
    throw notEntities(bytes);
  }
  const encoding = /\sencoding\s*=\s*["']([^"']*)["']/.exec(text.slice(0, end))?.[1];
  if (encoding !== undefined && !/^(utf-?8|us-ascii)$/i.test(encoding)) throw wrongEncoding(encoding);
  return { length: skipped + end + 2, declaration: true };
}

/** At `<!DOCTYPE` in `bytes`: the error to throw, or undefined when more bytes are needed. An HTML page gets another one than an attack. */
export function doctypeError(bytes: Buffer, offset: number): OxbowError | undefined {
  const text = bytes.toString('latin1', 0, 64);
  if (text.length < 64 && !text.includes('>')) return undefined;
  return /^<!DOCTYPE\s+html\b/i.test(text) ? notEntities(bytes) : refuseDtd(offset);
}

/** XML_DTD_REFUSED, for a document type declaration at the byte `offset`. */
export function refuseDtd(offset: number): OxbowError {
  return new OxbowError('XML_DTD_REFUSED', `entities.xml has a document type declaration at byte ${offset}.`, {
    hint: 'Confluence never writes one, and it can be an attack. If the file can be trusted, remove the declaration from it.',
    details: { offset },
  });
}

/** XML_NOT_ENTITIES, quoting how the file begins. */
export function notEntities(bytes: Buffer): OxbowError {
  const beginning = bytes
    .toString('utf8', 0, 60)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim();
  return new OxbowError(
    'XML_NOT_ENTITIES',
    `entities.xml is not Confluence's: it has no <hibernate-generic>, it says "${beginning}".`,
    {
      hint: 'The file may be a web page or an error message that was saved under the name of a backup. Download the backup again.',
    },
  );
}

/** XML_TRUNCATED: the file of `offset` bytes ends too early, behind `objects` complete objects, the last of which ends at `completeUntil`. */
export function truncated(offset: number, objects: number, completeUntil: number): OxbowError {
  const message = `entities.xml is cut off: it ends at byte ${offset}, behind ${objects} complete objects.`;
  return new OxbowError('XML_TRUNCATED', message, {
    hint: 'Get the backup again. The complete objects can be read, but what follows them is lost.',
    details: { offset, objects, completeUntil },
  });
}

function wrongEncoding(found: string): OxbowError {
  return new OxbowError(
    'XML_ENCODING',
    `entities.xml is not in UTF-8 but in ${found.slice(0, 40).replace(/[^\x20-\x7e]/g, '?')}.`,
    {
      hint: 'Confluence always writes UTF-8. Convert the file to UTF-8 and correct its first line.',
    },
  );
}
