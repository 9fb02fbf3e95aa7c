import type { Application } from '../application.ts';
import type { JobRequest } from './job-request.ts';

/**
 * Whether a request is a restore that somebody who only administers spaces may ask for: of named spaces, under their own keys, out of a snapshot or out of
 * a space backup that Oxbow wrote itself. An uploaded file could be made up to carry whatever its writer wishes, and a mapping could give what one person
 * wrote to another: those are for system administrators.
 */
export async function isOwnSpaceRestore(app: Application, request: JobRequest): Promise<boolean> {
  if (request.type !== 'restore-snapshot' && request.type !== 'space-restore') return false;
  const { spaceKeys = [], asKey, users = [], groups = [], acceptVersion } = request;
  if (spaceKeys.length === 0 || asKey !== undefined || users.length > 0 || groups.length > 0 || acceptVersion) return false;
  if (request.type === 'restore-snapshot') return request.stagingCopy === undefined;
  const [made] = await app.control.query(
    `SELECT 1 FROM jobs WHERE site = $1 AND type = 'space-backup' AND state = 'FINISHED' AND file_exists AND file_name = $2 AND space_keys @> $3::text[] LIMIT 1`,
    [request.site, request.fileName, spaceKeys],
  );
  return made !== undefined;
}
