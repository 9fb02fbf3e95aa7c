import { OxbowError } from '#base/errors.ts';
import { type JobState, jobStates } from '#control/jobs/job.ts';
import type { JobFilter } from '#control/jobs/read-jobs.ts';
import { typesOf } from './confluence-job.ts';

const mostJobs = 1000;
const known = ['limit', 'fromDate', 'toDate', 'jobScope', 'jobOperation', 'jobStates', 'spaceKey', 'owner'];

/** The filter of GET /jobs. Errors: REQUEST_INVALID. */
export function jobFilterOf(
  query: Record<string, string | string[] | undefined>,
): JobFilter & { scope: 'SITE' | 'SPACE' | undefined } {
  for (const name of Object.keys(query)) if (!known.includes(name)) throw invalid(`there is no filter "${name.slice(0, 40)}"`);
  const one = (name: string): string | undefined => {
    const value = query[name];
    return Array.isArray(value) ? value.at(-1) : value || undefined;
  };
  const limit = one('limit') ?? '25';
  if (!/^\d{1,9}$/.test(limit) || Number(limit) < 1) throw invalid('limit is a number from 1');
  const scope = word(one('jobScope'), ['SITE', 'SPACE'] as const, 'jobScope');
  const operation = word(one('jobOperation'), ['BACKUP', 'RESTORE'] as const, 'jobOperation');
  const states = [query.jobStates ?? []]
    .flat()
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter(Boolean);
  const from = dateOf(one('fromDate'), 'fromDate');
  const to = dateOf(one('toDate'), 'toDate');
  const spaceKey = one('spaceKey');
  const owner = one('owner');
  return {
    scope,
    types: typesOf(operation, scope),
    limit: Math.min(Number(limit), mostJobs),
    ...(states.length > 0 ? { states: states.map((text) => word(text, jobStates, 'jobStates') as JobState) } : {}),
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
    ...(spaceKey ? { spaceKey } : {}),
    ...(owner ? { owner: owner.toLowerCase() } : {}),
  };
}

function word<T extends string>(text: string | undefined, words: readonly T[], name: string): T | undefined {
  if (text === undefined) return undefined;
  const found = words.find((one) => one === text.toUpperCase());
  if (found) return found;
  throw invalid(`${name} is one of ${words.join(', ')}`);
}

/** yyyy-MM-dd'T'HH:mm:ss.SSSZ: the zone as +0000, +00:00 or Z. In a query a plus that was not encoded comes as a space. */
function dateOf(text: string | undefined, name: string): Date | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?)\s*(?:(Z)|([+ -])(\d\d):?(\d\d))$/.exec(text);
  const date = match ? new Date(`${match[1]}${match[2] ?? `${match[3] === '-' ? '-' : '+'}${match[4]}:${match[5]}`}`) : null;
  if (date && !Number.isNaN(date.getTime())) return date;
  throw invalid(`${name} is a time such as 2026-01-31T02:00:00.000+0000`);
}

export function invalid(message: string): OxbowError {
  return new OxbowError('REQUEST_INVALID', `${message[0].toUpperCase()}${message.slice(1)}.`);
}
