import type pg from 'pg';

/** One life of one database: xmin and ctid identify a version of a row only within it. */
export interface SourceIdentity {
  /** Of the PostgreSQL cluster; null when the database user may not ask for it. */
  systemIdentifier: string | null;
  /** Changes when the server is restored to a point in time or a standby takes over. */
  timeline: number | null;
  databaseOid: string;
  schema: string;
  /** The first transaction that had not begun, in 64 bits. */
  nextTransaction: string;
}

/** In a transaction of the caller; what the user may not ask for is null. */
export async function readIdentity(client: pg.ClientBase, schema: string): Promise<SourceIdentity> {
  const { rows } = await client.query<{ oid: string; next: string }>(
    `SELECT oid::text AS oid, txid_snapshot_xmax(txid_current_snapshot())::text AS next FROM pg_database WHERE datname = current_database()`,
  );
  const ask = async <T>(expression: string): Promise<T | null> => {
    await client.query('SAVEPOINT oxbow_identity');
    try {
      const result = await client.query<{ value: T }>(`SELECT ${expression} AS value`);
      return result.rows[0].value;
    } catch {
      return null;
    } finally {
      await client.query('ROLLBACK TO SAVEPOINT oxbow_identity; RELEASE SAVEPOINT oxbow_identity');
    }
  };
  const systemIdentifier = await ask<string>('(SELECT system_identifier::text FROM pg_control_system())');
  // The checkpoint knows the time line late, the write-ahead log at once, but only where it is written.
  const timeline =
    (await ask<string>('left(pg_walfile_name(pg_current_wal_lsn()), 8)')) ??
    (await ask<string>('(SELECT to_hex(timeline_id) FROM pg_control_checkpoint())'));
  return {
    systemIdentifier,
    timeline: timeline === null ? null : Number.parseInt(timeline, 16),
    databaseOid: rows[0].oid,
    schema,
    nextTransaction: rows[0].next,
  };
}
