import { access, constants, lstat, readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isOxbowError, systemErrorCode } from '#base/errors.ts';
import { readSiteFacts, type SiteFacts } from '#sites/live/diagnosis/site-facts.ts';
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

type Found = [state: DiagnosisStep['state'], message: string, hint?: string];

/** Clocks that differ by more are worth a warning: schedules and times of snapshots go by ours. */
const driftSeconds = 120;
/** So many names stand in a message. */
const named = 5;

/** Tries everything that a backup of the site needs, step by step, changes nothing, and says in words what is amiss. Errors: SITE_UNKNOWN. */
export async function testSite(app: Application, name: string): Promise<SiteDiagnosis> {
  const steps: DiagnosisStep[] = [];
  const add = (step: string, [state, message, hint]: Found) => steps.push({ name: step, state, message, hint: hint ?? null });
  let opened: OpenedSite | null = null;
  try {
    opened = await openRegisteredSite(app, name);
    const facts = await readSiteFacts(opened.site);
    add('Database', ['ok', `PostgreSQL ${facts.server}, signed in as ${facts.user}.`]);
    add('Tables', tablesStep(facts, opened.site.schema));
    add('Confluence', versionStep(facts));
    add('Clock', clockStep(facts.clock, app.now()));
    add('Attachments', attachmentsStep(facts));
  } catch (error) {
    if (!isOxbowError(error) || error.code === 'SITE_UNKNOWN') throw error;
    add('Database', ['failed', error.message, error.hint]);
    for (const step of ['Tables', 'Confluence', 'Clock', 'Attachments'])
      add(step, ['skipped', 'Not looked at, for the database does not answer.']);
  } finally {
    await opened?.close();
  }
  if (opened) {
    add('Home directory', await homeStep(opened.site.home));
    if (opened.site.localHome) add('Local home', await homeStep(opened.site.localHome));
    if (opened.site.install) add('Install directory', await installStep(opened.site.install));
    add('Folder for backups', await backupFolderStep(backupFolder(opened, 'SITE'), app.config.minimumFreeBytes));
  }
  return { ok: steps.every(({ state }) => state !== 'failed'), steps };
}

function tablesStep({ tables, unreadable, missing, user }: SiteFacts, schema: string): Found {
  if (tables === 0) return ['failed', `The schema ${schema} has no tables.`, 'Name the database of the Confluence.'];
  if (missing.length > 0)
    return [
      'failed',
      `It is not the database of a Confluence: no table ${missing.join(', ')}.`,
      'Check the name of the database.',
    ];
  if (unreadable.length === 0) return ['ok', `All ${tables} tables can be read.`];
  const rest = unreadable.length > named ? ` and ${unreadable.length - named} more` : '';
  return [
    'failed',
    `${user} may not read ${unreadable.slice(0, named).join(', ')}${rest}: a backup needs every table, those of apps too.`,
    `Sign in as the owner of the tables, or: GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${user}; GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${user}`,
  ];
}

function versionStep({ version, build }: SiteFacts): Found {
  if (build === null) return ['failed', 'The database does not say which Confluence it is of.', 'Start that Confluence once.'];
  return ['ok', version === null ? `Build ${build}.` : `Confluence ${version}, build ${build}.`];
}

function clockStep(theirs: Date, ours: Date): Found {
  const seconds = Math.round(Math.abs(theirs.getTime() - ours.getTime()) / 1000);
  if (seconds <= driftSeconds) return ['ok', 'The clocks of the database and of this machine agree.'];
  return ['warning', `The clocks of the database and of this machine differ by ${seconds} s.`, 'Set them by NTP.'];
}

function attachmentsStep({ attachments: { looked, withoutFile, layouts } }: SiteFacts): Found {
  if (looked === 0) return ['ok', 'The site has no attachments.'];
  if (withoutFile.length === looked) {
    return [
      'failed',
      `None of the newest ${looked} attachments has its file in this home directory.`,
      'Is it the home (the shared home of a cluster) of this database?',
    ];
  }
  const layout = layouts.length > 0 ? ` (layout ${layouts.join(' and ')})` : '';
  if (withoutFile.length === 0) return ['ok', `The newest ${looked} attachments have their files${layout}.`];
  return [
    'warning',
    `${withoutFile.length} of the newest ${looked} attachments have no file: ${withoutFile.slice(0, named).join(', ')}.`,
    'A backup goes on, and names every one that is missing.',
  ];
}

async function homeStep(home: string): Promise<Found> {
  try {
    const names = await readdir(home);
    if (names.includes('attachments') || names.includes('confluence.cfg.xml')) return ['ok', `${home} is a home of Confluence.`];
    return [
      'warning',
      `${home} has neither attachments nor confluence.cfg.xml.`,
      'Name the home directory (the shared home of a cluster).',
    ];
  } catch (error) {
    return ['failed', `${home} cannot be read: ${codeOf(error)}.`, 'Check the path and its permissions.'];
  }
}

async function installStep(install: string): Promise<Found> {
  const names = await readdir(install).catch((error: unknown) => codeOf(error));
  if (typeof names === 'string') return ['failed', `${install} cannot be read: ${names}.`, 'Check the path and its permissions.'];
  if (names.includes('confluence')) return ['ok', `${install} is an install directory of Confluence.`];
  return ['warning', `${install} has no folder "confluence".`, 'Name the folder into which Confluence was unpacked.'];
}

async function backupFolderStep(folder: string, minimum: number): Promise<Found> {
  try {
    let existing = folder;
    while (existing !== dirname(existing) && !(await lstat(existing).catch(() => null))) existing = dirname(existing);
    await access(existing, constants.W_OK | constants.X_OK);
    const free = await freeBytes(existing);
    if (free !== null && free < minimum)
      return ['failed', `${folder} has only ${free} bytes free.`, 'Make room, or choose another folder (backupFolder).'];
    return ['ok', `${folder} can be written${free === null ? '' : `, ${Math.floor(free / 1e9)} GB are free`}.`];
  } catch (error) {
    const hint = 'Check who owns it, or choose another folder (backupFolder).';
    return ['failed', `${folder} cannot be written: ${codeOf(error)}.`, hint];
  }
}

function codeOf(error: unknown): string {
  return systemErrorCode(error) ?? (error as Error).message;
}
