import type { ControlDatabase, Queries } from '../control-database.ts';

/** A snapshot as it was when its vault was last looked at. */
export interface KnownSnapshot<Facts = unknown> {
  vault: string;
  id: string;
  site: string;
  time: Date;
  facts: Facts;
}

/** What is known of a vault from now on: these, and no others. */
export async function replaceKnownSnapshots(
  db: ControlDatabase,
  vault: string,
  snapshots: readonly { id: string; site: string; time: string; facts: unknown }[],
  now: Date,
): Promise<void> {
  await db.transaction(async (queries) => {
    await queries.query('DELETE FROM snapshots WHERE vault = $1 AND NOT id = ANY($2::text[])', [
      vault,
      snapshots.map(({ id }) => id),
    ]);
    await queries.query(
      `INSERT INTO snapshots (vault, id, site, time, facts)
       SELECT $1, s.id, s.site, s.time, s.facts FROM jsonb_to_recordset($2) AS s(id text, site text, time timestamptz, facts jsonb)
       ON CONFLICT (vault, id) DO UPDATE SET site = excluded.site, time = excluded.time, facts = excluded.facts`,
      [vault, JSON.stringify(snapshots)],
    );
    await queries.query(
      'INSERT INTO vault_states (vault, synced) VALUES ($1, $2) ON CONFLICT (vault) DO UPDATE SET synced = $2',
      [vault, now],
    );
  });
}

export interface SnapshotFilter {
  vault?: string;
  site?: string;
  limit?: number;
}

/** The newest first. */
export async function listKnownSnapshots<Facts>(db: Queries, filter: SnapshotFilter = {}): Promise<KnownSnapshot<Facts>[]> {
  return await db.query<KnownSnapshot<Facts>>(
    `SELECT vault, id, site, time, facts FROM snapshots
     WHERE ($1::text IS NULL OR vault = $1) AND ($2::text IS NULL OR site = $2) ORDER BY time DESC, id LIMIT $3`,
    [filter.vault ?? null, filter.site ?? null, filter.limit ?? 100_000],
  );
}

/** Of each vault: how many there are, and when the newest was made. */
export async function countKnownSnapshots(db: Queries): Promise<ReadonlyMap<string, { count: number; newest: Date | null }>> {
  const rows = await db.query<{ vault: string; count: string; newest: Date }>(
    'SELECT vault, count(*) AS count, max(time) AS newest FROM snapshots GROUP BY vault',
  );
  return new Map(rows.map(({ vault, count, newest }) => [vault, { count: Number(count), newest }]));
}

export interface VaultState {
  vault: string;
  synced: Date | null;
  checked: Date | null;
  checkOk: boolean | null;
  /** Of the data, that was read; 0: only the structure. */
  checkPercent: number | null;
}

export async function noteCheck(db: Queries, vault: string, check: { time: Date; ok: boolean; percent: number }): Promise<void> {
  await db.query(
    `INSERT INTO vault_states (vault, checked, check_ok, check_percent) VALUES ($1, $2, $3, $4)
     ON CONFLICT (vault) DO UPDATE SET checked = $2, check_ok = $3, check_percent = $4`,
    [vault, check.time, check.ok, check.percent],
  );
}

export async function readVaultState(db: Queries, vault: string): Promise<VaultState | null> {
  const [row] = await db.query<{
    vault: string;
    synced: Date | null;
    checked: Date | null;
    check_ok: boolean | null;
    check_percent: number | null;
  }>('SELECT * FROM vault_states WHERE vault = $1', [vault]);
  if (!row) return null;
  return { vault, synced: row.synced, checked: row.checked, checkOk: row.check_ok, checkPercent: row.check_percent };
}
