import { referenceColumns } from '#model/model.ts';
import { tableModel } from '#model/table-model.ts';
import { placeholderEntity } from '../placeholders.ts';
import { quoteIdent } from '../schema/catalog.ts';
import { stagedTables } from './mend-rows.ts';
import type { Stage } from './stage.ts';

/**
 * Gives new ids to staged rows whose id the site has already, and tells every reference to them. Free ids are kept. The table `id_map`
 * (name, old, new) says what became of what. New ids come from blocks that the id generator has not given out.
 */
export async function renumber(stage: Stage, liveSchema: string): Promise<number> {
  const live = quoteIdent(liveSchema);
  const map = stage.table('id_map');
  await stage.client.query(`CREATE TABLE ${map} (name text, old bigint, new bigint)`);
  await reuseLabels(stage, live);
  const conflicts = stagedTables(stage)
    .filter((name) => tableModel(name)!.hiLo)
    .map((name) => {
      const key = tableModel(name)!.key[0];
      return `SELECT '${name}' AS name, t.${key} AS id FROM ${stage.table(name)} t WHERE EXISTS (SELECT FROM ${live}.${quoteIdent(name)} l WHERE l.${key} = t.${key})`;
    });
  if (conflicts.length > 0) {
    // Above every id of the site and of the backup, so that a new id meets neither.
    const highest = stagedTables(stage)
      .filter((name) => tableModel(name)!.hiLo)
      .flatMap((name) =>
        [stage.table(name), `${live}.${quoteIdent(name)}`].map((t) => `SELECT max(${tableModel(name)!.key[0]}) AS id FROM ${t}`),
      );
    await stage.client.query(
      `INSERT INTO ${map} SELECT c.name, c.id, base.id + row_number() OVER (ORDER BY c.name, c.id)
       FROM (${conflicts.join(' UNION ALL ')}) c,
         (SELECT (greatest(max(id) / 32768 + 1, (SELECT max(next_hi) FROM ${live}.hibernate_unique_key)) * 32768) AS id FROM (${highest.join(' UNION ALL ')}) h) base`,
    );
  }
  await stage.client.query(`CREATE INDEX ON ${map} (name, old); ANALYZE ${map}`);
  const [{ n, fresh }] = await stage.query<{ n: string; fresh: string }>(
    `SELECT count(*) AS n, count(*) FILTER (WHERE NOT (name = 'label' AND EXISTS (SELECT FROM ${live}.label l WHERE l.labelid = new))) AS fresh FROM ${map}`,
  );
  if (Number(n) > 0) for (const table of stagedTables(stage)) await applyMap(stage, table);
  return Number(fresh);
}

async function applyMap(stage: Stage, table: string): Promise<void> {
  const model = tableModel(table)!;
  const map = stage.table('id_map');
  const renamed = async (column: string, target: string, where = 'true') => {
    await stage.client.query(
      `UPDATE ${stage.table(table)} t SET ${column} = m.new FROM ${map} m WHERE m.name = '${target}' AND t.${column} = m.old AND ${where}`,
    );
  };
  if (model.hiLo) await renamed(model.key[0], table);
  for (const reference of referenceColumns(table)) await renamed(reference.column, reference.table);
  if (table === 'content_label') {
    await renamed('labelableid', 'content', `t.labelabletype = 'CONTENT'`);
    await renamed('labelableid', 'pagetemplates', `t.labelabletype = 'PAGETEMPLATE'`);
  }
  if (table === 'os_propertyentry') {
    await renamed('entity_id', 'content', `t.entity_name = 'confluence_ContentEntityObject'`);
    await stage.client.query(
      `UPDATE ${stage.table(table)} t SET entity_key = m.name || ':' || m.new FROM ${map} m
       WHERE t.entity_name = '${placeholderEntity}' AND t.entity_key = m.name || ':' || m.old`,
    );
  }
  if (table === 'content') {
    await stage.client.query(
      `UPDATE ${stage.table(table)} t SET draftpageid = m.new::text FROM ${map} m WHERE m.name = 'content' AND t.draftpageid = m.old::text`,
    );
  }
}

/** Labels belong to the site: one of the same namespace, name and owner is used as it is. */
async function reuseLabels(stage: Stage, live: string): Promise<void> {
  if (!stage.has('label')) return;
  const same = tableModel('label')!
    .identity!.map((column) => `l.${column} IS NOT DISTINCT FROM t.${column}`)
    .join(' AND ');
  const map = stage.table('id_map');
  await stage.client.query(
    `INSERT INTO ${map} SELECT 'label', t.labelid, min(l.labelid) FROM ${stage.table('label')} t JOIN ${live}.label l ON ${same} GROUP BY t.labelid`,
  );
  const reused = await stage.client.query(
    `DELETE FROM ${stage.table('label')} t USING ${map} m WHERE m.name = 'label' AND m.old = t.labelid`,
  );
  stage.ledger.reused('label', reused.rowCount ?? 0);
}
