import { chmod, mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OxbowError } from '#base/errors.ts';
import { createConfluenceSchema } from '../schema/confluence-schema.ts';
import { EmbeddedPostgres, findServer, stopServer } from './embedded-postgres.ts';
import { classifyDatabase, type Settings, splitPassword, withDatabase, withPassword } from './external-database.ts';
import { withFileLock } from './file-lock.ts';
import { folderSize } from './folder-size.ts';
import { readFolder, removeLeftovers, removeSandboxFolder } from './sandbox-leftovers.ts';
import { checkSandboxName, readSandboxRecord, type SandboxRecord, sandboxParts, sandboxPaths } from './sandbox-record.ts';

/** A live site that is open: what readers and writers of live sites work on. */
export interface LiveSiteHandle {
  name: string;
  /** With the password, for memory only. */
  databaseUrl: string;
  /** Confluence's home folder: attachments/v4, restore/site, restore/space. */
  home: string;
  /** The local home of a node, and the install directory, where they were named. */
  localHome?: string;
  install?: string;
  schema: 'public';
  /** The embedded server ends with the last handle on it, unless it is kept. */
  close(): Promise<void>;
}

export interface CreateSandboxOptions {
  now: Date;
  /** A PostgreSQL of the operator's own, empty or a Confluence's. Default: the embedded one. */
  databaseUrl?: string;
  /** An existing home folder, used as it is. Default: a new one in the sandbox. */
  home?: string;
  /** The local home of a node, where the home is the shared one of a cluster; and the install directory: for backups. */
  localHome?: string;
  install?: string;
  /** Product version and build that a new schema says it is. Default 8.5.6, build 9012. */
  version?: string;
  buildNumber?: number;
  env?: Settings;
  waitMs?: number;
}

export interface OpenSandboxOptions {
  /** The embedded server outlives this process, until stopSandbox. Default false. */
  keep?: boolean;
  /** Where to look for OXBOW_DATABASE_PASSWORD and PGPASSWORD. */
  env?: Settings;
  /** How long to wait for another command that works on the sandbox. Default one minute. */
  waitMs?: number;
}

export interface EndSandboxOptions {
  /** Also when another command has it open. Default false. */
  force?: boolean;
  waitMs?: number;
}

export interface SandboxDescription {
  name: string;
  /** ISO 8601. */
  created: string;
  /** embedded: Oxbow's own server; external: the operator's. */
  database: 'embedded' | 'external';
  /** Without password; of a stopped embedded server null. */
  databaseUrl: string | null;
  /** An external server that does not answer is unreachable. */
  state: 'running' | 'stopped' | 'unreachable';
  /** Running until stopSandbox, whoever started it. */
  kept: boolean;
  port: number | null;
  /** The sandbox's folder; with an external database plus that database's size if it answers. */
  diskBytes: number;
  home: string;
  /** The database was a Confluence's before. */
  adopted: boolean;
}

/** All of 8.3 to 8.9 have this schema; 8.5 is the long-term support release among them. */
const defaultVersion = { version: '8.5.6', buildNumber: 9012 };
const database = 'confluence';
const homeFolders = ['attachments/v4', 'restore/site', 'restore/space'];
const defaultWaitMs = 60_000;

/**
 * Makes the sandbox `name` in Oxbow's data folder `root`: a live site without content, on the embedded PostgreSQL or on an empty database
 * of the operator's; or takes over a Confluence's database as it is. It appears whole or not at all, and is stopped afterwards.
 * Throws SANDBOX_EXISTS, SANDBOX_NAME_INVALID, SANDBOX_BUSY, SANDBOX_DATABASE_NOT_EMPTY, SANDBOX_HOME_MISSING, and what
 * EmbeddedPostgres.open throws.
 */
export async function createSandbox(root: string, name: string, options: CreateSandboxOptions): Promise<SandboxDescription> {
  checkSandboxName(name);
  await makePassable(root);
  await makePassable(join(root, 'sandboxes'));
  await removeLeftovers(root);
  const newHome = options.home !== undefined && !(await isFolder(options.home)) ? options.home : null;
  if (newHome !== null && !(await isFolder(dirname(newHome)))) throw homeMissing(newHome);
  const paths = sandboxPaths(root, name);
  await locked(root, name, options.waitMs, async () => {
    if (await exists(paths.folder)) {
      throw new OxbowError('SANDBOX_EXISTS', `There is a sandbox "${name}" already.`, {
        hint: 'Use it, drop it, or choose another name.',
      });
    }
    try {
      await makePassable(paths.partial);
      const parts = sandboxParts(paths.partial);
      if (options.home === undefined) {
        for (const folder of homeFolders) await mkdir(join(parts.home, folder), { recursive: true, mode: 0o700 });
      }
      const adopted =
        options.databaseUrl === undefined ? await createEmbedded(root, paths.partial, options) : await prepareExternal(options);
      // A new site may get a new home; that of a Confluence exists.
      if (newHome !== null && adopted) throw homeMissing(newHome);
      if (newHome !== null)
        for (const folder of homeFolders) await mkdir(join(newHome, folder), { recursive: true, mode: 0o700 });
      const record: SandboxRecord = {
        format: 1,
        created: options.now.toISOString(),
        databaseUrl: options.databaseUrl === undefined ? null : splitPassword(options.databaseUrl).url,
        adopted,
        home: options.home ?? null,
        ...(options.localHome ? { localHome: options.localHome } : {}),
        ...(options.install ? { install: options.install } : {}),
        version: adopted ? null : (options.version ?? defaultVersion.version),
        buildNumber: adopted ? null : (options.buildNumber ?? defaultVersion.buildNumber),
      };
      await writeDurably(parts.record, `${JSON.stringify(record, null, 2)}\n`);
      await rename(paths.partial, paths.folder);
    } catch (error) {
      await removeSandboxFolder(paths.partial);
      throw error;
    }
  });
  return await describeSandbox(root, name, options.env);
}

