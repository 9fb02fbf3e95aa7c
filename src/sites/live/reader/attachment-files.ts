import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import { v4Folder, ver003Folder } from '#model/attachment-paths.ts';
import type { AttachmentFile } from '#model/site.ts';
import type { LiveSite } from '../connection.ts';
import { quoteIdent } from '../schema/quote-ident.ts';

interface AttachmentRow {
  id: string;
  container: string | null;
  space: string | null;
  title: string | null;
  status: string | null;
  current: string | null;
  versions: string;
}

const page = 2000;

/**
 * The files of all attachments of a site, in order of their ids and versions: what the rows say, and what lies beside it in the same folder.
 * A row without a file is a warning by name, and so is a file without a row. Layout v4 first, then ver003: after an upgrade both can exist.
 * Memory: one page of 2,000 attachments.
 */
export async function* attachmentFiles(
  client: pg.ClientBase,
  site: LiveSite,
  condition: string | null,
  history: boolean,
  context: RunContext,
): AsyncGenerator<AttachmentFile> {
  const root = join(site.home, 'attachments');
  const content = `${quoteIdent(site.schema)}.content`;
  await client.query(
    `DECLARE oxbow_attachments NO SCROLL CURSOR FOR
     SELECT a.id, c.pageid AS container, coalesce(p.spaceid, c.spaceid) AS space, c.title, c.content_status AS status, c.version::text AS current, a.versions
     FROM (SELECT coalesce(t.prevver, t.contentid) AS id, string_agg(DISTINCT t.version::text, ',') AS versions, min(t.pageid) AS container
           FROM ${content} t WHERE t.contenttype = 'ATTACHMENT'${condition ? ` AND ${condition}` : ''} GROUP BY 1) a
     LEFT JOIN ${content} c ON c.contentid = a.id LEFT JOIN ${content} p ON p.contentid = c.pageid ORDER BY a.id`,
  );
  try {
    for (;;) {
      const { rows } = await client.query<AttachmentRow>(`FETCH ${page} FROM oxbow_attachments`);
      if (rows.length === 0) break;
      for (const row of rows) {
        throwIfCancelled(context);
        yield* filesOf(root, row, history, context);
      }
    }
  } finally {
    await client.query('CLOSE oxbow_attachments').catch(() => {});
  }
}

async function* filesOf(root: string, row: AttachmentRow, history: boolean, context: RunContext): AsyncGenerator<AttachmentFile> {
  const name = `Attachment ${row.id} '${row.title ?? ''}'`;
  const container = row.container ?? row.id;
  const found = new Map<string, string>();
  const newer = join(root, v4Folder(row.id));
  for (const file of await list(newer)) {
    if (file.startsWith(`${row.id}.`) && /^\d+$/.test(file.slice(row.id.length + 1)))
      found.set(file.slice(row.id.length + 1), join(newer, file));
  }
  if (row.container !== null) {
    const older = join(root, ver003Folder(row.space, row.container, row.id));
    for (const file of await list(older)) if (/^\d+$/.test(file) && !found.has(file)) found.set(file, join(older, file));
  }
  const expected = row.versions.split(',');
  const wanted = history ? [...new Set([...expected, ...found.keys()])] : [row.current ?? expected.at(-1)!];
  for (const version of wanted.sort((a, b) => Number(a) - Number(b))) {
    const path = found.get(version);
    if (path === undefined) {
      const state = row.status === 'deleted' ? ' (it is in the trash)' : '';
      context.warn({
        code: 'ATTACHMENT_FILE_MISSING',
        message: `version ${version} has no file in the home directory${state}`,
        object: name,
      });
      continue;
    }
    if (!expected.includes(version)) {
      context.warn({
        code: 'ATTACHMENT_ROW_MISSING',
        message: `the file of version ${version} belongs to no version in the database`,
        object: name,
      });
    }
    const { size } = await stat(path);
    yield { containerId: container, attachmentId: row.id, version, size, open: () => openFile(path, name) };
  }
}

async function list(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw new OxbowError('HOME_UNREADABLE', `${folder} cannot be read: ${systemErrorCode(error)}.`, {
      hint: 'Run Oxbow as a user who may read the home directory of Confluence.',
      cause: error,
    });
  }
}

async function openFile(path: string, name: string) {
  const stream = createReadStream(path);
  stream.on('error', (error) => {
    stream.destroy(
      new OxbowError('HOME_UNREADABLE', `The file of ${name} cannot be read: ${systemErrorCode(error)}.`, { cause: error }),
    );
  });
  return stream;
}
