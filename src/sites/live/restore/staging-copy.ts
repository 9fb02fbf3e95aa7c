import type pg from 'pg';
import { OxbowError } from '#base/errors.ts';
import { quoteQualified } from '../schema/quote-ident.ts';

/** What was changed in a copy for tests, and how often. */
export interface StagingChange {
  what: string;
  count: number;
}

/** Settings that lead to other systems: SQL on bandana that selects them. */
const settings: [string, string][] = [
  ['outgoing mail servers', `bandanakey = 'atlassian.confluence.smtp.mail.accounts'`],
  ['mail accounts that spaces fetch from', `bandanakey = 'atlassian.confluence.space.mailaccounts'`],
  ['application links', `starts_with(bandanakey, 'applinks.')`],
  ['keys and tokens of application links', `starts_with(bandanakey, 'com.atlassian.oauth.')`],
];

/** Tables that are emptied: regular expressions over their names. */
const tables: [string, RegExp][] = [
  ['trusted applications', /^trustedapp(restriction)?$/],
  ['scheduled jobs', /^scheduler_(clustered_jobs|run_details)$/],
  ['remember-me tokens', /^remembermetoken$/],
  ['personal access tokens', /^AO_81F455_PERSONAL_TOKEN/],
  ['webhooks', /^AO_[0-9A-F]{6}_WEB_?HOOK/],
  ['numbers of the cluster', /^clustersafety$/],
  ['entries of the index journal', /^journalentry$/],
];

/**
 * Turns the site in `schema`, which nobody sees yet, into a copy that is safe beside its original: it has its own base URL, sends no mail, knows
 * no other application, runs no schedule of the original and accepts none of its tokens. Content, links within it and accounts stay. Belongs in
 * the caller's transaction. What a version lacks is passed over. Error: BASE_URL_INVALID.
 */
export async function makeStagingCopy(
  client: pg.ClientBase,
  schema: string,
  { baseUrl }: { baseUrl: string },
): Promise<StagingChange[]> {
  const url = assertBaseUrl(baseUrl);
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'`,
    [schema],
  );
  const names = rows.map((row) => row.name);
  const changes: StagingChange[] = [];
  if (names.includes('bandana')) {
    const bandana = quoteQualified(schema, 'bandana');
    changes.push({ what: `base URL (now ${url})`, count: await setBaseUrl(client, bandana, url) });
    for (const [what, condition] of settings) {
      const removed = await client.query(`DELETE FROM ${bandana} WHERE ${condition}`);
      changes.push({ what, count: removed.rowCount ?? 0 });
    }
  }
  for (const [what, pattern] of tables) {
    const found = names.filter((name) => pattern.test(name));
    if (found.length > 0) changes.push({ what, count: await empty(client, schema, found) });
  }
  return changes;
}

/** Throws BASE_URL_INVALID. Returns the URL without a slash at its end, as Confluence keeps it. */
export function assertBaseUrl(baseUrl: string): string {
  const url = URL.parse(baseUrl);
  if (url && /^https?:$/.test(url.protocol)) return baseUrl.replace(/\/+$/, '');
  throw new OxbowError('BASE_URL_INVALID', `${JSON.stringify(baseUrl)} cannot be the base URL of a Confluence.`, {
    hint: 'It looks like https://wiki-test.example.com.',
  });
}

/** The settings are XML, written by XStream: one element `baseUrl`, at the first level. */
async function setBaseUrl(client: pg.ClientBase, bandana: string, url: string): Promise<number> {
  const { rows } = await client.query<{ id: string; value: string }>(
    `SELECT bandanaid AS id, bandanavalue AS value FROM ${bandana}
     WHERE bandanacontext = '_GLOBAL' AND bandanakey = 'atlassian.confluence.settings' AND bandanavalue IS NOT NULL`,
  );
  const element = `<baseUrl>${url.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</baseUrl>`;
  for (const { id, value } of rows) {
    const present = /<baseUrl\s*\/>|<baseUrl>[^<]*<\/baseUrl>/;
    const changed = present.test(value)
      ? value.replace(present, () => element)
      : value.replace(/<\/settings>\s*$/, () => `  ${element}\n</settings>`);
    await client.query(`UPDATE ${bandana} SET bandanavalue = $2 WHERE bandanaid = $1`, [id, changed]);
  }
  return rows.length;
}

/** Empties tables, with those that refer to them: a token of a webhook is nothing without the webhook. Returns how many rows there were. */
async function empty(client: pg.ClientBase, schema: string, names: string[]): Promise<number> {
  const { rows } = await client.query<{ name: string }>(
    `WITH RECURSIVE emptied(oid) AS (
       SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = ANY($2)
       UNION SELECT k.conrelid FROM pg_constraint k JOIN emptied e ON k.confrelid = e.oid WHERE k.contype = 'f')
     SELECT c.relname::text AS name FROM emptied JOIN pg_class c USING (oid)`,
    [schema, names],
  );
  const all = rows.map((row) => quoteQualified(schema, row.name));
  const counts = await client.query<{ n: string }>(
    `SELECT sum(n) AS n FROM (${all.map((table) => `SELECT count(*) AS n FROM ${table}`).join(' UNION ALL ')}) counts`,
  );
  await client.query(`TRUNCATE ${all.join(', ')}`);
  return Number(counts.rows[0].n);
}
