import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import type { RunContext } from '#base/run-context.ts';
import { generateBackup, generateLiveSite } from '#flows/generate/generate-site.ts';
import type { LiveSite } from '#sites/live/connection.ts';
import { dropPreviousSite } from '#sites/live/restore/rollback.ts';
import { EmbeddedPostgres } from '#sites/live/sandbox/embedded-postgres.ts';
import { throwawayFolder } from '#sites/live/sandbox/throwaway-postgres.ts';
import { createConfluenceSchema } from '#sites/live/schema/confluence-schema.ts';
import { openStore } from '#vault/store/open-store.ts';
import { initVault, openVault, type Vault } from '#vault/vault.ts';
import { type Random, randomFrom } from './random.ts';
import { readState, type SiteState } from './site-state.ts';

/** What a snapshot must hold. */
export interface Known {
  kind: 'site' | 'import';
  /** The site when it was backed up, read without Oxbow. Null for an import. */
  state: SiteState | null;
  /** Roots of all its trees, as text. */
  roots: string;
}

/** A site, a place to restore into, a vault, and what must be in it. */
export interface World {
  /** All of it lies here. */
  folder: string;
  /** Of the commands. */
  data: string;
  vaultFolder: string;
  secondVault: string;
  exportFolder: string;
  /** An XML backup. */
  backup: string;
  postgres: EmbeddedPostgres;
  admin: Client;
  sourceClient: Client;
  source: LiveSite;
  target: LiveSite;
  random: Random;
  round: number;
  /** Counts the edits of the site. */
  edits: number;
  vault: Vault;
  passphrase: string;
  known: Map<string, Known>;
  /** By edit, or 'import': what the roots of its snapshots are. */
  rootsOf: Map<string, string>;
  context: RunContext;
}

export const holder = { host: 'torture', pid: 1, isAlive: () => true };

export async function openWorld(seed: number, pages: number): Promise<World> {
  const folder = await throwawayFolder();
  const options = { runtimeFolder: join(folder, 'runtime'), passwordFile: join(folder, 'password') };
  const postgres = await EmbeddedPostgres.open(join(folder, 'postgres'), options);
  const admin = await client(postgres.url('postgres'));
  // A killed client loses nothing of a server that lives: flushing would only cost time.
  for (const setting of ['fsync', 'full_page_writes', 'synchronous_commit'])
    await admin.query(`ALTER SYSTEM SET ${setting} = off`);
  await admin.query('SELECT pg_reload_conf()');
  await admin.query('CREATE DATABASE source');
  await admin.query('CREATE DATABASE target');
  const site = (name: string): LiveSite => {
    return { name, databaseUrl: postgres.url(name), home: join(folder, name), schema: 'public' };
  };
  const source = site('source');
  await mkdir(join(source.home, 'attachments', 'v4'), { recursive: true });
  await mkdir(join(folder, 'work'));
  await mkdir(join(folder, 'exports'));
  const context: RunContext = {
    signal: new AbortController().signal,
    now: () => new Date(),
    workFolder: join(folder, 'work'),
    warn: () => {},
    progress: () => {},
  };
  const sourceClient = await client(source.databaseUrl);
  await createConfluenceSchema(sourceClient, { version: '8.5.6', buildNumber: 9012, now: new Date(0) });
  await generateLiveSite({ pages, seed, attachmentBytes: 2_000_000 }, source, context);
  await dropPreviousSite(source);
  await sourceClient.query(
    `CREATE TABLE public."AO_1_THING" ("ID" serial PRIMARY KEY, "NAME" text, "LEN" int GENERATED ALWAYS AS (length("NAME")) STORED);
     INSERT INTO public."AO_1_THING" ("NAME") SELECT 'thing ' || i FROM generate_series(1, 500) i;
     CREATE TABLE public."AO_1_LOOSE" (a text, b text)`,
  );
  await mkdir(join(source.home, 'keys'));
  await writeFile(join(source.home, 'keys', 'site.key'), 'secret');
  await writeFile(join(source.home, 'confluence.cfg.xml'), '<confluence-configuration/>');
  const backup = join(folder, 'backup.zip');
  await generateBackup({ pages: 40, seed: seed + 1, attachmentBytes: 200_000 }, backup, 'current', context);
  const vaultFolder = join(folder, 'vault');
  const passphrase = 'passphrase of the beginning';
  const store = await openStore(vaultFolder, { create: true, now: context.now }, {});
  const vault = await initVault(store, passphrase, { label: 'torture', now: new Date(), holder });
  return {
    folder,
    data: join(folder, 'data'),
    vaultFolder,
    secondVault: join(folder, 'second'),
    exportFolder: join(folder, 'exports'),
    backup,
    postgres,
    admin,
    sourceClient,
    source,
    target: site('target'),
    random: randomFrom(seed),
    round: 0,
    edits: 0,
    vault,
    passphrase,
    known: new Map(),
    rootsOf: new Map(),
    context,
  };
}

/** Removes it, or leaves all files where they are for somebody to look at. */
export async function closeWorld(world: World, keep: boolean): Promise<void> {
  await world.sourceClient.end();
  await world.admin.end();
  await world.postgres.stop();
  if (!keep) await rm(world.folder, { recursive: true, force: true });
}

export async function client(url: string): Promise<Client> {
  const opened = new Client(url);
  opened.on('error', () => {});
  await opened.connect();
  return opened;
}

/** A database without tables, and no home. */
export async function emptyTarget({ admin, target }: World): Promise<void> {
  await admin.query('DROP DATABASE target WITH (FORCE)');
  await admin.query('CREATE DATABASE target');
  if (existsSync(target.home)) await rm(target.home, { recursive: true });
}

/** Null when the passphrase opens nothing. */
export async function tryPassphrase(world: World, passphrase: string): Promise<Vault | null> {
  const store = await openStore(world.vaultFolder, { now: world.context.now }, {});
  return await openVault(store, passphrase, holder).catch((error) => {
    if ((error as { code?: string }).code === 'VAULT_PASSPHRASE_WRONG') return null;
    throw error;
  });
}

/** The site as it is now, read without Oxbow. */
export async function stateNow(world: World): Promise<SiteState> {
  return await readState(world.source);
}
