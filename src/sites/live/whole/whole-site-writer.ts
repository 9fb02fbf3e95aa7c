import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { OxbowError } from '#base/errors.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import { cancelOnAbort, connect, type LiveSite } from '../connection.ts';
import { databaseError } from '../postgres-error.ts';
import { commitError, finish } from '../restore/finish-restore.ts';
import { homeBefore, removeBeside } from '../restore/home-entries.ts';
import { beforeSchemaPrefix, busy } from '../restore/live-site-writer.ts';
import {
  attachmentsBefore,
  besideList,
  type Journal,
  recordDecision,
  recoverInterrupted,
  restoreFolder,
  takeRestoreLock,
  writeJournal,
} from '../restore/restore-journal.ts';
import { dropUnfinished, nextSchemaPrefix } from '../restore/restore-leftovers.ts';
import { assertBaseUrl, makeStagingCopy, type StagingChange } from '../restore/staging-copy.ts';
import { type Catalog, quoteIdent, readCatalog } from '../schema/catalog.ts';
import { createTables } from '../schema/clone-structure.ts';
import { swapSchemas } from '../schema/swap-schemas.ts';
import { FileStage, type WholeFile } from './file-stage.ts';
import { fillSchema } from './fill-schema.ts';
import { LoadSessions } from './load-sessions.ts';
import { makeHome, removeMadeHome } from './make-home.ts';
import { assertFits, countTask, type WholeTableRows } from './parallel-load.ts';
import { structureError } from './parallel-structure.ts';
import { type RootTargets, StageRoots } from './stage-roots.ts';
import { assertSameStructure } from './verify-structure.ts';
import { warnUnbuilt } from './warn-unbuilt.ts';
import { classifySchema } from './whole-target.ts';

/** How long the swap waits for the locks of other sessions. */
const lockTimeout = '60s';

export interface WholeSiteOptions {
  /** Sessions that load and build side by side, beside the one that decides. Default 2. */
  jobs?: number;
  /** Where roots other than 'home' go: by name, a new or empty folder, or null to pass over in silence. Others are passed over with a warning. */
  roots?: RootTargets;
  /** Turns the restored site into one that is safe beside its original, with this base URL (see makeStagingCopy). */
  stagingCopy?: { baseUrl: string };
}

/**
 * Rebuilds a whole live site out of a catalog, rows and files, fast and all or nothing. Everything is built by several sessions in many
 * transactions in a schema of its own, and files are staged in a folder of their own: nobody sees either before commit(), which puts both into
 * place by one transaction and a roll forward. Whatever ends the process before leaves the target as it was; the next command on it removes
 * the remains (recoverInterrupted).
 *
 * begin() first; then loadTables() and writeFiles(), at the same time if wanted (when one fails, so does the other, with the same error); verify()
 * if wanted; then commit(). abort() after any failure, when nothing else of the writer runs any more.
 * A site that was there stays in the schema `previous`, its attachments in `attachments-before-<id>` and what else the snapshot replaced at the
 * top of the home in `home-before-<id>`; rollbackLiveSite exchanges them, dropPreviousSite removes them.
 */
export class WholeSiteWriter {
  readonly #site: LiveSite;
  readonly #id: string;
  readonly #context: RunContext;
  readonly #options: WholeSiteOptions;
  readonly #next: string;
  #client: pg.Client | null = null;
  #stopWatching: () => void = () => {};
  #catalog: Catalog | null = null;
  #target: 'empty' | 'confluence' = 'empty';
  #madeHome: string | null = null;
  #roots: StageRoots | null = null;
  #files: FileStage | null = null;
  #sessions: LoadSessions | null = null;
  #tables: WholeTableRows[] | null = null;
  #changes: StagingChange[] = [];
  #failure: { error: unknown } | null = null;
  /** The lock is held: what there is of this restore is its own. */
  #isOurs = false;
  /** From the COMMIT on, only the database knows whether the restore has happened: its folder must stay. */
  #mayBeDecided = false;

  /** `id` names the restore: letters, digits and underscores, at most 40 of them. */
  constructor(site: LiveSite, id: string, context: RunContext, options: WholeSiteOptions = {}) {
    this.#site = site;
    this.#id = id;
    this.#context = context;
    this.#options = options;
    this.#next = nextSchemaPrefix + id;
  }

  /** The schema that keeps the site as it was; null when the database was empty. Known after begin(). */
  get previous(): string | null {
    return this.#target === 'empty' ? null : beforeSchemaPrefix + this.#id;
  }

