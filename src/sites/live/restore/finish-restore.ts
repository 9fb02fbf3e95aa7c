import type pg from 'pg';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import type { LiveSite } from '../connection.ts';
import { databaseError, stateOf } from '../postgres-error.ts';
import { type Journal, rollForward } from './restore-journal.ts';

/** Moves the files of a committed restore into place. Error: RESTORE_UNFINISHED, with everything kept for the next command to finish. */
export async function finish(client: pg.ClientBase, site: LiveSite, journal: Journal): Promise<void> {
  try {
    await rollForward(client, site.home, journal);
  } catch (error) {
    const reason = systemErrorCode(error) ?? (error as Error).message;
    throw new OxbowError(
      'RESTORE_UNFINISHED',
      `The rows are restored into '${site.name}', but its files are not all in place: ${reason}.`,
      { hint: `Remove the obstacle in ${site.home}, then run any command on the site: it moves them into place.`, cause: error },
    );
  }
}

/**
 * The error of a transaction that failed. When the connection was lost while it was being committed, nobody knows yet whether it was:
 * RESTORE_UNCERTAIN instead of the promise that nothing was changed.
 */
export function commitError(error: unknown, doing: string, siteName: string, committing: boolean): unknown {
  const known = databaseError(error, doing);
  const answered = stateOf(error) !== undefined && !/^(57P|08)/.test(stateOf(error)!);
  if (!committing || answered) return known;
  return new OxbowError('RESTORE_UNCERTAIN', `The connection to the database was lost while '${siteName}' was being committed.`, {
    hint: 'Either all of it happened or nothing: the next command on the site finishes it or cleans up.',
    cause: error,
  });
}
