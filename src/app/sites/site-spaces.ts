import { connect, type LiveSite } from '#sites/live/connection.ts';
import { quoteIdent } from '#sites/live/schema/quote-ident.ts';

export interface SiteSpace {
  key: string;
  name: string;
  type: 'global' | 'personal';
  status: 'current' | 'archived';
}

export interface SpaceFilter {
  /** Exactly these. */
  keys?: readonly string[];
  /** A part of key or name, whatever the case. */
  search?: string;
  /** Only among these. */
  among?: readonly string[];
  limit?: number;
  offset?: number;
}

/** Spaces of a live site by name. */
export async function spacesOf(site: LiveSite, filter: SpaceFilter = {}): Promise<SiteSpace[]> {
  const client = await connect(site, 'oxbow spaces');
  try {
    const { rows } = await client.query<{ key: string; name: string | null; type: string | null; status: string | null }>(
      `SELECT spacekey AS key, spacename AS name, spacetype AS type, spacestatus AS status FROM ${quoteIdent(site.schema)}.spaces
       WHERE ($1::text[] IS NULL OR spacekey = ANY($1)) AND ($2::text[] IS NULL OR spacekey = ANY($2))
         AND ($3::text IS NULL OR position(lower($3) IN lower(coalesce(spacename, '') || ' ' || spacekey)) > 0)
       ORDER BY lower(coalesce(spacename, spacekey)), spacekey LIMIT $4 OFFSET $5`,
      [filter.keys ?? null, filter.among ?? null, filter.search || null, filter.limit ?? 100_000, filter.offset ?? 0],
    );
    return rows.map(({ key, name, type, status }) => ({
      key,
      name: name ?? key,
      type: type === 'personal' || key.startsWith('~') ? 'personal' : 'global',
      status: status === 'ARCHIVED' ? 'archived' : 'current',
    }));
  } finally {
    await client.end();
  }
}
