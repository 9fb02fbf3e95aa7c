import { readdir } from 'node:fs/promises';
import type pg from 'pg';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import { connect, type LiveSite } from '../connection.ts';
import { databaseError } from '../postgres-error.ts';
import { assertConfluence, siteVersion } from '../reader/live-site-reader.ts';
import { recoverInterrupted } from '../restore/restore-journal.ts';
import { readCatalog } from '../schema/catalog.ts';

/** What a whole site would be restored into. */
export interface WholeTarget {
  database: 'empty' | 'confluence';
  /** Of the Confluence that is there; null in an empty database. */
  version: string | null;
  build: number | null;
  home: 'missing' | 'empty' | 'filled';
  /** What was finished or removed of an interrupted restore, one line each. */
  recovered: string[];
}

/**
 * Says what a target holds, after finishing what an interrupted restore left. Unlike readTarget it accepts an empty database and a home that is
 * not there yet (WholeSiteWriter makes it). Errors: TARGET_NOT_EMPTY, HOME_NOT_FOUND, DATABASE_*.
 */
export async function readWholeTarget(site: LiveSite): Promise<WholeTarget> {
  const client = await connect(site);
  try {
    const recovered = await recoverInterrupted(client, site);
    const database = await classifySchema(client, site);
    const { version, build } = database === 'empty' ? { version: null, build: null } : await siteVersion(client, site.schema);
    return { database, version, build, home: await classifyHome(site), recovered };
  } catch (error) {
    throw databaseError(error, `opening the site '${site.name}'`);
  } finally {
    await client.end();
  }
}

/** Whether the schema of the site holds a Confluence, or nothing (it may be absent). Error: TARGET_NOT_EMPTY. */
export async function classifySchema(client: pg.ClientBase, site: LiveSite): Promise<'empty' | 'confluence'> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
     ORDER BY 1`,
    [site.schema],
  );
  if (rows.length === 0) return 'empty';
  try {
    assertConfluence(site, await readCatalog(client, site.schema));
  } catch (error) {
    if ((error as OxbowError).code !== 'SITE_NOT_CONFLUENCE') throw error;
    const names = rows.slice(0, 5).map((row) => row.name);
    throw new OxbowError(
      'TARGET_NOT_EMPTY',
      `The database of '${site.name}' holds ${rows.length} tables and other objects, but no Confluence: ${names.join(', ')}${
        rows.length > names.length ? ', ...' : ''
      }. Nothing was changed.`,
      { hint: 'Name an empty database, or one of a Confluence, which is then replaced.', cause: error },
    );
  }
  return 'confluence';
}

async function classifyHome(site: LiveSite): Promise<WholeTarget['home']> {
  try {
    return (await readdir(site.home)).length === 0 ? 'empty' : 'filled';
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 'missing';
    throw new OxbowError(
      'HOME_NOT_FOUND',
      `The home directory ${site.home} of '${site.name}' cannot be opened: ${systemErrorCode(error)}.`,
      {
        hint: 'Name a folder for the home directory of Confluence.',
        cause: error,
      },
    );
  }
}
