import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { v4Path, ver003Folder } from '#model/attachment-paths.ts';
import { connect, type LiveSite } from '../connection.ts';
import { databaseError } from '../postgres-error.ts';
import { siteVersion } from '../reader/live-site-reader.ts';
import { quoteIdent } from '../schema/quote-ident.ts';

/** What can be told of a site without changing anything or reading much. */
export interface SiteFacts {
  /** Of PostgreSQL. */
  server: string;
  user: string;
  /** What the clock of the database says. */
  clock: Date;
  tables: number;
  /** Tables and sequences that the user may not read. */
  unreadable: string[];
  /** Tables of every Confluence that are not there. */
  missing: string[];
  version: string | null;
  build: number | null;
  /** Of the newest attachments. */
  attachments: { looked: number; withoutFile: string[]; layouts: ('v4' | 'ver003')[] };
}

/** Attachments whose files are looked for. */
const sample = 50;
/** A look should not take long, nor weigh on the database. */
const patienceMs = 30_000;
const confluenceTables = ['content', 'bodycontent', 'spaces', 'confversion', 'cwd_user'];

/** Errors: DATABASE_*. */
export async function readSiteFacts(site: LiveSite): Promise<SiteFacts> {
  const client = await connect(site, 'oxbow test');
  try {
    await client.query(`SET statement_timeout = ${patienceMs}`);
    const [about] = (
      await client.query<{ server: string; user: string; seconds: string }>(
        `SELECT current_setting('server_version') AS server, current_user AS user, extract(epoch FROM clock_timestamp())::text AS seconds`,
      )
    ).rows;
    const relations = await readRelations(client, site.schema);
    const tables = relations.filter(({ kind }) => kind !== 'S');
    const unreadable = relations.filter(({ readable }) => !readable).map(({ name }) => name);
    const missing = confluenceTables.filter((name) => !tables.some((table) => table.name === name));
    const canRead = (...names: string[]) => names.every((name) => !missing.includes(name) && !unreadable.includes(name));
    const version = canRead('confversion') ? await siteVersion(client, site.schema) : { version: null, build: null };
    return {
      server: about.server,
      user: about.user,
      clock: new Date(Number(about.seconds) * 1000),
      tables: tables.length,
      unreadable,
      missing,
      ...version,
      attachments: canRead('content') ? await sampleAttachments(client, site) : { looked: 0, withoutFile: [], layouts: [] },
    };
  } catch (error) {
    throw databaseError(error, `looking at the site '${site.name}'`);
  } finally {
    await client.end();
  }
}

interface Relation {
  name: string;
  kind: 'r' | 'p' | 'S';
  readable: boolean;
}

async function readRelations(client: pg.ClientBase, schema: string): Promise<Relation[]> {
  const { rows } = await client.query<Relation>(
    `SELECT c.relname AS name, c.relkind AS kind, has_schema_privilege(n.oid, 'USAGE') AND
       CASE c.relkind WHEN 'S' THEN has_sequence_privilege(c.oid, 'SELECT') ELSE has_table_privilege(c.oid, 'SELECT') END AS readable
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'S') ORDER BY c.relname`,
    [schema],
  );
  return rows;
}

/** The files of the newest attachments, of either layout: by them one sees whether database and home belong together. */
async function sampleAttachments(client: pg.ClientBase, { schema, home }: LiveSite): Promise<SiteFacts['attachments']> {
  const content = `${quoteIdent(schema)}.content`;
  const { rows } = await client.query<{
    id: string;
    title: string | null;
    version: string;
    container: string | null;
    space: string | null;
  }>(
    `SELECT a.contentid::text AS id, a.title, a.version::text AS version, a.pageid::text AS container, coalesce(p.spaceid, a.spaceid)::text AS space
     FROM ${content} a LEFT JOIN ${content} p ON p.contentid = a.pageid
     WHERE a.contenttype = 'ATTACHMENT' AND a.prevver IS NULL AND a.content_status = 'current' ORDER BY a.contentid DESC LIMIT ${sample}`,
  );
  const withoutFile: string[] = [];
  for (const { id, title, version, container, space } of rows) {
    const places = [v4Path(id, version)];
    if (container !== null) places.push(join(ver003Folder(space, container, id), version));
    const found = await Promise.all(places.map((place) => isFile(join(home, 'attachments', place))));
    if (!found.includes(true)) withoutFile.push(`${id} '${title ?? ''}'`);
  }
  const names = await readdir(join(home, 'attachments')).catch(() => [] as string[]);
  return { looked: rows.length, withoutFile, layouts: (['v4', 'ver003'] as const).filter((name) => names.includes(name)) };
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (facts) => facts.isFile(),
    () => false,
  );
}
