import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { systemErrorCode } from '#base/errors.ts';
import type { LiveSite } from '../connection.ts';
import { syncFile, syncFolder, syncTree } from './flush.ts';
import { type HomeEntry, homeBefore, moveBesideFolder, removeBeside, removeEmptied, swapHomeEntries } from './home-entries.ts';
import { isThere, renameIfThere } from './move-files.ts';
import { dropUnfinished, unfinishedSchemas } from './restore-leftovers.ts';

/**
 * A restore changes two places, the database and the home directory, and must look like one step. What is new for the home lies in a folder
 * of the restore, `<home>/oxbow-restore-<id>`, until the database has committed; a row of `oxbow.restores`, written in that same
 * transaction, is the decision. Afterwards the folder is moved into place; whoever opens the site next finishes what a crash left
 * (roll forward when the row is there, throw the folder away when it is not).
 */

const prefix = 'oxbow-restore-';
/** One restore at a time on a site: a session-level lock of PostgreSQL, gone with the session. */
const lockKey = `hashtext('oxbow restore')`;

export interface Journal {
  id: string;
  kind: 'site' | 'space';
  /** Attachments whose files go when a space is replaced: ids of the current versions, one a line in `removed.txt`. */
  removesFiles: boolean;
  /** A rollback brings no new files, but those that the restore of this id put aside. They stay where they are until it is decided. */
  filesOf?: string;
  /** Of a whole home: the other entries at its top that change places. Absent when only attachments do. */
  entries?: HomeEntry[];
  /** There was no site before, to which a rollback could lead: what is not there to keep leaves no empty folder behind. */
  isFirst?: boolean;
  /** Folders outside of the home that are renamed into place. */
  beside?: { from: string; to: string }[];
}

/** In the folder of a restore: the folders outside of the home that it stages in, as JSON. */
export const besideList = 'beside.json';

export function restoreFolder(home: string, id: string): string {
  return join(home, prefix + id);
}

export function attachmentsBefore(home: string, id: string): string {
  return join(home, `attachments-before-${id}`);
}

export async function takeRestoreLock(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(`SELECT pg_try_advisory_lock(${lockKey}) AS taken`);
  return rows[0].taken;
}

export async function releaseRestoreLock(client: pg.ClientBase): Promise<void> {
  await client.query(`SELECT pg_advisory_unlock(${lockKey})`);
}

/** In the transaction of the restore: from its commit on, the restore has happened. */
export async function recordDecision(client: pg.ClientBase, journal: Journal): Promise<void> {
  await client.query(
    `CREATE SCHEMA IF NOT EXISTS oxbow; CREATE TABLE IF NOT EXISTS oxbow.restores (id text PRIMARY KEY, kind text NOT NULL)`,
  );
  await client.query(`INSERT INTO oxbow.restores VALUES ($1, $2)`, [journal.id, journal.kind]);
}

/**
 * Writes the journal into the folder of the restore and flushes all of it, before the database commits. `isFlushed`: what else is in the
 * folder is durable already.
 */
export async function writeJournal(home: string, journal: Journal, { isFlushed = false } = {}): Promise<void> {
  const folder = restoreFolder(home, journal.id);
  const file = join(folder, 'journal.json');
  await writeFile(file, JSON.stringify(journal));
  if (isFlushed) {
    await syncFile(file);
    await syncFolder(folder);
  } else await syncTree(folder);
  await syncFolder(home);
}

/** Moves the files of a decided restore into place, then forgets it. Can be called again after a crash at any point. */
export async function rollForward(client: pg.ClientBase, home: string, journal: Journal): Promise<void> {
  const folder = restoreFolder(home, journal.id);
  const staged = journal.filesOf === undefined ? join(folder, 'attachments') : attachmentsBefore(home, journal.filesOf);
  const live = join(home, 'attachments');
  if (journal.kind === 'site') {
    if (await isThere(staged)) {
      if (!(await isThere(attachmentsBefore(home, journal.id)))) await renameIfThere(live, attachmentsBefore(home, journal.id));
      // A home without attachments had none: a rollback finds that, too.
      await mkdir(attachmentsBefore(home, journal.id), { recursive: true });
      await rename(staged, live);
    }
    if (journal.entries) await swapHomeEntries(home, journal.id, journal.entries, waitingEntries(home, journal));
    for (const { from, to } of journal.beside ?? []) await moveBesideFolder(from, to);
    if (journal.isFirst) for (const before of [attachmentsBefore, homeBefore]) await removeEmptied(before(home, journal.id));
  } else {
    if (journal.removesFiles) await removeReplaced(folder, live);
    await mergeTree(staged, live);
  }
  await syncFolder(home);
  await client.query(`DELETE FROM oxbow.restores WHERE id = $1`, [journal.id]);
  await rm(folder, { recursive: true, force: true });
}

