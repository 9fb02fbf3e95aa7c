import { limits } from '#base/limits.ts';

/** A name from outside, fit to be shown: quoted, control characters escaped, shortened. */
export function quoteName(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}...` : name);
}

/** A name of an entry in the one form that Oxbow uses. */
export interface EntryName {
  /** Forward slashes, no empty and no '.' parts. */
  name: string;
  /** The entry stands for a folder and holds nothing. */
  isFolder: boolean;
}

/**
 * Normalises the name of an entry: backslashes (Windows packers) become slashes, './' and doubled slashes go.
 * Returns `{ unsafe }`, a reason that completes "its name ...", for every name that could lead out of the backup or deceive.
 */
export function normaliseEntryName(raw: string): EntryName | { unsafe: string } {
  if (Buffer.byteLength(raw) > limits.zipNameBytes) return { unsafe: `is longer than ${limits.zipNameBytes} bytes` };
  if (raw.includes('\0')) return { unsafe: 'contains a NUL character' };
  const path = raw.replaceAll('\\', '/');
  if (path.startsWith('/')) return { unsafe: 'is an absolute path' };
  if (/^[A-Za-z]:/.test(path)) return { unsafe: 'starts with a drive letter' };
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return { unsafe: 'leads out of its folder with ".."' };
  const isFolder = /(^|\/)\.?$/.test(path);
  if (parts.length === 0 && !path.startsWith('.')) return { unsafe: 'is empty' };
  return { name: parts.join('/'), isFolder };
}

/** Files that an operating system adds when somebody packs a folder again; never part of a backup. */
export function isSystemFile(name: string): boolean {
  return /(^|\/)(__MACOSX(\/|$)|\.DS_Store$)/.test(name);
}
