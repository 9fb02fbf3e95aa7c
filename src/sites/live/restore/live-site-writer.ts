import type pg from 'pg';
import { OxbowError } from '#base/errors.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import { xmlOnlyColumns } from '#model/model.ts';
import type { AttachmentFile, RowBatch, SiteDescription, SiteWriter, TableDescription } from '#model/site.ts';
import { keptTables, tableModel } from '#model/table-model.ts';
import { cancelOnAbort, connect, type LiveSite } from '../connection.ts';
import { databaseError } from '../postgres-error.ts';
import { assertConfluence } from '../reader/live-site-reader.ts';
import { type Catalog, quoteIdent, readCatalog } from '../schema/catalog.ts';
import { addIndexesAndConstraints, addTriggers, createTables } from '../schema/clone-structure.ts';
import { swapSchemas } from '../schema/swap-schemas.ts';
import { addAppForeignKeys, createAppTable } from './app-tables.ts';
import { AttachmentStage } from './attachment-stage.ts';
import { moveIdGenerator, moveSequences, rebuildAncestors } from './derived-rows.ts';
import { commitError, finish } from './finish-restore.ts';
import { addPlaceholders, mendRows } from './mend-rows.ts';
import { recordDecision, recoverInterrupted, takeRestoreLock, writeJournal } from './restore-journal.ts';
import { RestoreLedger } from './restore-ledger.ts';
import { restoredFiles } from './restored-files.ts';
import { skipTable } from './skip-table.ts';
import { Stage } from './stage.ts';

const nextSchema = 'oxbow_next';
/** How long the swap waits for the locks of other sessions. A Confluence that still runs holds them only for moments. */
const lockTimeout = '60s';

/** The schema that keeps the site as it was before a restore. */
export const beforeSchemaPrefix = 'oxbow_before_';

/**
 * Replaces a live site: builds the new one in a schema beside the old, then swaps the two in the one transaction in which everything
 * happened; attachments go to a tree of their own that is renamed into place. Until the commit the site is as it was, whatever happens.
 * The old site stays in the schema `oxbow_before_<id>` and the folder `attachments-before-<id>`.
 */
export class LiveSiteWriter implements SiteWriter {
  readonly ledger: RestoreLedger;
  readonly #site: LiveSite;
  readonly #id: string;
  readonly #context: RunContext;
  #client: pg.Client | null = null;
  #stopWatching: () => void = () => {};
  #catalog: Catalog | null = null;
  #stage: Stage | null = null;
  #attachments: AttachmentStage | null = null;
  /** From the COMMIT on, only the database knows whether the restore has happened: its folder must stay. */
  #mayBeDecided = false;
  #files: Awaited<ReturnType<typeof restoredFiles>> | null = null;
  #description: SiteDescription | null = null;
  #loaded = 0;
  #prepared = false;

  /** `id` names the restore: letters, digits and underscores. */
  constructor(site: LiveSite, id: string, context: RunContext) {
    this.#site = site;
    this.#id = id;
    this.#context = context;
    this.ledger = new RestoreLedger(context.warn);
  }

  /** Files written for the new site. */
  get attachments(): { files: number; bytes: number } {
    return this.#attachments?.written ?? { files: 0, bytes: 0 };
  }

  /** The schema that keeps the site as it was. */
  get previous(): string {
    return beforeSchemaPrefix + this.#id;
  }

