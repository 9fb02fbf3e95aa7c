import type pg from 'pg';
import type { RunContext } from '#base/run-context.ts';
import type { Catalog } from '../schema/catalog.ts';

/** Names what of a catalog this server cannot have: kinds of relations that are not rebuilt, and rights of roles that it does not know. */
export async function warnUnbuilt(client: pg.ClientBase, catalog: Catalog, warn: RunContext['warn']): Promise<void> {
  for (const object of catalog.others) {
    warn({ code: 'RELATION_NOT_REBUILT', message: 'relations of this kind are not restored', object });
  }
  const grants = [...catalog.tables, ...catalog.sequences, ...catalog.views].flatMap((object) => object.grants);
  const grantees = [...new Set(grants.flatMap(({ grantee }) => (grantee === null ? [] : [grantee])))];
  if (grantees.length === 0) return;
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM unnest($1::text[]) name WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) ORDER BY name`,
    [grantees],
  );
  for (const { name } of rows) {
    warn({ code: 'ROLE_MISSING', message: 'its rights were not restored, because the server has no such role', object: name });
  }
}
