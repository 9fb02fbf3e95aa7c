import { stat } from 'node:fs/promises';
import { OxbowError, systemErrorCode } from '#base/errors.ts';
import { connect, type LiveSite } from '../connection.ts';
import { databaseError } from '../postgres-error.ts';
import { recoverInterrupted } from '../restore/restore-journal.ts';
import { quoteIdent, readCatalog } from '../schema/catalog.ts';
import { assertConfluence, siteVersion } from './live-site-reader.ts';

/** Version and build of a live site, after finishing what an interrupted restore left. Errors: HOME_NOT_FOUND, DATABASE_*, SITE_NOT_CONFLUENCE. */
export async function readTarget(site: LiveSite): Promise<{ version: string | null; build: number | null; recovered: string[] }> {
  await assertHome(site);
  const client = await connect(site);
  try {
    assertConfluence(site, await readCatalog(client, site.schema));
    const recovered = await recoverInterrupted(client, site);
    return { ...(await siteVersion(client, site.schema)), recovered };
  } catch (error) {
    throw databaseError(error, `opening the site '${site.name}'`);
  } finally {
    await client.end();
  }
}

/** A mistyped home directory would look like a site that has lost all its attachments. */
async function assertHome(site: LiveSite): Promise<void> {
  let reason = 'it is not a folder';
  try {
    if ((await stat(site.home)).isDirectory()) return;
  } catch (error) {
    reason = systemErrorCode(error) ?? (error as Error).message;
  }
  throw new OxbowError('HOME_NOT_FOUND', `The home directory ${site.home} of '${site.name}' cannot be opened: ${reason}.`, {
    hint: 'Name the home directory of Confluence (the shared home of a cluster).',
  });
}

/** Keys of the spaces of a live site. */
export async function readSpaceKeys(site: LiveSite): Promise<string[]> {
  const client = await connect(site);
  try {
    const { rows } = await client.query<{ spacekey: string }>(
      `SELECT spacekey FROM ${quoteIdent(site.schema)}.spaces ORDER BY spacekey`,
    );
    return rows.map((row) => row.spacekey);
  } catch (error) {
    throw databaseError(error, `reading the spaces of '${site.name}'`);
  } finally {
    await client.end();
  }
}
