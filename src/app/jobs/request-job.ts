import { mkdir } from 'node:fs/promises';
import { OxbowError } from '#base/errors.ts';
import { createJob } from '#control/jobs/create-job.ts';
import type { Job, NewJob } from '#control/jobs/job.ts';
import type { Action } from '../access/actions.ts';
import type { Caller } from '../access/caller.ts';
import { may, mustBeAllowed } from '../access/may.ts';
import type { Application } from '../application.ts';
import { type EstimateChoice, estimateBackup } from '../sites/estimate-backup.ts';
import { backupFolder, type OpenedSite, openRegisteredSite } from '../sites/open-registered-site.ts';
import { findSite } from '../sites/registered-sites.ts';
import { spacesOf } from '../sites/site-spaces.ts';
import { findVault } from '../vaults/registered-vaults.ts';
import { mustHaveSpace } from '../work/disk-watch.ts';
import { isUpgrading } from '../work/upgrade-watch.ts';
import { mustBeKind } from './backup-file-facts.ts';
import type { JobRequest } from './job-request.ts';
import { isOwnSpaceRestore } from './own-space-restore.ts';
import { findRestoreFile } from './restore-files.ts';
import { withSeenSnapshots } from './seen-snapshots.ts';

export interface RequestExtra {
  scheduleId?: string;
  runAgainOf?: string;
}

/**
 * Makes a job of a request, after everything that can be told beforehand was checked: access, names of site, vault, snapshot, spaces and file, the kind of the
 * file, room on the disk. During a rolling upgrade of the site the job is held. Errors: NOT_PERMITTED, SITE_UNKNOWN, VAULT_UNKNOWN, SPACE_UNKNOWN,
 * SPACE_NOT_FOUND, SAME_SPACES, SNAPSHOT_NOT_FOUND, FILE_NAME_INVALID, RESTORE_FILE_NOT_FOUND, BACKUP_WRONG_KIND, DISK_SPACE, REQUEST_INVALID.
 */
export async function requestJob(app: Application, caller: Caller, asked: JobRequest, extra: RequestExtra = {}): Promise<Job> {
  const spaceKeys = [...new Set('spaceKeys' in asked ? (asked.spaceKeys ?? []) : [])];
  const target = { site: siteOf(asked), spaceKeys };
  const isOfSpaces =
    actionOf(asked) === 'restore' &&
    !(await may(caller, 'restore', target)) &&
    (await may(caller, 'restore-space', target)) &&
    (await isOwnSpaceRestore(app, asked));
  await mustBeAllowed(caller, isOfSpaces ? 'restore-space' : actionOf(asked), target);
  const request = await withSeenSnapshots(app, caller, asked, isOfSpaces);
  const job: NewJob = {
    type: request.type,
    queue: queueOf(request),
    site: siteOf(request),
    vault: 'vault' in request ? request.vault : null,
    owner: caller.name,
    realm: caller.realm,
    parameters: { ...request },
    spaceKeys,
    keepPermanently: 'keepPermanently' in request && request.keepPermanently,
    created: app.now(),
    ...extra,
  };
  if (job.vault) await findVault(app, job.vault);
  if ('otherVault' in request && request.otherVault) await findVault(app, request.otherVault);
  if (job.site && request.type !== 'retention') {
    const registered = await findSite(app, job.site);
    job.held = await isUpgrading(app, registered);
    const opened = await openRegisteredSite(app, job.site);
    try {
      await checkAgainstSite(app, opened, request, job, spaceKeys);
    } finally {
      await opened.close();
    }
  }
  return await createJob(app.control, job);
}

