import { tableModel } from '#model/table-model.ts';
import { quoteIdent } from '../schema/catalog.ts';
import { stagedTables } from './mend-rows.ts';
import type { Stage } from './stage.ts';

/** Tables of settings and properties, where the site's own value of the same name stays. */
const keepsOwn = new Set(['bandana', 'os_propertyentry']);

/** Inserts all staged rows into the live tables, referenced before referring; spaces and content refer to each other, so spaces come twice. */
export async function insertStaged(stage: Stage, liveSchema: string): Promise<void> {
  const live = quoteIdent(liveSchema);
  for (const table of stagedTables(stage)) {
    const columns = stage
      .target(table)!
      .columns.filter((column) => !column.generated)
      .map((column) => column.name);
    const late = new Set(table === 'spaces' ? ['spacedescid', 'homepage'] : []);
    const values = columns.map((column) => (late.has(column) ? 'NULL' : `t.${quoteIdent(column)}`));
    const conflict = keepsOwn.has(table) ? ' ON CONFLICT DO NOTHING' : '';
    const staged = await stage.count(table);
    const result = await stage.client.query(
      `INSERT INTO ${live}.${quoteIdent(table)} (${columns.map(quoteIdent).join(', ')}) SELECT ${values.join(', ')} FROM ${stage.table(table)} t
       ORDER BY ${tableModel(table)!
         .key.map((key) => `t.${quoteIdent(key)}`)
         .join(', ')}${conflict}`,
    );
    const inserted = result.rowCount ?? 0;
    stage.ledger.persisted(table, inserted);
    if (inserted < staged) stage.ledger.reused(table, staged - inserted);
  }
  if (!stage.has('spaces')) return;
  await stage.client.query(
    `UPDATE ${live}.spaces t SET spacedescid = s.spacedescid, homepage = s.homepage FROM ${stage.table('spaces')} s WHERE s.spaceid = t.spaceid`,
  );
}
