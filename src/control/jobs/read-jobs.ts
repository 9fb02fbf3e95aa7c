import type { Queries, Value } from '../control-database.ts';
import type { Job, JobState, JobType } from './job.ts';
import { type JobRow, jobOf, listedColumns } from './job-row.ts';

export interface JobFilter {
  types?: readonly JobType[];
  states?: readonly JobState[];
  site?: string;
  vault?: string;
  owner?: string;
  realm?: string;
  spaceKey?: string;
  /** XML backups and restores of a whole site, or of spaces; an export is what it contains. */
  scope?: 'SITE' | 'SPACE';
  /** Created at or after, at or before. */
  from?: Date;
  to?: Date;
  /** Jobs of schedules: all, none, or of this one. Default all. */
  schedules?: 'include' | 'leave-out';
  scheduleId?: string;
  /** Only jobs that this person may see: his own, and backups of spaces whose every space is among these. */
  visibleTo?: { owner: string; realm: string; spaceKeys: readonly string[] };
  /** Ids below this one: the next page. */
  before?: string;
  limit: number;
}

/** The newest first, without their reports. */
export async function listJobs(db: Queries, filter: JobFilter): Promise<Job[]> {
  const { where, values } = conditions(filter);
  values.push(filter.limit);
  const rows = await db.query<JobRow>(
    `SELECT ${listedColumns} FROM jobs WHERE ${where} ORDER BY id DESC LIMIT $${values.length}`,
    values,
  );
  return rows.map(jobOf);
}

export async function countJobs(db: Queries, filter: Omit<JobFilter, 'limit' | 'before'>): Promise<number> {
  const { where, values } = conditions(filter);
  const [{ count }] = await db.query<{ count: string }>(`SELECT count(*) AS count FROM jobs WHERE ${where}`, values);
  return Number(count);
}

export async function readJob(db: Queries, id: string): Promise<Job | null> {
  if (!/^\d{1,19}$/.test(id) || BigInt(id) > 0x7fffffffffffffffn) return null;
  const [row] = await db.query<JobRow>('SELECT * FROM jobs WHERE id = $1', [id]);
  return row ? jobOf(row) : null;
}

/** How many jobs of the same queue are before each: 0 for the next one, and for those that do not wait. */
export async function placesInQueue(
  db: Queries,
  jobs: readonly Pick<Job, 'id' | 'queue' | 'state'>[],
): Promise<ReadonlyMap<string, number>> {
  const waiting = jobs.filter(({ state }) => state === 'QUEUED');
  if (waiting.length === 0) return new Map();
  const rows = await db.query<{ id: string; place: string }>(
    `SELECT id, place FROM (
       SELECT id, row_number() OVER (PARTITION BY queue ORDER BY id) - 1 AS place FROM jobs
       WHERE queue = ANY($1::text[]) AND state IN ('QUEUED', 'PROCESSING', 'COMPLETING', 'CANCELLING')
     ) AS open WHERE id = ANY($2::bigint[])`,
    [[...new Set(waiting.map(({ queue }) => queue))], waiting.map(({ id }) => id)],
  );
  return new Map(rows.map(({ id, place }) => [id, Number(place)]));
}

export async function placeInQueue(db: Queries, job: Pick<Job, 'id' | 'queue' | 'state'>): Promise<number> {
  return (await placesInQueue(db, [job])).get(job.id) ?? 0;
}

function conditions(filter: Omit<JobFilter, 'limit'>): { where: string; values: Value[] } {
  const parts = ['true'];
  const values: Value[] = [];
  const add = (sql: (place: string) => string, value: Value) => {
    values.push(value);
    parts.push(sql(`$${values.length}`));
  };
  if (filter.types) add((p) => `type = ANY(${p}::text[])`, [...filter.types]);
  if (filter.states) add((p) => `state = ANY(${p}::text[])`, [...filter.states]);
  if (filter.site !== undefined) add((p) => `site = ${p}`, filter.site);
  if (filter.vault !== undefined) add((p) => `vault = ${p}`, filter.vault);
  if (filter.owner !== undefined) add((p) => `owner = ${p}`, filter.owner);
  if (filter.realm !== undefined) add((p) => `realm = ${p}`, filter.realm);
  if (filter.spaceKey !== undefined) add((p) => `${p} = ANY(space_keys)`, filter.spaceKey);
  if (filter.scope !== undefined) {
    const isOfSpaces = `(type IN ('space-backup', 'space-restore') OR (type = 'export' AND cardinality(space_keys) > 0))`;
    add((p) => `${isOfSpaces} = ${p}::boolean`, filter.scope === 'SPACE');
  }
  if (filter.from) add((p) => `created >= ${p}`, filter.from);
  if (filter.to) add((p) => `created <= ${p}`, filter.to);
  if (filter.schedules === 'leave-out') parts.push('schedule_id IS NULL');
  if (filter.scheduleId !== undefined) add((p) => `schedule_id = ${p}`, filter.scheduleId);
  if (filter.before !== undefined) add((p) => `id < ${p}`, filter.before);
  if (filter.visibleTo) {
    const { owner, realm, spaceKeys } = filter.visibleTo;
    values.push(owner, realm, [...spaceKeys]);
    const [a, b, c] = [values.length - 2, values.length - 1, values.length];
    parts.push(
      `((owner = $${a} AND realm = $${b}) OR (type = 'space-backup' AND cardinality(space_keys) > 0 AND space_keys <@ $${c}::text[]))`,
    );
  }
  return { where: parts.join(' AND '), values };
}