/** The folder in which the entries of a home wait: that of the restore, or that of the former site that a rollback brings back. */
function waitingEntries(home: string, { id, filesOf }: Journal): string {
  return filesOf === undefined ? join(restoreFolder(home, id), 'home') : homeBefore(home, filesOf);
}

/**
 * Finishes or removes what an interrupted restore left in the home directory and the database. Returns what it did, one line each.
 * Does nothing while another restore holds the lock (it waits three seconds for it).
 */
export async function recoverInterrupted(client: pg.ClientBase, site: Pick<LiveSite, 'home'>): Promise<string[]> {
  if ((await leftBehind(client, site.home)).ids.length === 0 || !(await takeLockSoon(client))) return [];
  const done: string[] = [];
  try {
    // Again, now that nobody else is at work: what was there may have been finished meanwhile.
    const { ids, folders } = await leftBehind(client, site.home);
    for (const id of ids) {
      const folder = restoreFolder(site.home, id);
      if (folders.includes(id) && (await isDecided(client, id))) {
        const journal: Journal = JSON.parse(await readFile(join(folder, 'journal.json'), 'utf8'));
        await rollForward(client, site.home, journal);
        done.push(`finished the interrupted restore ${id}: its files are in place now`);
      } else {
        await dropUnfinished(client, id);
        await removeBeside(join(folder, besideList), id);
        await rm(folder, { recursive: true, force: true });
        done.push(`removed what the interrupted restore ${id} had prepared; the site is as it was before it`);
      }
    }
  } finally {
    await releaseRestoreLock(client);
  }
  return done;
}

/** Ids of restores that left something: a folder in the home, or a schema in the database (after a kill in a home that is gone, too). */
async function leftBehind(client: pg.ClientBase, home: string): Promise<{ ids: string[]; folders: string[] }> {
  const names = await listOrNothing(home);
  const folders = names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  return { ids: [...new Set([...folders, ...(await unfinishedSchemas(client))])], folders };
}

/** The session of a restore that was just killed may hold the lock until PostgreSQL notices: worth a short wait. */
async function takeLockSoon(client: pg.ClientBase): Promise<boolean> {
  for (let attempt = 0; attempt < 30; attempt++) {
    if (await takeRestoreLock(client)) return true;
    await sleep(100);
  }
  return false;
}

async function isDecided(client: pg.ClientBase, id: string): Promise<boolean> {
  const table = await client.query<{ found: string | null }>(`SELECT to_regclass('oxbow.restores') AS found`);
  if (table.rows[0].found === null) return false;
  const row = await client.query(`SELECT 1 FROM oxbow.restores WHERE id = $1`, [id]);
  return (row.rowCount ?? 0) > 0;
}

async function removeReplaced(folder: string, live: string): Promise<void> {
  const list = await readFile(join(folder, 'removed.txt'), 'utf8').catch(() => '');
  for (const path of list.split('\n')) if (path !== '') await rm(join(live, path), { recursive: true, force: true });
  // Gone before the new files come, or a second run after a crash would remove those.
  await rm(join(folder, 'removed.txt'), { force: true });
  await syncFolder(folder);
}

async function mergeTree(from: string, to: string): Promise<void> {
  for (const entry of await readdirOrNothing(from)) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) {
      await mkdir(target, { recursive: true });
      await mergeTree(source, target);
    } else await rename(source, target);
  }
}

async function listOrNothing(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

async function readdirOrNothing(path: string) {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
