import type pg from 'pg';
import { quoteIdent } from '../schema/quote-ident.ts';
import { groupsOf, type SiteAccount } from './find-account.ts';

/** What an account may do that matters to backups. */
export interface AccountPermissions {
  systemAdministrator: boolean;
  /** Keys of the spaces whose permissions it may set: its space administrators. */
  administeredSpaces: string[];
  /** Keys of the spaces that it may export. */
  exportableSpaces: string[];
}

/** Confluence gives it everything, whatever the table of permissions says. */
const superGroup = 'confluence-administrators';

/**
 * Permissions of an account by SPACEPERMISSIONS: given to it (by user key, in old databases by name), to one of its groups, or to all who are signed in.
 * A global permission has no space. What is given to anonymous visitors gives nobody a right to back up.
 */
export async function readPermissions(client: pg.Client, schema: string, account: SiteAccount): Promise<AccountPermissions> {
  const s = quoteIdent(schema);
  const groups = await groupsOf(client, schema, account.lowerName);
  const { rows } = await client.query<{ type: string; space: string | null }>(
    `SELECT DISTINCT p.permtype AS type, sp.spacekey AS space FROM ${s}.spacepermissions p LEFT JOIN ${s}.spaces sp ON sp.spaceid = p.spaceid
     WHERE p.permtype IN ('SYSTEMADMINISTRATOR', 'SETSPACEPERMISSIONS', 'EXPORTSPACE')
       AND (p.permtype = 'SYSTEMADMINISTRATOR') = (p.spaceid IS NULL)
       AND (p.permusername = $1 OR lower(p.permusername) = $2 OR lower(p.permgroupname) = ANY($3::text[])
         OR p.permalluserssubject = 'authenticated-users')`,
    [account.userKey, account.lowerName, groups],
  );
  const spaces = (type: string) => rows.flatMap((row) => (row.type === type && row.space !== null ? [row.space] : [])).sort();
  return {
    systemAdministrator: groups.includes(superGroup) || rows.some(({ type }) => type === 'SYSTEMADMINISTRATOR'),
    administeredSpaces: spaces('SETSPACEPERMISSIONS'),
    exportableSpaces: spaces('EXPORTSPACE'),
  };
}
