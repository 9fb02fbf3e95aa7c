import { v4Folder, ver003Folder } from '#model/attachment-paths.ts';
import { tableModel, tableModels } from '#model/table-model.ts';
import { createMemberTables, SpaceMembers } from '../reader/space-members.ts';
import { quoteIdent } from '../schema/catalog.ts';
import type { Stage } from './stage.ts';

/**
 * Removes spaces from the live tables, in the transaction of the restore. Returns the folders of their attachments, below `attachments/`,
 * through the callback. Labels and users stay, and so do rows of other spaces: a reference of theirs into the space becomes nothing.
 */
export async function removeSpaces(
  stage: Stage,
  liveSchema: string,
  spaces: { ids: string[]; keys: string[] },
  onFolders: (folders: string[]) => Promise<void>,
): Promise<void> {
  const { client, catalog } = stage;
  const live = quoteIdent(liveSchema);
  const tables = catalog.tables.map((table) => table.name);
  await createMemberTables(client);
  const members = new SpaceMembers(liveSchema, { spaces, history: true, trash: true }, tables);
  await members.fill(client);
  await listFolders(stage, live, members, onFolders);
  // First what the model does not know but refers to the content by a foreign key (ancestors, image sizes, data of attachments).
  for (const table of catalog.tables) {
    for (const key of table.foreignKeys) {
      if (key.referencedTable !== 'content' || key.columns.length !== 1) continue;
      const column = quoteIdent(key.columns[0]);
      const refers = members.isMember(`t.${column}`);
      const model = tableModel(table.name);
      if (!model) await client.query(`DELETE FROM ${live}.${quoteIdent(table.name)} t WHERE ${refers}`);
      else if (table.name !== 'spaces') {
        const own = members.condition(model);
        if (!own) continue;
        const ofOthers = `${refers} AND NOT (${own})`;
        const mustRefer = table.columns.find((c) => c.name === key.columns[0])?.notNull;
        if (!mustRefer) await client.query(`UPDATE ${live}.${quoteIdent(table.name)} t SET ${column} = NULL WHERE ${ofOthers}`);
        else {
          const gone = await client.query(`DELETE FROM ${live}.${quoteIdent(table.name)} t WHERE ${ofOthers}`);
          if (gone.rowCount)
            stage.ledger.note(
              'REFERENCE_DROPPED',
              `${gone.rowCount} rows of other spaces refer to content that was replaced, and went with it`,
              table.name,
            );
        }
      }
    }
  }
  await client.query(`UPDATE ${live}.spaces t SET spacedescid = NULL, homepage = NULL WHERE t.spaceid = ANY($1::bigint[])`, [
    spaces.ids,
  ]);
  for (const model of [...tableModels].reverse()) {
    if (!model.membership || model.membership.by === 'referrers' || !tables.includes(model.name)) continue;
    const condition = members.condition(model);
    if (condition) await client.query(`DELETE FROM ${live}.${quoteIdent(model.name)} t WHERE ${condition}`);
  }
}

async function listFolders(
  stage: Stage,
  live: string,
  members: SpaceMembers,
  onFolders: (folders: string[]) => Promise<void>,
): Promise<void> {
  await stage.client.query(
    `DECLARE oxbow_old_files NO SCROLL CURSOR FOR SELECT t.contentid::text AS id, t.pageid::text AS container, t.spaceid::text AS space
     FROM ${live}.content t WHERE t.contenttype = 'ATTACHMENT' AND t.prevver IS NULL AND ${members.isMember('t.contentid')}`,
  );
  for (;;) {
    const rows = await stage.query<{ id: string; container: string | null; space: string | null }>(
      'FETCH 1000 FROM oxbow_old_files',
    );
    if (rows.length === 0) break;
    await onFolders(
      rows.flatMap((row) => [v4Folder(row.id), ...(row.container ? [ver003Folder(row.space, row.container, row.id)] : [])]),
    );
  }
  await stage.client.query('CLOSE oxbow_old_files');
}
