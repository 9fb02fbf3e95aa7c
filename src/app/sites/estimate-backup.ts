import { connect, type LiveSite } from '#sites/live/connection.ts';
import { quoteIdent } from '#sites/live/schema/quote-ident.ts';

/** Longer than this nobody waits for an estimate. */
const mostMs = 3000;
/** XML of rows packs to about a third of what they take in the database. */
const packed = 1 / 3;

export interface EstimateChoice {
  attachments: boolean;
  /** Empty: the whole site. */
  spaceKeys: readonly string[];
}

/**
 * About how many bytes an XML backup will have: attachments as large as the site says they are, and of a whole site the tables of content, packed. A lower
 * bound; 0 where it would take long to say.
 */
export async function estimateBackup(site: LiveSite, { attachments, spaceKeys }: EstimateChoice): Promise<number> {
  const client = await connect(site, 'oxbow estimate');
  const of = (table: string) => `${quoteIdent(site.schema)}.${table}`;
  try {
    await client.query(`SET statement_timeout = ${mostMs}`);
    const sum = async (sql: string, values: unknown[] = []) => {
      const { rows } = await client.query<{ bytes: string | null }>(sql, values).catch(() => ({ rows: [{ bytes: null }] }));
      return Number(rows[0]?.bytes ?? 0);
    };
    const files = !attachments
      ? 0
      : spaceKeys.length === 0
        ? await sum(`SELECT sum(longval) AS bytes FROM ${of('contentproperties')} WHERE propertyname = 'FILESIZE'`)
        : await sum(
            `SELECT sum(p.longval) AS bytes FROM ${of('spaces')} s JOIN ${of('content')} c USING (spaceid)
             JOIN ${of('contentproperties')} p USING (contentid) WHERE s.spacekey = ANY($1) AND p.propertyname = 'FILESIZE'`,
            [spaceKeys],
          );
    if (spaceKeys.length > 0) return files;
    const tables = await sum(`SELECT pg_table_size($1::regclass) + pg_table_size($2::regclass) AS bytes`, [
      of('bodycontent'),
      of('content'),
    ]);
    return files + Math.round(tables * packed);
  } finally {
    await client.end();
  }
}
