import { createHash } from 'node:crypto';
import type { ControlDatabase, Queries } from '../control-database.ts';

/** What somebody did or read. */
export interface AuditEntry {
  time: Date;
  actor: string;
  realm: string;
  /** Of the client; null for what the server does itself. */
  address: string | null;
  /** A stable word: job.create, file.download, token.create, ... */
  action: string;
  site: string | null;
  /** What it was done to, for people. */
  object: string | null;
  details: Record<string, unknown>;
}

export interface AuditLine extends AuditEntry {
  /** 1, 2, 3, ... without gaps. */
  id: string;
}

/** Adds a line. Each holds a hash over the line before and itself, so lines that were taken out or changed are noticed (verifyAudit). */
export async function addAuditEntry(db: ControlDatabase, entry: AuditEntry): Promise<void> {
  await db.transaction(async (queries) => {
    await queries.query(`SELECT pg_advisory_xact_lock(hashtextextended('oxbow audit', 0))`);
    const [last] = await queries.query<{ id: string; hash: Buffer }>('SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1');
    const id = String(BigInt(last?.id ?? 0) + 1n);
    const hash = chain(last?.hash ?? null, { ...entry, id });
    await queries.query(
      `INSERT INTO audit (id, time, actor, realm, address, action, site, object, details, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        id,
        entry.time,
        entry.actor,
        entry.realm,
        entry.address,
        entry.action,
        entry.site,
        entry.object,
        JSON.stringify(entry.details),
        hash,
      ],
    );
  });
}

export interface AuditFilter {
  actor?: string;
  action?: string;
  site?: string;
  from?: Date;
  to?: Date;
  /** Ids below this one: the next page. */
  before?: string;
  limit: number;
}

/** The newest first. */
export async function listAudit(db: Queries, filter: AuditFilter): Promise<AuditLine[]> {
  return await db.query<AuditLine>(
    `SELECT id, time, actor, realm, address, action, site, object, details FROM audit
     WHERE ($1::text IS NULL OR actor = $1) AND ($2::text IS NULL OR action LIKE $2 || '%') AND ($3::text IS NULL OR site = $3)
       AND ($4::timestamptz IS NULL OR time >= $4) AND ($5::timestamptz IS NULL OR time <= $5) AND ($6::bigint IS NULL OR id < $6)
     ORDER BY id DESC LIMIT $7`,
    [
      filter.actor ?? null,
      filter.action ?? null,
      filter.site ?? null,
      filter.from ?? null,
      filter.to ?? null,
      filter.before ?? null,
      filter.limit,
    ],
  );
}

/** The first line that is not what was written, or that is missing; null when the log is whole. Reads 1,000 lines at a time. */
export async function verifyAudit(db: Queries): Promise<string | null> {
  let previous: Buffer | null = null;
  let expected = 1n;
  for (;;) {
    const rows: (AuditLine & { hash: Buffer })[] = await db.query('SELECT * FROM audit WHERE id >= $1 ORDER BY id LIMIT 1000', [
      String(expected),
    ]);
    for (const { hash, ...line } of rows) {
      if (BigInt(line.id) !== expected || !chain(previous, line).equals(hash)) return String(expected);
      previous = hash;
      expected++;
    }
    if (rows.length < 1000) return null;
  }
}

function chain(previous: Buffer | null, line: AuditLine): Buffer {
  const { id, time, actor, realm, address, action, site, object, details } = line;
  const text = JSON.stringify([id, time.toISOString(), actor, realm, address, action, site, object, sorted(details)]);
  return createHash('sha256')
    .update(previous ?? Buffer.alloc(32))
    .update(text)
    .digest();
}

/** jsonb keeps no order of keys. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
