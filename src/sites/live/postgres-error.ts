import { OxbowError, systemErrorCode } from '#base/errors.ts';

/** The SQLSTATE of an error of PostgreSQL, or undefined. */
export function stateOf(error: unknown): string | undefined {
  const code = systemErrorCode(error);
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code) ? code : undefined;
}

/** An error of PostgreSQL in words for people. OxbowErrors and defects of Oxbow pass unchanged. */
export function databaseError(error: unknown, doing: string): unknown {
  if (error instanceof OxbowError) return error;
  const state = stateOf(error);
  const message = (error as Error)?.message ?? String(error);
  if (state === '57014') return new OxbowError('CANCELLED', 'Cancelled: nothing was changed.', { cause: error });
  if (state === '55P03') {
    return new OxbowError(
      'SITE_IN_USE',
      `Another session keeps the tables of the site locked (while ${doing}). Nothing was changed.`,
      {
        hint: 'Stop Confluence, or wait until its long transactions have ended, and run it again.',
        cause: error,
      },
    );
  }
  if (state === '53100' || /No space left on device/i.test(message)) {
    return new OxbowError('DISK_FULL', `The disk of the database is full (while ${doing}). Nothing was changed.`, {
      hint: 'Free space on the disk of PostgreSQL and run it again.',
      cause: error,
    });
  }
  if (state === '42501') {
    return new OxbowError(
      'DATABASE_RIGHTS',
      `The database user lacks a right (while ${doing}): ${message}. Nothing was changed.`,
      {
        hint: 'Use the owner of the database of Confluence.',
        cause: error,
      },
    );
  }
  if (
    state === '57P01' ||
    state === '57P03' ||
    state === '08006' ||
    state === '08003' ||
    /Connection terminated|ECONNRESET/.test(message)
  ) {
    return new OxbowError('DATABASE_LOST', `The connection to the database was lost (while ${doing}). Nothing was changed.`, {
      hint: 'Run it again when the database is back.',
      cause: error,
    });
  }
  if (state !== undefined) {
    return new OxbowError('DATABASE_ERROR', `PostgreSQL refused (while ${doing}): ${message}. Nothing was changed.`, {
      cause: error,
    });
  }
  return error;
}
