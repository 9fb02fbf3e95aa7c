import { OxbowError, systemErrorCode } from '#base/errors.ts';

/** BACKUP_NOT_FOUND or BACKUP_UNREADABLE for an error of the operating system; an OxbowError is returned as it is. */
export function readError(error: unknown, path: string): OxbowError {
  if (error instanceof OxbowError) return error;
  const code = systemErrorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new OxbowError('BACKUP_NOT_FOUND', `There is no file or folder ${path}.`, { hint: 'Check the path.', cause: error });
  }
  const hint =
    code === 'EACCES' || code === 'EPERM'
      ? 'Give the account that runs Oxbow the right to read it.'
      : 'Check the disk or the network share, then try again.';
  return new OxbowError('BACKUP_UNREADABLE', `${path} could not be read (${code ?? String(error)}).`, { hint, cause: error });
}
