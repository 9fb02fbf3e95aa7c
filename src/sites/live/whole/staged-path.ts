import { sep } from 'node:path';
import { OxbowError } from '#base/errors.ts';

/** Longer names exist on no system that Confluence runs on. */
const longestPart = 255;
const longestPath = 4096;

/**
 * The parts of a path of a snapshot, the first of which names its root ('home'). Throws UNSAFE_PATH for every path that could lead out of the
 * folder it is written to.
 */
export function pathParts(path: string): string[] {
  const parts = path.split('/');
  const reason = path.includes('\0')
    ? 'contains a NUL character'
    : Buffer.byteLength(path) > longestPath
      ? `is longer than ${longestPath} bytes`
      : path.startsWith('/')
        ? 'is absolute'
        : parts.includes('..')
          ? 'leads out of its folder with ".."'
          : parts.some((part) => part === '' || part === '.')
            ? 'has an empty part'
            : sep === '\\' && /[\\:]/.test(path)
              ? 'would be another path on this system'
              : parts.some((part) => Buffer.byteLength(part) > longestPart)
                ? `has a part of more than ${longestPart} bytes`
                : null;
  if (reason !== null) throw unsafePath(path, reason);
  return parts;
}

/** `reason` completes "it ...". */
export function unsafePath(path: string, reason: string): OxbowError {
  const name = JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}...` : path);
  return new OxbowError(
    'UNSAFE_PATH',
    `The snapshot names a file ${name}, which is refused: it ${reason}. Nothing was changed.`,
    {
      hint: 'No backup of Oxbow has such a file: do not trust this snapshot.',
    },
  );
}