  async begin(description: SiteDescription): Promise<void> {
    this.#description = description;
    const client = await connect(this.#site);
    this.#client = client;
    this.#stopWatching = cancelOnAbort(client, this.#site, this.#context.signal);
    await recoverInterrupted(client, this.#site);
    if (!(await takeRestoreLock(client))) throw busy(this.#site.name);
    const catalog = await readCatalog(client, this.#site.schema);
    assertConfluence(this.#site, catalog);
    this.#catalog = catalog;
    try {
      await client.query(
        `BEGIN; SET LOCAL synchronous_commit = on; SET LOCAL maintenance_work_mem = '256MB'; SET LOCAL work_mem = '64MB'; SET LOCAL jit = off`,
      );
      // A restore that was killed rolled back with its transaction; only a hand could have left the schema behind.
      await client.query(`DROP SCHEMA IF EXISTS ${nextSchema} CASCADE; CREATE SCHEMA ${nextSchema}`);
      await createTables(client, catalog, nextSchema, { notNull: false });
      for (const table of description.tables) if (this.#isNewAppTable(table)) await createAppTable(client, nextSchema, table);
    } catch (error) {
      throw databaseError(error, 'preparing the new site');
    }
    this.#stage = new Stage(client, nextSchema, catalog, this.ledger);
    this.#attachments = await AttachmentStage.create(this.#site.home, this.#id);
    this.#files = await restoredFiles(this.#stage);
  }

  async writeRows(table: string, batches: AsyncIterable<RowBatch>): Promise<void> {
    const description = this.#description!.tables.find((t) => t.name === table)!;
    const known = this.#catalog!.tables.some((t) => t.name === table) || this.#isNewAppTable(description);
    if (!known) return skipTable(description, batches, this.ledger, 'this version of Confluence has no table for it');
    await this.#stage!.load(description, batches, (count) => {
      throwIfCancelled(this.#context);
      this.#loaded += count;
      this.#context.progress({ phase: 'loading rows', done: this.#loaded, unit: 'records' });
    });
  }

  async writeAttachment(file: AttachmentFile): Promise<void> {
    throwIfCancelled(this.#context);
    await this.#files!.add(file);
    await this.#attachments!.add(file, file.attachmentId);
    this.#context.progress({ phase: 'copying attachments', done: this.#attachments!.written.files, unit: 'files' });
  }

  /** Mends the rows and builds the new site, without touching the old one: after it, only commit() or abort() are left. */
  async prepare(): Promise<void> {
    if (this.#prepared) return;
    this.#prepared = true;
    const client = this.#client!;
    const stage = this.#stage!;
    const catalog = this.#catalog!;
    try {
      await this.#attachments!.settle();
      await this.#files!.finish();
      await this.#step('checking rows', () => this.#keepTables());
      await this.#step('checking rows', () => addPlaceholdersForFiles(stage));
      await this.#step('checking rows', () => mendRows(stage, () => null));
      await this.#files!.report();
      await stage.dropExtraColumns((table, column) => xmlOnlyColumns(table).includes(column) && stage.has('cwd_user'));
      await this.#step('rebuilding the page tree', () => rebuildAncestors(client, nextSchema));
      await client.query(`ANALYZE ${nextSchema}.confancestors`);
      const { rows } = await client.query<{ next_hi: string | null }>(
        `SELECT max(next_hi)::text AS next_hi FROM ${quoteIdent(this.#site.schema)}.hibernate_unique_key`,
      );
      await moveIdGenerator(
        client,
        nextSchema,
        catalog.tables.map((table) => table.name),
        rows[0].next_hi,
      );
      await addIndexesAndConstraints(client, catalog, nextSchema, (step) => {
        throwIfCancelled(this.#context);
        this.#context.progress({ phase: 'building indexes', done: step.done, total: step.total, unit: 'steps' });
      });
      const newAppTables = this.#description!.tables.filter((table) => this.#isNewAppTable(table));
      await addAppForeignKeys(client, nextSchema, newAppTables, (table, column) => {
        this.ledger.note(
          'REFERENCE_DROPPED',
          'its foreign key does not hold in the backup and was left to the app',
          `${table}.${column}`,
        );
      });
      await moveSequences(client, nextSchema, await readCatalog(client, nextSchema));
      await addTriggers(client, catalog, nextSchema);
      for (const table of stage.filled) this.ledger.persisted(table, await stage.count(table));
    } catch (error) {
      throw databaseError(error, 'building the new site');
    }
  }

  async commit(): Promise<void> {
    await this.prepare();
    throwIfCancelled(this.#context);
    const client = this.#client!;
    const journal = { id: this.#id, kind: 'site' as const, removesFiles: false };
    try {
      await writeJournal(this.#site.home, journal);
      await client.query(`SET LOCAL lock_timeout = '${lockTimeout}'`);
      await swapSchemas(client, { live: this.#site.schema, next: nextSchema, previous: beforeSchemaPrefix + this.#id });
      await recordDecision(client, journal);
      throwIfCancelled(this.#context);
      this.#stopWatching();
      this.#mayBeDecided = true;
      await client.query('COMMIT');
    } catch (error) {
      throw commitError(error, 'putting the new site into place', this.#site.name, this.#mayBeDecided);
    }
    await finish(client, this.#site, journal);
    this.#context.progress({ phase: 'done', done: 1, total: 1, unit: 'steps' });
    await this.#end();
  }

  async abort(): Promise<void> {
    this.#stopWatching();
    if (!this.#mayBeDecided) await this.#attachments?.remove();
    await this.#client?.query('ROLLBACK').catch(() => {});
    await this.#end();
  }

  async #end(): Promise<void> {
    this.#stopWatching();
    await this.#client?.end().catch(() => {});
    this.#client = null;
  }

  async #step(phase: string, work: () => Promise<void>): Promise<void> {
    throwIfCancelled(this.#context);
    this.#context.progress({ phase, done: 0, unit: 'steps' });
    await work();
  }

  #isNewAppTable(table: TableDescription): boolean {
    return table.definition !== undefined && !tableModel(table.name) && !this.#catalog!.tables.some((t) => t.name === table.name);
  }

  /** Takes over the tables that no XML backup holds. */
  async #keepTables(): Promise<void> {
    for (const table of keptTables) {
      if (!this.#catalog!.tables.some((t) => t.name === table) || this.#stage!.has(table)) continue;
      await this.#client!.query(
        `INSERT INTO ${nextSchema}.${quoteIdent(table)} SELECT * FROM ${quoteIdent(this.#site.schema)}.${quoteIdent(table)}`,
      );
    }
  }
}

export function busy(name: string): OxbowError {
  return new OxbowError('RESTORE_BUSY', `Another restore into '${name}' is running.`, {
    hint: 'Wait until it has finished, then start this one again.',
  });
}

/** Files of attachments that the backup does not describe: an attachment in the trash keeps each of them. */
export async function addPlaceholdersForFiles(stage: Stage): Promise<void> {
  const container = `(SELECT f.container FROM ${stage.table('restored_files')} f WHERE f.attachment::text = i.id LIMIT 1)`;
  await addPlaceholders(
    stage,
    'content',
    `SELECT f.attachment::text AS id FROM ${stage.table('restored_files')} f
     WHERE NOT EXISTS (SELECT FROM ${stage.table('content')} c WHERE c.contentid = f.attachment)`,
    {
      contenttype: 'ATTACHMENT',
      title: 'Missing attachment $id',
      lowertitle: 'missing attachment $id',
      pageid: `sql:${container}`,
    },
  );
}
