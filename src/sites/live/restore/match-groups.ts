import { quoteIdent } from '../schema/catalog.ts';
import type { Stage } from './stage.ts';

/** A group of the backup, and the one of the site that takes its place. */
export interface GroupMappingLine {
  backupGroup: string;
  siteGroup: string;
}

/** A group that permissions or restrictions of the backup name. */
export interface GroupMatch {
  name: string;
  inSite: boolean;
}

/** Columns that name groups. */
const named = [
  ['spacepermissions', 'permgroupname'],
  ['content_perm', 'groupname'],
] as const;

/**
 * Puts groups of the site in the place of groups of the backup; permissions that become the same are joined (restrictions when rows are mended). A line
 * whose group the site or the backup does not have is not used, and noted by name.
 */
export async function mapGroups(stage: Stage, liveSchema: string, mapping: readonly GroupMappingLine[]): Promise<void> {
  if (mapping.length === 0) return;
  const lines = stage.table('group_lines');
  await stage.client.query(
    `CREATE TABLE ${lines} AS SELECT DISTINCT ON (lower(l.old)) lower(l.old) AS old, l.old AS said, l.new AS wanted, g.group_name AS new
     FROM unnest($1::text[], $2::text[]) l(old, new)
     LEFT JOIN ${quoteIdent(liveSchema)}.cwd_group g ON g.lower_group_name = lower(l.new) ORDER BY lower(l.old), g.id`,
    [mapping.map((line) => line.backupGroup), mapping.map((line) => line.siteGroup)],
  );
  const uses = named.filter(([table]) => stage.has(table));
  const isNamed = uses.map(([table, column]) => `EXISTS (SELECT FROM ${stage.table(table)} t WHERE lower(t.${column}) = l.old)`);
  const unused = await stage.query<{ said: string; wanted: string; known: boolean }>(
    `SELECT said, wanted, new IS NOT NULL AS known FROM ${lines} l WHERE new IS NULL OR NOT (${isNamed.join(' OR ') || 'false'}) ORDER BY said LIMIT 1000`,
  );
  for (const { said, wanted, known } of unused) {
    const message = known ? 'the backup names no such group' : `the site has no group '${wanted}': the line was not used`;
    stage.ledger.note('GROUP_MAPPING_UNUSED', message, `Group ${said}`);
  }
  for (const [table, column] of uses) {
    await stage.client.query(
      `UPDATE ${stage.table(table)} t SET ${column} = l.new FROM ${lines} l WHERE l.new IS NOT NULL AND lower(t.${column}) = l.old`,
    );
  }
  if (!stage.has('spacepermissions')) return;
  // No constraint of Confluence's forbids it, and its own pages would show it twice.
  await stage.skip(
    'spacepermissions',
    `EXISTS (SELECT FROM ${lines} l WHERE l.new = t.permgroupname) AND EXISTS (SELECT FROM ${stage.table('spacepermissions')} o
       WHERE o.permid < t.permid AND o.spaceid IS NOT DISTINCT FROM t.spaceid AND o.permtype = t.permtype AND lower(o.permgroupname) = lower(t.permgroupname))`,
    'the group has the same permission already, by another group of the backup that is the same one in the site',
  );
}

/** Groups that permissions and restrictions of the backup name, the first 10,000; those that the site does not have are noted. */
export async function namedGroups(stage: Stage, liveSchema: string): Promise<GroupMatch[]> {
  const uses = named.filter(([table]) => stage.has(table));
  if (uses.length === 0) return [];
  const rows = await stage.query<{ name: string; known: boolean }>(
    `SELECT n.name, EXISTS (SELECT FROM ${quoteIdent(liveSchema)}.cwd_group g WHERE g.lower_group_name = lower(n.name)) AS known
     FROM (${uses.map(([table, column]) => `SELECT ${column} AS name FROM ${stage.table(table)}`).join(' UNION ')}) n
     WHERE n.name IS NOT NULL ORDER BY n.name COLLATE "C" LIMIT 10000`,
  );
  for (const { name, known } of rows) {
    if (known) continue;
    stage.ledger.note(
      'GROUP_MISSING',
      'the site has no such group: what is granted to it is granted to nobody, what is restricted to it stays restricted',
      name,
    );
  }
  return rows.map(({ name, known }) => ({ name, inSite: known }));
}
