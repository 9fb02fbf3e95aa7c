import { pbkdf2Sync, randomBytes } from 'node:crypto';

/** A permission of Confluence: global, or for the space of a key. */
export type Grant = 'SYSTEMADMINISTRATOR' | ['SETSPACEPERMISSIONS' | 'EXPORTSPACE', string];

let made = 0;

/** Runs a statement in the database of the site. */
type Query = (sql: string, values: unknown[]) => Promise<unknown>;

/** Adds an account with its password and permissions to a generated site, as Confluence would keep it. */
export async function addAccount(query: Query, name: string, password: string, grants: Grant[]): Promise<void> {
  const id = 990_000_000 + ++made;
  const salt = randomBytes(16);
  const hash = Buffer.concat([salt, pbkdf2Sync(password, salt, 10_000, 32, 'sha1')]).toString('base64');
  const userKey = id.toString(16).padStart(32, '0');
  await query(
    `INSERT INTO public.cwd_user (id, user_name, lower_user_name, active, created_date, updated_date, first_name, lower_first_name, last_name,
       lower_last_name, display_name, lower_display_name, email_address, lower_email_address, external_id, directory_id, credential)
     SELECT $1::bigint, $2::text, lower($2), 'T', now(), now(), $2, lower($2), 'Test', 'test', $2, lower($2), NULL, NULL, $1::text,
       (SELECT id FROM public.cwd_directory WHERE directory_type = 'INTERNAL' ORDER BY id LIMIT 1), $3::text`,
    [id, name, `{PKCS5S2}${hash}`],
  );
  await query('INSERT INTO public.user_mapping (user_key, username, lower_username) VALUES ($1::text, $2::text, lower($2))', [
    userKey,
    name,
  ]);
  for (const grant of grants) {
    const [type, key] = typeof grant === 'string' ? [grant, null] : grant;
    await query(
      `INSERT INTO public.spacepermissions (permid, spaceid, permtype, permusername)
       VALUES ($1, (SELECT spaceid FROM public.spaces WHERE spacekey = $2), $3, $4)`,
      [990_000_000 + ++made, key, type, userKey],
    );
  }
}
