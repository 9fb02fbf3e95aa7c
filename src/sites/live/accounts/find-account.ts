import type pg from 'pg';
import { quoteIdent } from '../schema/quote-ident.ts';

/** An account of a Confluence that may sign in there. */
export interface SiteAccount {
  /** As its directory writes it, and in lower case. */
  name: string;
  lowerName: string;
  displayName: string;
  email: string | null;
  /** Of its content and permissions; null for one that never signed in. */
  userKey: string | null;
  /** As in cwd_user; null or without meaning where another server keeps the password. */
  credential: string | null;
  /** INTERNAL, or the kind of a remote directory: its passwords are not here. */
  directoryType: string;
}

/**
 * The active account of a name: of the first active directory, in Confluence's order, that knows the name; one that this directory calls inactive
 * is none. Null when there is none.
 */
export async function findAccount(client: pg.Client, schema: string, name: string): Promise<SiteAccount | null> {
  const s = quoteIdent(schema);
  const { rows } = await client.query<{
    name: string;
    lower_name: string;
    display_name: string | null;
    email: string | null;
    user_key: string | null;
    credential: string | null;
    directory_type: string;
    active: string;
  }>(
    `SELECT u.user_name AS name, u.lower_user_name AS lower_name, u.display_name, u.email_address AS email, m.user_key, u.credential,
       d.directory_type, u.active
     FROM ${s}.cwd_user u JOIN ${s}.cwd_directory d ON d.id = u.directory_id
     LEFT JOIN (SELECT directory_id, min(list_index) AS place FROM ${s}.cwd_app_dir_mapping GROUP BY directory_id) o ON o.directory_id = d.id
     LEFT JOIN ${s}.user_mapping m ON m.lower_username = u.lower_user_name
     WHERE u.lower_user_name = lower($1) AND d.active = 'T' ORDER BY o.place NULLS LAST, d.id LIMIT 1`,
    [name],
  );
  const [row] = rows;
  if (row?.active !== 'T') return null;
  return {
    name: row.name,
    lowerName: row.lower_name,
    displayName: row.display_name ?? row.name,
    email: row.email,
    userKey: row.user_key,
    credential: row.credential,
    directoryType: row.directory_type,
  };
}

/** Lower-case names of the groups of an account, nested ones too, in every active directory (Confluence aggregates memberships). */
export async function groupsOf(client: pg.Client, schema: string, lowerName: string): Promise<string[]> {
  const s = quoteIdent(schema);
  const { rows } = await client.query<{ name: string }>(
    `WITH RECURSIVE member(group_id) AS (
       SELECT m.parent_id FROM ${s}.cwd_membership m JOIN ${s}.cwd_user u ON u.id = m.child_user_id
         JOIN ${s}.cwd_directory d ON d.id = u.directory_id WHERE u.lower_user_name = $1 AND d.active = 'T' AND u.active = 'T'
       UNION
       SELECT m.parent_id FROM member JOIN ${s}.cwd_membership m ON m.child_group_id = member.group_id)
     SELECT DISTINCT g.lower_group_name AS name FROM member JOIN ${s}.cwd_group g ON g.id = member.group_id
       JOIN ${s}.cwd_directory d ON d.id = g.directory_id WHERE g.active = 'T' AND d.active = 'T' ORDER BY 1`,
    [lowerName],
  );
  return rows.map((row) => row.name);
}
