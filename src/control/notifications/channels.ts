import type { Queries } from '../control-database.ts';

export type ChannelKind = 'email' | 'webhook' | 'ping';

/** What people are told of. `start` goes to pings alone. */
export const notificationEvents = ['success', 'failure', 'warning', 'overdue', 'recovered', 'start', 'test'] as const;
export type NotificationEvent = (typeof notificationEvents)[number];

export interface Channel {
  id: string;
  name: string;
  kind: ChannelKind;
  enabled: boolean;
  settings: Record<string, unknown>;
  secret: Buffer | null;
  events: string[];
  site: string | null;
  created: Date;
  lastSent: Date | null;
  lastError: string | null;
  lastErrorTime: Date | null;
}

const columns = `id, name, kind, enabled, settings, secret, events, site, created, last_sent AS "lastSent", last_error AS "lastError", last_error_time AS "lastErrorTime"`;

export type ChannelValues = Pick<Channel, 'name' | 'kind' | 'enabled' | 'settings' | 'secret' | 'events' | 'site'>;

export async function addChannel(db: Queries, one: ChannelValues, now: Date): Promise<Channel> {
  const [row] = await db.query<Channel>(
    `INSERT INTO notification_channels (name, kind, enabled, settings, secret, events, site, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING ${columns}`,
    [one.name, one.kind, one.enabled, JSON.stringify(one.settings), one.secret, one.events, one.site, now],
  );
  return row;
}

/** A null secret leaves the one that is there. */
export async function changeChannel(db: Queries, id: string, one: ChannelValues): Promise<Channel | null> {
  const [row] = await db.query<Channel>(
    `UPDATE notification_channels SET name = $2, kind = $3, enabled = $4, settings = $5, secret = coalesce($6, secret), events = $7, site = $8
     WHERE id = $1 RETURNING ${columns}`,
    [id, one.name, one.kind, one.enabled, JSON.stringify(one.settings), one.secret, one.events, one.site],
  );
  return row ?? null;
}

export async function readChannel(db: Queries, id: string): Promise<Channel | null> {
  if (!/^\d{1,18}$/.test(id)) return null;
  const [row] = await db.query<Channel>(`SELECT ${columns} FROM notification_channels WHERE id = $1`, [id]);
  return row ?? null;
}

export async function listChannels(db: Queries): Promise<Channel[]> {
  return await db.query<Channel>(`SELECT ${columns} FROM notification_channels ORDER BY name, id`);
}

export async function removeChannel(db: Queries, id: string): Promise<boolean> {
  return (await db.query('DELETE FROM notification_channels WHERE id = $1 RETURNING id', [id])).length > 0;
}

export async function noteDelivery(db: Queries, id: string, error: string | null, now: Date): Promise<void> {
  await db.query(
    `UPDATE notification_channels SET last_sent = CASE WHEN $2::text IS NULL THEN $3 ELSE last_sent END,
       last_error = $2, last_error_time = CASE WHEN $2::text IS NULL THEN last_error_time ELSE $3 END WHERE id = $1`,
    [id, error, now],
  );
}