function homeMissing(home: string): OxbowError {
  return new OxbowError('SANDBOX_HOME_MISSING', `The home folder ${home} does not exist.`, {
    hint: 'Give the home folder of the Confluence, or a new one in a folder that exists.',
  });
}

/** Names of the sandboxes there are, in order. */
export async function listSandboxes(root: string): Promise<string[]> {
  await removeLeftovers(root);
  const names = (await readFolder(join(root, 'sandboxes'))).filter((name) => !name.startsWith('.'));
  return names.sort();
}

/**
 * Opens a sandbox: starts its embedded server, or joins one that runs. Throws SANDBOX_NOT_FOUND, SANDBOX_DAMAGED, SANDBOX_BUSY,
 * DATABASE_UNREACHABLE, and what EmbeddedPostgres.open throws.
 */
export async function openSandbox(root: string, name: string, options: OpenSandboxOptions = {}): Promise<LiveSiteHandle> {
  await mustFind(root, name);
  return await locked(root, name, options.waitMs, async () => {
    const record = await mustFind(root, name);
    const { folder, runtime } = sandboxPaths(root, name);
    const parts = sandboxParts(folder);
    const home = record.home ?? parts.home;
    const { localHome, install } = record;
    const folders = { home, ...(localHome ? { localHome } : {}), ...(install ? { install } : {}) };
    if (record.databaseUrl !== null) {
      const databaseUrl = withPassword(record.databaseUrl, options.env ?? {});
      await withDatabase(databaseUrl, async () => {});
      return { name, databaseUrl, ...folders, schema: 'public', close: async () => {} };
    }
    const server = await EmbeddedPostgres.open(parts.postgres, {
      runtimeFolder: runtime,
      passwordFile: parts.password,
      keep: options.keep,
      waitMs: options.waitMs,
    });
    return { name, databaseUrl: server.url(database), ...folders, schema: 'public', close: () => server.close() };
  });
}

/** Starts the embedded server of a sandbox so that it runs until stopSandbox. Throws what openSandbox throws. */
export async function startSandbox(
  root: string,
  name: string,
  options: Omit<OpenSandboxOptions, 'keep'> = {},
): Promise<SandboxDescription> {
  const handle = await openSandbox(root, name, { ...options, keep: true });
  await handle.close();
  return await describeSandbox(root, name, options.env);
}

/** Stops the embedded server of a sandbox; an external one is left alone. Throws SANDBOX_NOT_FOUND, SANDBOX_BUSY (in use and not `force`). */
export async function stopSandbox(root: string, name: string, options: EndSandboxOptions = {}): Promise<void> {
  await mustFind(root, name);
  await locked(root, name, options.waitMs, async () => {
    const { postgres } = sandboxParts(sandboxPaths(root, name).folder);
    await mustBeUnused(postgres, name, options);
    await stopServer(postgres);
  });
}

/**
 * Removes a sandbox with its database and its home. The operator's own is only forgotten, never touched: `databaseKept` is then the URL
 * of the database that stays, `homeKept` the home folder. Throws SANDBOX_NOT_FOUND, SANDBOX_BUSY (in use and not `force`).
 */
export async function dropSandbox(
  root: string,
  name: string,
  options: EndSandboxOptions = {},
): Promise<{ databaseKept: string | null; homeKept: string | null }> {
  await removeLeftovers(root);
  await mustFind(root, name);
  return await locked(root, name, options.waitMs, async () => {
    const record = await mustFind(root, name);
    const { folder, dropped } = sandboxPaths(root, name);
    const { postgres } = sandboxParts(folder);
    await mustBeUnused(postgres, name, options);
    await stopServer(postgres);
    await rename(folder, dropped);
    await removeSandboxFolder(dropped);
    return { databaseKept: record.databaseUrl, homeKept: record.home };
  });
}

