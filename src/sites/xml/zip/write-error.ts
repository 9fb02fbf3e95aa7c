import { OxbowError, systemErrorCode } from '#base/errors.ts';

/** DISK_FULL, PARTIAL_FILE_EXISTS or BACKUP_NOT_WRITTEN for an error of the operating system while `path` is written. */
export function writeError(error: unknown, path: string): OxbowError {
  const code = systemErrorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new OxbowError('DISK_FULL', `The disk is full: ${path} could not be written.`, {
      hint: 'Free some space, or choose a folder on another disk.',
      cause: error,
    });
  }
  if (code === 'EEXIST') {
    return new OxbowError('PARTIAL_FILE_EXISTS', `${path} exists: another export is writing it, or one was interrupted.`, {
      hint: 'When no other export is running, delete it and try again.',
      cause: error,
    });
  }
  return new OxbowError('BACKUP_NOT_WRITTEN', `${path} could not be written (${code ?? String(error)}).`, {
    hint: 'Check that the folder exists, that the account that runs Oxbow may write there, and that the disk works.',
    cause: error,
  });
}