  /** Files written so far. */
  get files(): { files: number; bytes: number } {
    return this.#files?.written ?? { files: 0, bytes: 0 };
  }

  /** What made the site a copy for tests. Known after commit(). */
  get stagingChanges(): StagingChange[] {
    return this.#changes;
  }

  /**
   * Takes the target for this restore and makes the empty tables. Errors: RESTORE_BUSY, TARGET_NOT_EMPTY, HOME_NOT_FOUND, HOME_NOT_WRITABLE,
   * FOLDER_NOT_EMPTY, EXTENSION_MISSING, BASE_URL_INVALID, DATABASE_*.
   */
  async begin(catalog: Catalog): Promise<void> {
    if (this.#options.stagingCopy) assertBaseUrl(this.#options.stagingCopy.baseUrl);
    this.#catalog = catalog;
    const client = await connect(this.#site);
    this.#client = client;
    const { signal, warn } = this.#context;
    this.#stopWatching = cancelOnAbort(client, this.#site, signal);
    try {
      await recoverInterrupted(client, this.#site);
      if (!(await takeRestoreLock(client))) throw busy(this.#site.name);
      this.#isOurs = true;
      this.#target = await classifySchema(client, this.#site);
      this.#madeHome = await makeHome(this.#site.home);
      this.#roots = await StageRoots.create(this.#site, this.#id, this.#madeHome !== null, this.#options.roots ?? {});
      this.#files = new FileStage(this.#site, this.#roots, this.#options.stagingCopy !== undefined, this.#context);
      await warnUnbuilt(client, catalog, warn);
      await client.query(`CREATE SCHEMA ${quoteIdent(this.#next)}`);
      await createTables(client, catalog, this.#next);
      this.#sessions = await LoadSessions.open(this.#site, this.#id, this.#next, this.#options.jobs ?? 2, signal);
    } catch (error) {
      throw this.#known(structureError(error, 'creating the tables of the new site'));
    }
  }

  /**
   * Loads all tables, then builds indexes, constraints, triggers and views. Tables of the catalog that are not given stay empty. Errors:
   * SNAPSHOT_INCONSISTENT, ROWS_INCOMPLETE, EXTENSION_MISSING, DATABASE_*, and whatever the streams throw.
   */
  async loadTables(tables: WholeTableRows[]): Promise<void> {
    assertFits(this.#catalog!, tables);
    this.#tables = tables;
    try {
      await fillSchema(
        { client: this.#client!, sessions: this.#sessions!, schema: this.#next },
        this.#catalog!,
        tables,
        this.#context,
      );
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /**
   * Stages all files, several at a time, and makes them durable. They come in ascending order of path by bytes, folders before what is in them.
   * Without this call the new site has no files. Errors: UNSAFE_PATH, FILE_INCOMPLETE, DISK_FULL, HOME_NOT_WRITABLE, and whatever the streams throw.
   */
  async writeFiles(files: AsyncIterable<WholeFile>): Promise<void> {
    try {
      await this.#files!.write(files);
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /**
   * Counts the rows of every table anew and compares the structure with the catalog. Errors: ROWS_INCOMPLETE (also for a table of which no rows
   * were given, not even none), STRUCTURE_DIFFERS, DATABASE_*.
   */
  async verify(): Promise<void> {
    const tables = this.#tables ?? [];
    const missing = this.#catalog!.tables.filter(({ name }) => !tables.some((table) => table.name === name));
    if (missing.length > 0) {
      throw new OxbowError(
        'ROWS_INCOMPLETE',
        `The snapshot has no rows of ${missing.map(({ name }) => name).join(', ')}. Nothing was changed.`,
        {
          hint: 'Check the vault, or choose another snapshot.',
        },
      );
    }
    this.#context.progress({ phase: 'verifying', done: 0, unit: 'steps' });
    try {
      await this.#sessions!.run(tables.map((table) => countTask(this.#next, table)));
      assertSameStructure(this.#catalog!, await readCatalog(this.#client!, this.#next));
    } catch (error) {
      throw this.#known(databaseError(error, 'verifying the new site'));
    }
  }

  /**
   * Puts the new site into place. Errors: CANCELLED, SITE_IN_USE, DISK_FULL, DATABASE_* (nothing was changed), RESTORE_UNCERTAIN and
   * RESTORE_UNFINISHED (the next command on the site settles it).
   */
  async commit(): Promise<void> {
    throwIfCancelled(this.#context);
    const client = this.#client!;
    await this.#sessions?.close();
    const journal: Journal = {
      id: this.#id,
      kind: 'site',
      removesFiles: false,
      entries: (await readdir(join(restoreFolder(this.#site.home, this.#id), 'home'))).map((name) => ({ name, comes: true })),
      beside: this.#roots!.beside,
      ...(this.#target === 'empty' ? { isFirst: true } : {}),
    };
    try {
      await writeJournal(this.#site.home, journal, { isFlushed: true });
      await client.query(`BEGIN; SET LOCAL synchronous_commit = on; SET LOCAL lock_timeout = '${lockTimeout}'`);
      if (this.#options.stagingCopy) this.#changes = await makeStagingCopy(client, this.#next, this.#options.stagingCopy);
      await this.#swap(client);
      await recordDecision(client, journal);
      throwIfCancelled(this.#context);
      this.#stopWatching();
      this.#mayBeDecided = true;
      await client.query('COMMIT');
    } catch (error) {
      throw commitError(error, 'putting the new site into place', this.#site.name, this.#mayBeDecided);
    }
    await finish(client, this.#site, journal);
    if (this.#target === 'empty') await this.#warnKept();
    this.#context.progress({ phase: 'done', done: 1, total: 1, unit: 'steps' });
    await this.#end();
  }

  /** Leaves the target as it was before begin(). What cannot be removed now (the database is gone) is removed by the next command on it. */
  async abort(): Promise<void> {
    this.#stopWatching();
    await this.#sessions?.close();
    if (this.#isOurs && !this.#mayBeDecided) {
      const { home } = this.#site;
      const folder = restoreFolder(home, this.#id);
      await this.#client?.query('ROLLBACK').catch(() => {});
      await this.#dropSchema();
      await this.#files?.remove();
      await removeBeside(join(folder, besideList), this.#id);
      await rm(folder, { recursive: true, force: true });
      if (this.#madeHome) await removeMadeHome(home, this.#madeHome);
    }
    await this.#end();
  }

  /** Through a session of its own: the order to cancel may reach the other one late, and would cancel this. */
  async #dropSchema(): Promise<void> {
    const client = await connect(this.#site).catch(() => null);
    if (!client) return;
    await client
      .query(`SET lock_timeout = '${lockTimeout}'`)
      .then(() => dropUnfinished(client, this.#id))
      .catch(() => {});
    await client.end().catch(() => {});
  }

  /** In an empty database nothing is kept: the schema that would keep it goes again. */
  async #swap(client: pg.Client): Promise<void> {
    const { schema } = this.#site;
    const previous = beforeSchemaPrefix + this.#id;
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdent(schema)}`);
    await letOwnersIn(client, this.#next, schema);
    await swapSchemas(client, { live: schema, next: this.#next, previous });
    if (this.#target === 'empty') await client.query(`DROP SCHEMA ${quoteIdent(previous)} RESTRICT`);
  }

  /** Where no site was, no command will ever come back to what was in the home. */
  async #warnKept(): Promise<void> {
    for (const folder of [attachmentsBefore(this.#site.home, this.#id), homeBefore(this.#site.home, this.#id)]) {
      const names = await readdir(folder).catch(() => []);
      if (names.length === 0) continue;
      this.#context.warn({
        code: 'HOME_FILES_KEPT',
        message: 'the home directory was not empty: what the snapshot replaced was put here',
        object: folder,
      });
    }
  }

  async #end(): Promise<void> {
    this.#stopWatching();
    await this.#client?.end().catch(() => {});
    this.#client = null;
  }

  /** Loading and staging may run at the same time: the first that fails ends the other, which then says the same. */
  #fail(error: unknown): unknown {
    this.#failure ??= { error: this.#known(error) };
    this.#sessions?.stop();
    this.#files?.stop();
    return this.#failure.error;
  }

  /** Work that was cancelled fails in many ways, all of which mean that. */
  #known(error: unknown): unknown {
    if (!this.#context.signal.aborted) return error;
    return new OxbowError('CANCELLED', 'Cancelled: nothing was changed.', { cause: error });
  }
}

/** PostgreSQL checks a foreign key with the rights of the owner of the table: one who cannot use the schema could not write into it. */
async function letOwnersIn(client: pg.Client, next: string, live: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT pg_get_userbyid(c.relowner)::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND NOT has_schema_privilege(c.relowner, $2, 'USAGE')`,
    [next, live],
  );
  for (const { name } of rows) await client.query(`GRANT USAGE, CREATE ON SCHEMA ${quoteIdent(live)} TO ${quoteIdent(name)}`);
}
