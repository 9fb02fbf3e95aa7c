import { quoteIdent } from '../schema/catalog.ts';
import type { Stage } from './stage.ts';

/** Inline tasks lie in a table of an app, but belong to pages: a space restore takes them along (Cloud space exports bring them as a CSV). */
export const inlineTasks = 'AO_BAF3AA_AOINLINE_TASK';

const userColumns = ['ASSIGNEE_USER_KEY', 'COMPLETE_USER_KEY', 'CREATOR_USER_KEY'];

/**
 * Inserts staged inline tasks of the staged content, following matched users and renumbered content. A task whose id the site has already
 * gets the next one of the table's own sequence.
 */
export async function insertInlineTasks(stage: Stage, liveSchema: string): Promise<void> {
  if (!stage.has(inlineTasks)) return;
  const tasks = stage.table(inlineTasks);
  const live = `${quoteIdent(liveSchema)}.${quoteIdent(inlineTasks)}`;
  const { client } = stage;
  await client.query(
    `UPDATE ${tasks} t SET "CONTENT_ID" = m.new FROM ${stage.table('id_map')} m WHERE m.name = 'content' AND t."CONTENT_ID" = m.old`,
  );
  const left = await client.query(
    `DELETE FROM ${tasks} t WHERE NOT EXISTS (SELECT FROM ${stage.table('content')} c WHERE c.contentid = t."CONTENT_ID")`,
  );
  stage.ledger.skipped(inlineTasks, left.rowCount ?? 0, [], 'the content of the task is not restored');
  for (const column of userColumns) {
    await client.query(
      `UPDATE ${tasks} t SET "${column}" = c.new FROM ${stage.table('user_changes')} c WHERE t."${column}" = c.old`,
    );
  }
  const columns = stage.target(inlineTasks)!.columns.map((column) => column.name);
  const values = columns.map((column) =>
    column === 'GLOBAL_ID'
      ? `CASE WHEN t."GLOBAL_ID" IS NULL OR EXISTS (SELECT FROM ${live} l WHERE l."GLOBAL_ID" = t."GLOBAL_ID")
           THEN nextval(pg_get_serial_sequence('${live}', 'GLOBAL_ID')) ELSE t."GLOBAL_ID" END`
      : `t.${quoteIdent(column)}`,
  );
  // Ids that are kept must not be given out again while the others are numbered.
  await client.query(
    `SELECT setval(pg_get_serial_sequence('${live}', 'GLOBAL_ID'), greatest(
       (SELECT coalesce(max("GLOBAL_ID"), 0) FROM ${tasks}), (SELECT coalesce(max("GLOBAL_ID"), 0) FROM ${live}), 1))`,
  );
  const result = await client.query(
    `INSERT INTO ${live} (${columns.map(quoteIdent).join(', ')}) SELECT ${values.join(', ')} FROM ${tasks} t`,
  );
  stage.ledger.persisted(inlineTasks, result.rowCount ?? 0);
}