async function checkAgainstSite(
  app: Application,
  opened: OpenedSite,
  request: JobRequest,
  job: NewJob,
  spaceKeys: string[],
): Promise<void> {
  switch (request.type) {
    case 'site-backup':
      await mustHaveRoom(app, opened, { attachments: request.attachments, spaceKeys: [] });
      return;
    case 'space-backup':
      if (spaceKeys.length === 0) throw invalid('No space is named.', 'Name at least one space.');
      await mustHaveSpaces(opened, spaceKeys);
      await mustHaveRoom(app, opened, { attachments: true, spaceKeys });
      return;
    case 'snapshot':
      if (spaceKeys.length > 0) await mustHaveSpaces(opened, spaceKeys);
      return;
    case 'export':
      // As of the site now, for want of something better: the snapshot may be of another.
      await mustHaveRoom(app, opened, { attachments: request.attachments !== false, spaceKeys });
      return;
    case 'site-restore':
    case 'space-restore': {
      const kind = request.type === 'site-restore' ? 'site' : 'space';
      const file = await findRestoreFile(opened, kind === 'site' ? 'SITE' : 'SPACE', request.fileName);
      const facts = await mustBeKind(file.path, kind);
      job.file = { name: file.fileName, path: file.path, bytes: file.bytes };
      // Which spaces it will touch, so that the same ones are not restored twice at a time.
      if (kind === 'space' && spaceKeys.length === 0) job.spaceKeys = request.asKey ? [request.asKey] : facts.spaceKeys;
      return;
    }
    case 'import':
    case 'inspect': {
      const file = await findRestoreFile(opened, request.scope, request.fileName);
      job.file = { name: file.fileName, path: file.path, bytes: file.bytes };
      return;
    }
  }
}

function siteOf(request: JobRequest): string | null {
  if (request.type === 'compare') return 'site' in request.with ? request.with.site : null;
  return 'site' in request ? (request.site ?? null) : null;
}

/** One job at a time for each site, and for each vault that no site's job works on. */
function queueOf(request: JobRequest): string {
  const site = siteOf(request);
  if (request.type === 'export' || request.type === 'import') return `vault:${request.vault}`;
  // Reads a file and no site: it waits for nobody but its like.
  if (request.type === 'inspect') return `files:${request.site}`;
  if (site !== null && request.type !== 'retention') return `site:${site}`;
  return `vault:${'vault' in request ? request.vault : ''}`;
}

function actionOf(request: JobRequest): Action {
  switch (request.type) {
    case 'site-backup':
      return 'back-up-site';
    case 'space-backup':
      return 'back-up-space';
    case 'snapshot':
      return request.spaceKeys?.length ? 'back-up-space' : 'back-up-site';
    case 'import':
    case 'export':
      return 'back-up-site';
    case 'site-restore':
    case 'space-restore':
    case 'restore-snapshot':
    case 'inspect':
    case 'rollback':
      return 'restore';
    case 'compare':
      return siteOf(request) ? 'read-content' : 'work-on-vault';
    default:
      return 'work-on-vault';
  }
}

/** Errors: SPACE_UNKNOWN. */
async function mustHaveSpaces({ site }: OpenedSite, spaceKeys: string[]): Promise<void> {
  const known = new Set((await spacesOf(site, { keys: spaceKeys })).map(({ key }) => key));
  const missing = spaceKeys.filter((key) => !known.has(key));
  if (missing.length === 0) return;
  throw new OxbowError('SPACE_UNKNOWN', `The site has no space ${missing.map((key) => `"${key}"`).join(', ')}.`, {
    hint: 'Keys of spaces are written as Confluence shows them.',
  });
}

/** At least as large as is estimated, or for a whole site as the last backup of it; the disk is watched while it is written too. */
async function mustHaveRoom(app: Application, opened: OpenedSite, choice: EstimateChoice): Promise<void> {
  const isSite = choice.spaceKeys.length === 0;
  const folder = backupFolder(opened, isSite ? 'SITE' : 'SPACE');
  await mkdir(folder, { recursive: true });
  const [last] = await app.control.query<{ bytes: string }>(
    `SELECT file_bytes AS bytes FROM jobs WHERE site = $1 AND type = 'site-backup' AND state = 'FINISHED' AND file_bytes IS NOT NULL
       AND (parameters->>'attachments')::boolean IS NOT DISTINCT FROM $2 ORDER BY id DESC LIMIT 1`,
    [opened.registered.name, choice.attachments],
  );
  const needed = isSite && last ? Number(last.bytes) : await estimateBackup(opened.site, choice);
  await mustHaveSpace(folder, needed, app.config.minimumFreeBytes);
}

function invalid(message: string, hint: string): OxbowError {
  return new OxbowError('REQUEST_INVALID', message, { hint });
}