/** What there is to say about a sandbox. Starts nothing. Throws SANDBOX_NOT_FOUND. */
export async function describeSandbox(root: string, name: string, env: Settings = {}): Promise<SandboxDescription> {
  const record = await mustFind(root, name);
  const { folder } = sandboxPaths(root, name);
  const parts = sandboxParts(folder);
  const common = { name, created: record.created, home: record.home ?? parts.home, adopted: record.adopted };
  const size = await folderSize(folder);
  if (record.databaseUrl === null) {
    const server = await findServer(parts.postgres);
    return {
      ...common,
      database: 'embedded',
      databaseUrl: server && `postgresql://oxbow@127.0.0.1:${server.port}/${database}`,
      state: server ? 'running' : 'stopped',
      kept: server?.kept ?? false,
      port: server?.port ?? null,
      diskBytes: size,
    };
  }
  const databaseBytes = await externalSize(withPassword(record.databaseUrl, env));
  return {
    ...common,
    database: 'external',
    databaseUrl: record.databaseUrl,
    state: databaseBytes === null ? 'unreachable' : 'running',
    kept: false,
    port: Number(new URL(record.databaseUrl).port || 5432),
    diskBytes: size + (databaseBytes ?? 0),
  };
}

/** False: the schema is new. The server is stopped again before the folder gets its final name, which is part of the server's settings. */
async function createEmbedded(root: string, folder: string, options: CreateSandboxOptions): Promise<false> {
  const { postgres, password } = sandboxParts(folder);
  const server = await EmbeddedPostgres.open(postgres, { runtimeFolder: sandboxPaths(root, '').runtime, passwordFile: password });
  try {
    await withDatabase(server.url('postgres'), async (client) => {
      await client.query(`CREATE DATABASE ${database}`);
      // Its user has the name of the schema where Oxbow notes its restores: a Confluence on it must not put its tables there.
      await client.query(`ALTER DATABASE ${database} SET search_path = public`);
    });
    await withDatabase(server.url(database), (client) => createConfluenceSchema(client, bareSite(options)));
  } finally {
    await server.stop();
  }
  return false;
}

/** Whether the database was adopted as it is (true) or filled with a new schema (false). */
async function prepareExternal(options: CreateSandboxOptions): Promise<boolean> {
  const { url, password } = splitPassword(options.databaseUrl!);
  const complete = withPassword(url, password === null ? (options.env ?? {}) : { OXBOW_DATABASE_PASSWORD: password });
  return await withDatabase(complete, async (client) => {
    const found = await classifyDatabase(client);
    if (found === 'confluence') return true;
    if (found === 'other') {
      throw new OxbowError(
        'SANDBOX_DATABASE_NOT_EMPTY',
        `The database at ${url} holds tables that are not a Confluence's in schema public.`,
        {
          hint: "Give an empty database, or a Confluence's.",
        },
      );
    }
    await client.query('SET search_path TO public');
    await createConfluenceSchema(client, bareSite(options));
    return false;
  });
}

function bareSite({ version, buildNumber, now }: CreateSandboxOptions) {
  return { version: version ?? defaultVersion.version, buildNumber: buildNumber ?? defaultVersion.buildNumber, now };
}

async function externalSize(databaseUrl: string): Promise<number | null> {
  try {
    const sizes = await withDatabase(databaseUrl, (client) =>
      client.query<{ bytes: string }>('SELECT pg_database_size(current_database()) AS bytes'),
    );
    return Number(sizes.rows[0]!.bytes);
  } catch {
    return null;
  }
}

async function mustFind(root: string, name: string): Promise<SandboxRecord> {
  checkSandboxName(name);
  const record = await readSandboxRecord(root, name);
  if (record) return record;
  const names = await listSandboxes(root);
  throw new OxbowError('SANDBOX_NOT_FOUND', `There is no sandbox "${name}".`, {
    hint: names.length > 0 ? `There are: ${names.join(', ')}.` : 'There are none yet: create one.',
    details: { sandboxes: names },
  });
}

async function mustBeUnused(postgres: string, name: string, options: EndSandboxOptions): Promise<void> {
  if (options.force || !(await findServer(postgres))?.inUse) return;
  throw new OxbowError('SANDBOX_BUSY', `The sandbox "${name}" is in use by another Oxbow command.`, {
    hint: 'Wait for that command to end, or force it: what the command has not committed is lost.',
  });
}

async function locked<T>(root: string, name: string, waitMs: number | undefined, work: () => Promise<T>): Promise<T> {
  return await withFileLock(sandboxPaths(root, name).lock, `The sandbox "${name}"`, waitMs ?? defaultWaitMs, work);
}

/**
 * Makes the folder if it is not there, for ourselves only; as root others may pass through it (but not look into it), because PostgreSQL
 * runs as another account.
 */
async function makePassable(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (process.getuid?.() === 0) await chmod(path, (await stat(path)).mode | 0o111);
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}
