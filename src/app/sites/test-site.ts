import { access, constants, lstat, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type pg from 'pg';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import { v4Path } from '#model/attachment-paths.ts';
import { connect } from '#sites/live/connection.ts';
import { quoteIdent } from '#sites/live/schema/quote-ident.ts';
import type { Application } from '../application.ts';
import { freeBytes } from '../work/disk-watch.ts';
import { backupFolder, type OpenedSite, openRegisteredSite } from './open-registered-site.ts';

export interface DiagnosisStep {
  name: string;
  state: 'ok' | 'warning' | 'failed' | 'skipped';
  message: string;
  hint: string | null;
}

export interface SiteDiagnosis {
  ok: boolean;
  steps: DiagnosisStep[];
}

/** Attachments whose files are looked for. */
const sample = 50;

/** Tries everything that a backup of the site needs, step by step, changes nothing, and says in words what is amiss. Errors: SITE_UNKNOWN. */
export async function testSite(app: Application, name: string): Promise<SiteDiagnosis> {
  const steps: DiagnosisStep[] = [];
  const add = (step: string, state: DiagnosisStep['state'], message: string, hint: string | null = null) =>
    steps.push({ name: step, state, message, hint });
  const opened = await openRegisteredSite(app, name).catch((error) => {
    if (!(error instanceof OxbowError) || error.code === 'SITE_UNKNOWN') throw error;
    add('Database', 'failed', error.message, error.hint ?? null);
    return null;
  });
  if (opened) {
    try {
      await testDatabase(opened, app.now(), add);
      await testFolders(app, opened, add);
    } finally {
      await opened.close();
    }
  }
  return { ok: steps.every(({ state }) => state !== 'failed'), steps };
}

type Add = (step: string, state: DiagnosisStep['state'], message: string, hint?: string | null) => void;

async function testDatabase(opened: OpenedSite, now: Date, add: Add): Promise<void> {
  const { site } = opened;
  let client: pg.Client;
  try {
    client = await connect(site, 'oxbow test');
  } catch (error) {
    const known = error as OxbowError;
    add('Database', 'failed', known.message, known.hint ?? null);
    return;
  }
  try {
    const [server] = (
      await client.query("SELECT current_setting('server_version') AS version, current_user AS name, now() AS now")
    ).rows;
    add('Database', 'ok', `PostgreSQL ${server.version}, signed in as ${server.name}.`);
    const drift = Math.round(
      (new Date(`${String(server.now).replace(' ', 'T').replace(/\+00$/, 'Z')}`).getTime() - now.getTime()) / 1000,
    );
    if (Math.abs(drift) > 120)
      add(
        'Clock',
        'warning',
        `The clocks of the database and of this machine differ by ${Math.abs(drift)} s.`,
        'Set them by NTP.',
      );
    await testRights(client, site.schema, add);
    await testVersion(client, site.schema, add);
    await testAttachments(client, opened, add);
  } catch (error) {
    add(
      'Database',
      'failed',
      `The database gave an error: ${(error as Error).message}.`,
      'Is this the database of a Confluence?',
    );
  } finally {
    await client.end();
  }
}

/** Every table must be readable, apps' too. */
async function testRights(client: pg.Client, schema: string, add: Add): Promise<void> {
  const { rows } = await client.query<{ name: string; readable: boolean }>(
    `SELECT c.relname AS name, has_table_privilege(c.oid, 'SELECT') AS readable FROM pg_class c WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p')`,
    [quoteIdent(schema)],
  );
  const closed = rows.filter(({ readable }) => !readable).map(({ name }) => name);
  if (rows.length === 0) add('Tables', 'failed', `The schema ${schema} has no tables.`, 'Name the database of the Confluence.');
  else if (closed.length > 0) {
    add(
      'Tables',
      'failed',
      `${closed.length} of ${rows.length} tables cannot be read: ${closed.slice(0, 5).join(', ')}.`,
      'Sign in as the owner of the tables, or GRANT SELECT.',
    );
  } else add('Tables', 'ok', `All ${rows.length} tables can be read.`);
}

async function testVersion(client: pg.Client, schema: string, add: Add): Promise<void> {
  const { rows } = await client.query<{ build: number }>(
    `SELECT max(buildnumber)::int AS build FROM ${quoteIdent(schema)}.confversion`,
  );
  const build = rows[0]?.build;
  if (!build) add('Confluence', 'failed', 'The database names no build of Confluence.', 'Is this the database of a Confluence?');
  else add('Confluence', 'ok', `Build ${build}.`);
}

/** The files of some attachments, which says whether home and database belong together. */
async function testAttachments(client: pg.Client, { site }: OpenedSite, add: Add): Promise<void> {
  const s = quoteIdent(site.schema);
  const { rows } = await client.query<{ id: string; container: string; space: string; version: string }>(
    `SELECT c.contentid::text AS id, coalesce(c.pageid, 0)::text AS container, coalesce(c.spaceid, 0)::text AS space, c.version::text AS version
     FROM ${s}.content c WHERE c.contenttype = 'ATTACHMENT' AND c.prevver IS NULL AND c.content_status = 'current' ORDER BY c.contentid DESC LIMIT ${sample}`,
  );
  if (rows.length === 0) {
    add('Attachments', 'ok', 'The site has no attachments.');
    return;
  }
  let missing = 0;
  for (const { id, version } of rows) {
    if (!(await stat(join(site.home, 'attachments', v4Path(id, version))).catch(() => null))) missing++;
  }
  const layout = (await stat(join(site.home, 'attachments', 'v4')).catch(() => null)) ? 'v4' : 'ver003';
  if (layout === 'ver003')
    add('Attachments', 'ok', 'The attachments lie in the layout of before 8.1; a backup looks for every file.');
  else if (missing === rows.length)
    add(
      'Attachments',
      'failed',
      'None of the newest attachments has its file in this home directory.',
      'Is it the (shared) home of this database?',
    );
  else if (missing > 0)
    add(
      'Attachments',
      'warning',
      `${missing} of the newest ${rows.length} attachments have no file.`,
      'A backup names every one that is missing.',
    );
  else add('Attachments', 'ok', `The newest ${rows.length} attachments have their files.`);
}

async function testFolders(app: Application, opened: OpenedSite, add: Add): Promise<void> {
  const { site } = opened;
  const names = await readdir(site.home).catch((error) => {
    add(
      'Home directory',
      'failed',
      `${site.home} cannot be read: ${systemErrorCode(error)}.`,
      'Check the path and its permissions.',
    );
    return null;
  });
  if (names) {
    const isHome = names.includes('attachments') || names.includes('confluence.cfg.xml');
    if (isHome) add('Home directory', 'ok', `${site.home} is a home of Confluence.`);
    else
      add(
        'Home directory',
        'warning',
        `${site.home} has neither attachments nor confluence.cfg.xml.`,
        'Name the home directory (the shared home of a cluster).',
      );
  }
  if (site.install) {
    const isThere = await lstat(join(site.install, 'confluence')).catch(() => null);
    if (isThere) add('Install directory', 'ok', `${site.install} is an install directory of Confluence.`);
    else
      add(
        'Install directory',
        'warning',
        `${site.install} has no folder "confluence".`,
        'Name the folder into which Confluence was unpacked.',
      );
  }
  await testBackupFolder(app, backupFolder(opened, 'SITE'), add);
}

async function testBackupFolder(app: Application, folder: string, add: Add): Promise<void> {
  try {
    let existing = folder;
    while (!(await lstat(existing).catch(() => null))) existing = dirname(existing);
    await access(existing, constants.W_OK | constants.X_OK);
    const free = await freeBytes(existing);
    if (free !== null && free < app.config.minimumFreeBytes) {
      add(
        'Folder for backups',
        'failed',
        `${folder} has only ${free} bytes free.`,
        'Make room, or choose another folder (backupFolder).',
      );
    } else
      add(
        'Folder for backups',
        'ok',
        `${folder} can be written${free === null ? '' : `, ${Math.floor(free / 1e9)} GB are free`}.`,
      );
  } catch (error) {
    add(
      'Folder for backups',
      'failed',
      `${folder} cannot be written: ${systemErrorCode(error)}.`,
      'Check who owns it, or choose another folder (backupFolder).',
    );
  }
}
