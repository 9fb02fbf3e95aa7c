import type { AttachmentFile } from '#model/site.ts';
import type { NamedRow } from './restore-ledger.ts';
import type { Stage } from './stage.ts';

/** Which attachment files a backup holds, kept in a table of the stage: compared there with what the rows expect. */
export async function restoredFiles(stage: Stage) {
  const table = stage.table('restored_files');
  await stage.client.query(`CREATE TABLE ${table} (container bigint, attachment bigint, version text)`);
  let pending: AttachmentFile[] = [];
  const flush = async () => {
    if (pending.length === 0) return;
    const files = pending;
    pending = [];
    await stage.client.query(`INSERT INTO ${table} SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[])`, [
      files.map((file) => file.containerId),
      files.map((file) => file.attachmentId),
      files.map((file) => file.version),
    ]);
  };
  return {
    add: async (file: AttachmentFile) => {
      pending.push(file);
      if (pending.length >= 1000) await flush();
    },
    finish: flush,
    /** Names rows without a file and files without a row, then forgets the list. */
    report: async ({ keep = false } = {}) => {
      if (stage.has('content')) {
        await reportRowsWithoutFile(stage);
        await reportFilesWithoutRow(stage);
      }
      if (!keep) await stage.client.query(`DROP TABLE ${table}`);
    },
  };
}

const named = 10_000;
const owner = 'coalesce(t.prevver, t.contentid)';

async function reportRowsWithoutFile(stage: Stage): Promise<void> {
  const rows = await stage.query<NamedRow & { version: string; status: string | null; n: string }>(
    `SELECT t.contentid AS id, t.title, t.version::text AS version, t.content_status AS status, count(*) OVER () AS n FROM ${stage.table('content')} t
     WHERE t.contenttype = 'ATTACHMENT' AND NOT EXISTS (SELECT FROM ${stage.table('restored_files')} f
       WHERE f.attachment = ${owner} AND f.version = t.version::text)
     ORDER BY t.contentid LIMIT ${named}`,
  );
  for (const row of rows) {
    stage.ledger.note(
      'ATTACHMENT_FILE_MISSING',
      `the backup has no file of version ${row.version}${row.status === 'deleted' ? ' (it is in the trash)' : ''}`,
      `Attachment ${row.id} '${row.title ?? ''}'`,
    );
  }
  const more = rows.length > 0 ? Number(rows[0].n) - rows.length : 0;
  if (more > 0) stage.ledger.note('ATTACHMENT_FILE_MISSING', `${more} more attachments without a file`);
}

async function reportFilesWithoutRow(stage: Stage): Promise<void> {
  const rows = await stage.query<{ path: string }>(
    `SELECT 'attachments/' || f.container || '/' || f.attachment || '/' || f.version AS path FROM ${stage.table('restored_files')} f
     WHERE NOT EXISTS (SELECT FROM ${stage.table('content')} t WHERE t.contenttype = 'ATTACHMENT' AND ${owner} = f.attachment AND t.version::text = f.version)
     ORDER BY 1 LIMIT ${named}`,
  );
  for (const row of rows)
    stage.ledger.note(
      'ATTACHMENT_ROW_MISSING',
      'no version of an attachment in the backup describes this file; it is kept',
      row.path,
    );
}
