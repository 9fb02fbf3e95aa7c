import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { Client } from 'pg';
import type { LiveSite } from '#sites/live/connection.ts';
import { fileDigests, tableDigests } from '../support/site-digest.ts';

/** Digests of tables and files of a site. */
export interface SiteState {
  tables: Record<string, string>;
  /** By path in the home, without what restores keep of former sites. */
  files: Record<string, string>;
}

const kept = /^(oxbow-restore|attachments-before|home-before)-/;
const config = 'confluence.cfg.xml';

export async function readState(site: LiveSite): Promise<SiteState> {
  const files = existsSync(site.home) ? await fileDigests(site.home) : {};
  return {
    tables: await tableDigests(site.databaseUrl),
    files: Object.fromEntries(Object.entries(files).filter(([path]) => !kept.test(path))),
  };
}

/** What a target is after a whole snapshot was restored over it: other entries at the top of its home stay, and so does its configuration. */
export function afterRestore(before: SiteState, snapshot: SiteState): SiteState {
  const top = (path: string) => path.split('/')[0];
  const comes = new Set(Object.keys(snapshot.files).map(top));
  const isThere = before.files[config] !== undefined;
  const files: Record<string, string> = {};
  for (const [path, digest] of Object.entries(before.files)) if (!comes.has(top(path)) || path === config) files[path] = digest;
  for (const [path, digest] of Object.entries(snapshot.files)) if (path !== config || !isThere) files[path] = digest;
  return { tables: snapshot.tables, files };
}

export function isSameState(a: SiteState, b: SiteState): boolean {
  return isSame(a.tables, b.tables) && isSame(a.files, b.files);
}

function isSame(a: Record<string, string>, b: Record<string, string>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** What restores left in a site that does not belong there: folders in its home, unfinished schemas. */
export async function leftovers(site: LiveSite): Promise<string[]> {
  const names = existsSync(site.home) ? await readdir(site.home) : [];
  return [...names.filter((name) => name.startsWith('oxbow-restore-')), ...(await schemas(site, 'oxbow_next_%'))];
}

export async function schemas(site: LiveSite, like: string): Promise<string[]> {
  const client = new Client(site.databaseUrl);
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT nspname::text AS name FROM pg_namespace WHERE nspname LIKE $1`,
      [like],
    );
    return rows.map((row) => row.name);
  } finally {
    await client.end();
  }
}
