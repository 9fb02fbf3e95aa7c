import { createHash } from 'node:crypto';

/**
 * The key of a user that a backup names by name only (up to 4.x). The same name always gives the same key, so that two restores of one
 * backup agree. PostgreSQL computes the same as `md5('oxbow:user:' || lower_username)`.
 */
export function userKeyOfName(name: string): string {
  return createHash('md5').update(`oxbow:user:${name.toLowerCase()}`).digest('hex');
}
