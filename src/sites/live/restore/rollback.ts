import { access, mkdir, rm } from 'node:fs/promises';
import type pg from 'pg';
import { OxbowError } from '#base/errors.ts';
import { connect, type LiveSite } from '../connection.ts';
import { databaseError } from '../postgres-error.ts';
import { quoteIdent } from '../schema/catalog.ts';
import { swapSchemas } from '../schema/swap-schemas.ts';
import { commitError } from './finish-restore.ts';
import { entriesToRollBack, homeBefore } from './home-entries.ts';
import { beforeSchemaPrefix, busy } from './live-site-writer.ts';
import {
  attachmentsBefore,
  type Journal,
  recordDecision,
  recoverInterrupted,
  restoreFolder,
  rollForward,
  takeRestoreLock,
  writeJournal,
} from './restore-journal.ts';

/**
 * Puts the site back that the newest restore replaced; the one that goes is kept in its place, so that a second call undoes the first.
 * Returns the name of the schema that keeps it. Errors: NOTHING_TO_ROLL_BACK, RESTORE_BUSY, DATABASE_*.
 */
export async function rollbackLiveSite(site: LiveSite, id: string): Promise<string> {
  return withSite(site, async (client) => {
    const former = await newestPrevious(client, site);
    const formerId = former.slice(beforeSchemaPrefix.length);
    const entries = await entriesToRollBack(site.home, formerId);
    const journal: Journal = { id, kind: 'site', removesFiles: false, filesOf: formerId, ...(entries ? { entries } : {}) };
    const formerFiles = attachmentsBefore(site.home, formerId);
    await access(formerFiles).catch((error) => {
      throw new OxbowError('ROLLBACK_FILES', `The attachments of the former site are not at ${formerFiles}.`, {
        hint: 'Put the folder back, then run it again.',
        cause: error,
      });
    });
    await mkdir(restoreFolder(site.home, id), { recursive: true });
    let mayBeDecided = false;
    try {
      await writeJournal(site.home, journal);
      await client.query('BEGIN');
      await swapSchemas(client, { live: site.schema, next: former, previous: beforeSchemaPrefix + id });
      await recordDecision(client, journal);
      mayBeDecided = true;
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      // Whether a commit that failed has happened is known when the site is opened next: until then the folder stays.
      if (!mayBeDecided) await rm(restoreFolder(site.home, id), { recursive: true, force: true });
      throw commitError(error, `rolling back '${site.name}'`, site.name, mayBeDecided);
    }
    await rollForward(client, site.home, journal);
    return beforeSchemaPrefix + id;
  });
}

/** Drops the former sites that restores kept, rows and files. Returns the name of the newest. */
export async function dropPreviousSite(site: LiveSite): Promise<string> {
  return withSite(site, async (client) => {
    const newest = await newestPrevious(client, site);
    for (const schema of await previousSchemas(client)) {
      await client.query(`DROP SCHEMA ${quoteIdent(schema)} CASCADE`);
      const id = schema.slice(beforeSchemaPrefix.length);
      for (const folder of [attachmentsBefore(site.home, id), homeBefore(site.home, id)])
        await rm(folder, { recursive: true, force: true });
    }
    return newest;
  });
}

async function withSite(site: LiveSite, work: (client: pg.Client) => Promise<string>): Promise<string> {
  const client = await connect(site);
  try {
    await recoverInterrupted(client, site);
    if (!(await takeRestoreLock(client))) throw busy(site.name);
    return await work(client);
  } catch (error) {
    throw databaseError(error, `rolling back '${site.name}'`);
  } finally {
    await client.end();
  }
}

async function previousSchemas(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT nspname::text AS name FROM pg_namespace WHERE starts_with(nspname, $1) ORDER BY nspname DESC`,
    [beforeSchemaPrefix],
  );
  return rows.map((row) => row.name);
}

async function newestPrevious(client: pg.Client, site: LiveSite): Promise<string> {
  const [newest] = await previousSchemas(client);
  if (newest === undefined) {
    throw new OxbowError('NOTHING_TO_ROLL_BACK', `No former site of '${site.name}' is kept.`, {
      hint: 'Only a site restore keeps the site it replaced.',
    });
  }
  return newest;
}
