import pg from 'pg';
import { quoteIdent } from '../schema/catalog.ts';
import { replaceUsers } from './mend-rows.ts';
import type { Stage } from './stage.ts';

/** One line of an editable mapping: a user of the backup (by key or name) and the one of the site that it is (by name or key). */
export interface UserMappingLine {
  backupUser: string;
  siteUser: string;
}

export interface UserMatchRow {
  key: string;
  name: string | null;
  email: string | null;
  site_key: string;
  by: 'mapping' | 'key' | 'name' | 'email' | 'new';
}

/**
 * Finds each user of the backup in the site: by the mapping, by key, by lower-case name, by an e-mail address that one account alone has
 * (confluence-behaviour: exports of Cloud carry no names). The others become new rows of `user_mapping` without an account: what they
 * wrote stays theirs, and a restriction to them stays one that nobody else meets. Leaves the table `user_match` (key, site_key, by).
 */
export async function matchUsers(stage: Stage, liveSchema: string, mapping: UserMappingLine[]): Promise<void> {
  const { client } = stage;
  const live = quoteIdent(liveSchema);
  const users = stage.table('user_mapping');
  const match = stage.table('user_match');
  await client.query(`ALTER TABLE ${users} ADD COLUMN IF NOT EXISTS email text`);
  await client.query(`CREATE TABLE ${stage.table('user_lines')} (backup_user text, site_user text)`);
  await client.query(`INSERT INTO ${stage.table('user_lines')} SELECT * FROM unnest($1::text[], $2::text[])`, [
    mapping.map((line) => line.backupUser.toLowerCase()),
    mapping.map((line) => line.siteUser.toLowerCase()),
  ]);
  await client.query(
    `CREATE TABLE ${match} AS
     SELECT t.user_key AS key, t.username AS name, t.email,
       coalesce(mapped.user_key, same.user_key, named.user_key, mailed.user_key, t.user_key) AS site_key,
       CASE WHEN mapped.user_key IS NOT NULL THEN 'mapping' WHEN same.user_key IS NOT NULL THEN 'key' WHEN named.user_key IS NOT NULL THEN 'name'
            WHEN mailed.user_key IS NOT NULL THEN 'email' ELSE 'new' END AS by,
       mailed.several AS shared_address
     FROM ${users} t
     LEFT JOIN LATERAL (SELECT u.user_key FROM ${stage.table('user_lines')} l JOIN ${live}.user_mapping u
       ON l.site_user IN (u.lower_username, lower(u.user_key)) WHERE l.backup_user IN (lower(t.user_key), t.lower_username) LIMIT 1) mapped ON true
     LEFT JOIN ${live}.user_mapping same ON same.user_key = t.user_key
     LEFT JOIN ${live}.user_mapping named ON named.lower_username = t.lower_username
     LEFT JOIN LATERAL (SELECT CASE WHEN count(DISTINCT m.user_key) = 1 THEN min(m.user_key) END AS user_key, count(DISTINCT m.user_key) > 1 AS several
       FROM ${live}.cwd_user c JOIN ${live}.user_mapping m ON m.lower_username = c.lower_user_name
       WHERE c.lower_email_address = lower(coalesce(nullif(t.email, ''), CASE WHEN t.username LIKE '%_@_%' THEN t.username END))) mailed ON true`,
  );
  const shared = await stage.query<{ name: string | null; email: string | null }>(
    `SELECT name, email FROM ${match} WHERE shared_address AND by = 'new' ORDER BY name LIMIT 1000`,
  );
  for (const user of shared) {
    stage.ledger.note(
      'USER_AMBIGUOUS',
      `several accounts of the site have the address ${user.email ?? ''}: matched with none`,
      `User ${user.name}`,
    );
  }
  await assertMappingIsUsed(stage, live);
  const changed = stage.table('user_changes');
  await client.query(`CREATE TABLE ${changed} AS SELECT key AS old, site_key AS new FROM ${match} WHERE key <> site_key`);
  await replaceUsers(stage, changed);
  await client.query(
    `UPDATE ${stage.table('os_propertyentry')} t SET entity_name = 'USERPROPS-' || c.new FROM ${changed} c WHERE t.entity_name = 'USERPROPS-' || c.old`,
  );
  const reused = await client.query(`DELETE FROM ${users} t USING ${match} m WHERE t.user_key = m.key AND m.by <> 'new'`);
  stage.ledger.reused('user_mapping', reused.rowCount ?? 0);
}

async function assertMappingIsUsed(stage: Stage, live: string): Promise<void> {
  const unknown = await stage.query<{ backup_user: string; site_user: string; known: boolean }>(
    `SELECT l.backup_user, l.site_user, EXISTS (SELECT FROM ${live}.user_mapping u WHERE l.site_user IN (u.lower_username, lower(u.user_key))) AS known
     FROM ${stage.table('user_lines')} l
     WHERE NOT EXISTS (SELECT FROM ${live}.user_mapping u WHERE l.site_user IN (u.lower_username, lower(u.user_key)))
        OR NOT EXISTS (SELECT FROM ${stage.table('user_mapping')} t WHERE l.backup_user IN (lower(t.user_key), t.lower_username)) LIMIT 1000`,
  );
  for (const line of unknown) {
    const message = line.known
      ? 'the backup has no such user'
      : `the site has no user '${line.site_user}': the line was not used`;
    stage.ledger.note('USER_MAPPING_UNUSED', message, `User ${line.backup_user}`);
  }
}

/** Restrictions to users without an account in the site: they stay, so the page is no more visible than it was. */
export async function reportUnmatchedRestrictions(stage: Stage): Promise<void> {
  if (!stage.has('content_perm')) return;
  const rows = await stage.query<{ name: string; n: string }>(
    `SELECT coalesce(m.name, t.username) AS name, count(*) AS n FROM ${stage.table('content_perm')} t
     LEFT JOIN ${stage.table('user_match')} m ON m.site_key = t.username WHERE t.username IS NOT NULL AND (m.by = 'new' OR m.by IS NULL)
     GROUP BY 1 ORDER BY 1 LIMIT 1000`,
  );
  for (const row of rows)
    stage.ledger.note(
      'RESTRICTION_UNMATCHED',
      `${row.n} restrictions name this user, whom the site does not have; they are kept`,
      `User ${row.name}`,
    );
}

/** A literal list for SQL. */
export function literals(texts: string[]): string {
  return texts.map((text) => pg.escapeLiteral(text)).join(', ');
}
