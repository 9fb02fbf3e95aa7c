import { type JobState, type JobType, jobStates } from '#control/jobs/job.ts';
import type { JobFilter } from '#control/jobs/read-jobs.ts';
import { invalid } from './confluence-bodies.ts';
import { confluenceTypes, operationOf } from './confluence-job.ts';

const defaultLimit = 25;
const mostJobs = 1000;

export type Query = Record<string, string | string[] | undefined>;

/** The filter of GET /jobs. Other parameters are passed over, as by Confluence. Errors: REQUEST_INVALID. */
export function jobFilterOf(query: Query): JobFilter {
  const operation = word(one(query, 'jobOperation'), ['BACKUP', 'RESTORE'] as const, 'jobOperation');
  const scope = scopeOfQuery(query);
  const states = statesOf(query);
  const from = dateOf(one(query, 'fromDate'), 'fromDate');
  const to = dateOf(one(query, 'toDate'), 'toDate');
  const spaceKey = one(query, 'spaceKey');
  const owner = one(query, 'owner');
  return {
    types: confluenceTypes.filter((type: JobType) => operation === undefined || operationOf({ type }) === operation),
    limit: limitOf(one(query, 'limit')),
    ...(scope ? { scope } : {}),
    ...(states.length > 0 ? { states } : {}),
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
    ...(spaceKey ? { spaceKey } : {}),
    ...(owner ? { owner: owner.toLowerCase() } : {}),
  };
}

/** Errors: REQUEST_INVALID. */
export function scopeOfQuery(query: Query): 'SITE' | 'SPACE' | undefined {
  return word(one(query, 'jobScope'), ['SITE', 'SPACE'] as const, 'jobScope');
}

/** The last one counts; what is empty is not there. */
function one(query: Query, name: string): string | undefined {
  return [query[name] ?? []].flat().at(-1) || undefined;
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return defaultLimit;
  if (!/^\d{1,9}$/.test(text) || Number(text) < 1) throw invalid('The parameter limit is a number from 1');
  return Math.min(Number(text), mostJobs);
}

/** Repeated, separated by commas, or both. */
function statesOf(query: Query): JobState[] {
  return [query.jobStates ?? []]
    .flat()
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => word(text, jobStates, 'jobStates')!);
}

function word<T extends string>(text: string | undefined, words: readonly T[], name: string): T | undefined {
  if (text === undefined) return undefined;
  const found = words.find((known) => known === text.toUpperCase());
  if (found) return found;
  throw invalid(`The parameter ${name} is one of ${words.join(', ')}`);
}

/** yyyy-MM-dd'T'HH:mm:ss.SSSZ: the zone as +0000, +00:00 or Z. In a query a plus that was not encoded comes as a space. */
function dateOf(text: string | undefined, name: string): Date | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d:\d\d(?:\.\d{1,3})?)(?:Z|([+ -])(\d\d):?(\d\d))$/.exec(text);
  if (match) {
    const [, day, time, sign, hours, minutes] = match;
    const zone = sign === undefined ? 'Z' : `${sign === '-' ? '-' : '+'}${hours}:${minutes}`;
    const date = new Date(`${day}${time}${zone}`);
    // The 31st of February would be the 3rd of March.
    if (!Number.isNaN(date.getTime()) && new Date(day).toISOString().startsWith(day)) return date;
  }
  throw invalid(`The parameter ${name} is a time such as 2026-01-31T02:00:00.000+0000`);
}
