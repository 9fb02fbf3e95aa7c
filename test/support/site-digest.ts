import { createHash } from 'node:crypto';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import type { LiveSite } from '#sites/live/connection.ts';

/** A fingerprint of each table, each sequence and each attachment file of a site: two sites are the same when these are equal. */
export async function siteDigest(site: Pick<LiveSite, 'databaseUrl' | 'home'>): Promise<Record<string, string>> {
  return { ...(await tableDigests(site.databaseUrl)), ...(await fileDigests(join(site.home, 'attachments'))) };
}

/** By table of schema public: number of rows and a hash over them, in an order of their own. */
export async function tableDigests(databaseUrl: string): Promise<Record<string, string>> {
  const client = new Client(databaseUrl);
  await client.connect();
  try {
    const digests: Record<string, string> = {};
    const { rows } = await client.query<{ name: string; kind: string }>(
      `SELECT c.relname AS name, c.relkind AS kind FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'S') ORDER BY 1`,
    );
    for (const { name, kind } of rows) {
      const table = `public."${name}"`;
      const sql =
        kind === 'S'
          ? `SELECT last_value::text AS digest FROM ${table}`
          : `SELECT count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text) COLLATE "C")), '') AS digest FROM ${table} t`;
      digests[name] = (await client.query<{ digest: string }>(sql)).rows[0].digest;
    }
    return digests;
  } finally {
    await client.end();
  }
}

/** By path below the folder: the hash of each file. */
export async function fileDigests(folder: string): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for await (const entry of glob('**/*', { cwd: folder, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    digests[path.slice(folder.length + 1)] = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  }
  return Object.fromEntries(Object.entries(digests).sort(([a], [b]) => (a < b ? -1 : 1)));
}
