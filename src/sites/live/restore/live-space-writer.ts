import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { OxbowError } from '#base/errors.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import type { AttachmentFile, RowBatch, SiteDescription, SiteWriter } from '#model/site.ts';
import { tableModel, tableModels } from '#model/table-model.ts';
import { cancelOnAbort, connect, type LiveSite } from '../connection.ts';
import { databaseError } from '../postgres-error.ts';
import { assertConfluence } from '../reader/live-site-reader.ts';
import { createMemberTables, SpaceMembers } from '../reader/space-members.ts';
import { type Catalog, quoteIdent, readCatalog } from '../schema/catalog.ts';
import { createTables } from '../schema/clone-structure.ts';
import { AttachmentStage } from './attachment-stage.ts';
import { moveIdGenerator, moveSequences, rebuildAncestors } from './derived-rows.ts';
import { commitError, finish } from './finish-restore.ts';
import { inlineTasks, insertInlineTasks } from './inline-tasks.ts';
import { insertStaged } from './insert-staged.ts';
import { addPlaceholdersForFiles, busy } from './live-site-writer.ts';
import { type GroupMappingLine, type GroupMatch, mapGroups, namedGroups } from './match-groups.ts';
import { matchUsers, reportUnmatchedRestrictions, type UserMappingLine, type UserMatchRow } from './match-users.ts';
import { mendRows, stagedTables } from './mend-rows.ts';
import { renumber } from './renumber.ts';
import { removeSpaces } from './replace-space.ts';
import { recordDecision, recoverInterrupted, restoreFolder, takeRestoreLock, writeJournal } from './restore-journal.ts';
import { RestoreLedger } from './restore-ledger.ts';
import { restoredFiles } from './restored-files.ts';
import { rewriteBodies } from './rewrite-bodies.ts';
import { skipTable } from './skip-table.ts';
import { Stage } from './stage.ts';

const stageSchema = 'oxbow_stage';

/** What happens to one space of the backup. */
export interface SpacePlan {
  key: string;
  name: string | null;
  action: 'restore' | 'replace' | 'skip';
  /** The key under which it is restored, where it is another. */
  as?: string;
  reason?: string;
}

export interface SpaceWriterOptions {
  /** What to do with each space of the backup, by key. */
  spaces: SpacePlan[];
  users: UserMappingLine[];
  groups: GroupMappingLine[];
}

/**
 * Adds spaces to a live site: rows are staged, matched with the site, renumbered where ids are taken, checked, and inserted in one
 * transaction. Attachments wait in the folder of the restore until it has committed.
 */
export class LiveSpaceWriter implements SiteWriter {
  readonly ledger: RestoreLedger;
  readonly #site: LiveSite;
  readonly #id: string;
  readonly #options: SpaceWriterOptions;
  readonly #context: RunContext;
  #client: pg.Client | null = null;
  #stopWatching: () => void = () => {};
  #catalog: Catalog | null = null;
  #stage: Stage | null = null;
  #files: Awaited<ReturnType<typeof restoredFiles>> | null = null;
  #attachments: AttachmentStage | null = null;
  /** From the COMMIT on, only the database knows whether the restore has happened: its folder must stay. */
  #mayBeDecided = false;
  #description: SiteDescription | null = null;
  #loaded = 0;
  #removesFiles = false;
  #planned = { files: 0, bytes: 0 };

  constructor(site: LiveSite, id: string, options: SpaceWriterOptions, context: RunContext) {
    this.#site = site;
    this.#id = id;
    this.#options = options;
    this.#context = context;
    this.ledger = new RestoreLedger(context.warn);
  }

  /** Files written, or counted by planAttachment. */
  get attachments(): { files: number; bytes: number } {
    const { files, bytes } = this.#attachments?.written ?? { files: 0, bytes: 0 };
    return { files: files + this.#planned.files, bytes: bytes + this.#planned.bytes };
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
      await createMemberTables(client);
      await client.query(`BEGIN; SET LOCAL synchronous_commit = on; SET LOCAL work_mem = '64MB'; SET LOCAL jit = off`);
      await client.query(`DROP SCHEMA IF EXISTS ${stageSchema} CASCADE; CREATE SCHEMA ${stageSchema}`);
      await createTables(client, catalog, stageSchema, { notNull: false });
    } catch (error) {
      throw databaseError(error, 'preparing the restore');
    }
    this.#stage = new Stage(client, stageSchema, catalog, this.ledger);
    this.#files = await restoredFiles(this.#stage);
  }

  async writeRows(table: string, batches: AsyncIterable<RowBatch>): Promise<void> {
    const description = this.#description!.tables.find((t) => t.name === table)!;
    const inSite = this.#catalog!.tables.some((t) => t.name === table);
    if (!inSite || !(tableModel(table) || table === inlineTasks)) {
      const reason = inSite ? 'data of apps is restored with a whole site only' : 'this site has no table for it';
      return skipTable(description, batches, this.ledger, reason);
    }
    await this.#stage!.load(description, batches, (count) => {
      throwIfCancelled(this.#context);
      this.#loaded += count;
      this.#context.progress({ phase: 'loading rows', done: this.#loaded, unit: 'records' });
    });
  }

  /** First pass over the attachments, before prepare(): only their names. */
  async nameAttachment(file: AttachmentFile): Promise<void> {
    await this.#files!.add(file);
  }

  /** Matches, mends and renumbers the staged rows. Nothing of the site has changed afterwards. */
  async prepare(): Promise<void> {
    const stage = this.#stage!;
    const schema = this.#site.schema;
    try {
      await this.#files!.finish();
      await this.#step('selecting spaces', () => this.#select());
      await this.#step('checking rows', () => addPlaceholdersForFiles(stage));
      await mapGroups(stage, schema, this.#options.groups);
      const userInSite = `EXISTS (SELECT FROM ${quoteIdent(schema)}.user_mapping u WHERE u.user_key = $id)`;
      await this.#step('checking rows', () => mendRows(stage, (table) => (table === 'user_mapping' ? userInSite : null)));
      await this.#step('matching users', () => matchUsers(stage, schema, this.#options.users));
      await this.#files!.report({ keep: true });
      await reportUnmatchedRestrictions(stage);
      await this.#step('removing the spaces to replace', () => this.#removeReplaced());
      await this.#step('numbering', async () => {
        const renumbered = await renumber(stage, schema);
        if (renumbered > 0)
          this.ledger.note('RENUMBERED', `${renumbered} records got new ids, because the site has theirs already`);
      });
      await this.#rename();
      const renames = this.#options.spaces
        .filter((space) => space.as && space.action !== 'skip')
        .map((space) => ({ from: space.key, to: space.as! }));
      await this.#step('rewriting links', async () => void (await rewriteBodies(stage, renames)));
      await stage.dropExtraColumns((table, column) => table === 'user_mapping' && column === 'email');
    } catch (error) {
      throw databaseError(error, 'preparing the restore');
    }
  }

  async users(): Promise<UserMatchRow[]> {
    return this.#stage!.query<UserMatchRow>(
      `SELECT key, name, email, site_key, by FROM ${this.#stage!.table('user_match')} ORDER BY by, name COLLATE "C", key COLLATE "C" LIMIT 100000`,
    );
  }

  async groups(): Promise<GroupMatch[]> {
    return namedGroups(this.#stage!, this.#site.schema);
  }

  /** How many rows of each table would be inserted. */
  async countStaged(): Promise<void> {
    const stage = this.#stage!;
    for (const table of stagedTables(stage)) this.ledger.persisted(table, await stage.count(table));
    if (!stage.has(inlineTasks)) return;
    const ofContent = `EXISTS (SELECT FROM ${stage.table('content')} c LEFT JOIN ${stage.table('id_map')} m ON m.name = 'content' AND m.new = c.contentid
      WHERE t."CONTENT_ID" = coalesce(m.old, c.contentid))`;
    this.ledger.persisted(inlineTasks, await stage.count(inlineTasks, ofContent));
  }

  /** Second pass over the attachments, after prepare(): their bytes, under the ids that they have in the site. */
  async writeAttachment(file: AttachmentFile): Promise<void> {
    throwIfCancelled(this.#context);
    this.#attachments ??= await AttachmentStage.create(this.#site.home, this.#id);
    const id = await this.#idInSite(file);
    if (id === null) return;
    await this.#attachments.add(file, id);
    this.#context.progress({ phase: 'copying attachments', done: this.#attachments.written.files, unit: 'files' });
  }

  /** Second pass of a dry run: counts what writeAttachment would write. */
  async planAttachment(file: AttachmentFile): Promise<void> {
    throwIfCancelled(this.#context);
    if ((await this.#idInSite(file)) === null) return;
    this.#planned.files++;
    this.#planned.bytes += file.size ?? 0;
  }

  /** null: its attachment is not restored. */
  async #idInSite(file: AttachmentFile): Promise<string | null> {
    const [row] = await this.#stage!.query<{ id: string }>(
      `SELECT coalesce(m.new, $1::bigint)::text AS id FROM (SELECT 1) x
       LEFT JOIN ${this.#stage!.table('id_map')} m ON m.name = 'content' AND m.old = $1::bigint
       WHERE EXISTS (SELECT FROM ${this.#stage!.table('content')} c WHERE c.contentid = coalesce(m.new, $1::bigint))`,
      [file.attachmentId],
    );
    return row?.id ?? null;
  }

  async commit(): Promise<void> {
    const client = this.#client!;
    const stage = this.#stage!;
    const { schema, home } = this.#site;
    this.#attachments ??= await AttachmentStage.create(home, this.#id);
    const journal = { id: this.#id, kind: 'space' as const, removesFiles: this.#removesFiles };
    try {
      await this.#attachments.settle();
      await this.#step('writing rows', () => insertStaged(stage, schema));
      await insertInlineTasks(stage, schema);
      const mine = `c.contentid IN (SELECT contentid FROM ${stage.table('content')})`;
      await rebuildAncestors(client, schema, mine);
      const tables = this.#catalog!.tables.map((table) => table.name);
      await moveIdGenerator(client, schema, tables, await this.#nextBlock());
      await client.query(`DROP SCHEMA ${stageSchema} CASCADE`);
      await moveSequences(client, schema, await readCatalog(client, schema));
      await writeJournal(home, journal);
      await recordDecision(client, journal);
      throwIfCancelled(this.#context);
      this.#stopWatching();
      this.#mayBeDecided = true;
      await client.query('COMMIT');
    } catch (error) {
      throw commitError(error, 'writing the spaces', this.#site.name, this.#mayBeDecided);
    }
    await finish(client, this.#site, journal);
    await this.#end();
  }

  async abort(): Promise<void> {
    this.#stopWatching();
    await this.#client?.query('ROLLBACK').catch(() => {});
    if (!this.#mayBeDecided) await this.#attachments?.remove();
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

  async #nextBlock(): Promise<string | null> {
    const { rows } = await this.#client!.query<{ next_hi: string | null }>(
      `SELECT max(next_hi)::text AS next_hi FROM ${quoteIdent(this.#site.schema)}.hibernate_unique_key`,
    );
    return rows[0].next_hi;
  }

  /** Leaves out what is not wanted: spaces that are skipped, and everything that belongs to a site and not to a space. */
  async #select(): Promise<void> {
    const stage = this.#stage!;
    const isSite = this.#description!.scope === 'site';
    for (const model of tableModels) {
      if (model.membership || !stage.has(model.name)) continue;
      // In a site backup they are simply not selected; in a space backup they are out of place.
      if (isSite) await this.#client!.query(`DELETE FROM ${stage.table(model.name)}`);
      else await stage.skip(model.name, 'true', 'it belongs to the whole site, not to a space');
    }
    if (isSite && stage.has('spacepermissions'))
      await this.#client!.query(`DELETE FROM ${stage.table('spacepermissions')} t WHERE t.spaceid IS NULL`);
    else if (stage.has('spacepermissions'))
      await stage.skip('spacepermissions', 't.spaceid IS NULL', 'a global permission is never restored with a space');
    const skipped = this.#options.spaces.filter((space) => space.action === 'skip');
    const all = await stage.query<{ id: string; key: string }>(
      `SELECT spaceid::text AS id, spacekey AS key FROM ${stage.table('spaces')}`,
    );
    if (stage.has('bandana')) {
      const keys = all.map((space) => space.key);
      await stage.client.query(`CREATE TABLE ${stage.table('space_keys')} AS SELECT unnest($1::text[]) AS key`, [keys]);
      const inSpace = `EXISTS (SELECT FROM ${stage.table('space_keys')} k WHERE k.key = t.bandanacontext)`;
      if (isSite) await stage.client.query(`DELETE FROM ${stage.table('bandana')} t WHERE NOT ${inSpace}`);
      else await stage.skip('bandana', `NOT ${inSpace}`, 'a setting of the whole site is never restored with a space');
    }
    if (skipped.length === 0 && !isSite) return;
    const wanted = all.filter((space) => !skipped.some((s) => s.key === space.key));
    await createMemberTables(this.#client!);
    const selection = { spaces: { ids: wanted.map((s) => s.id), keys: wanted.map((s) => s.key) }, history: true, trash: true };
    const members = new SpaceMembers(
      stageSchema,
      selection,
      this.#catalog!.tables.map((table) => table.name),
    );
    await members.fill(this.#client!);
    for (const table of [...stagedTables(stage)].sort((a, b) => Number(isReferred(b)) - Number(isReferred(a)))) {
      const condition = members.condition(tableModel(table)!);
      if (condition && table !== 'spaces' && table !== 'content') await this.#keepOnly(table, condition);
    }
    await this.#keepOnly('content', members.condition(tableModel('content')!)!);
    await this.#keepOnly('spaces', `t.spaceid = ANY(ARRAY[${wanted.map((s) => s.id).join(',')}]::bigint[])`);
    await this.#client!.query(
      `DELETE FROM ${stage.table('restored_files')} f WHERE NOT EXISTS (SELECT FROM ${stage.table('content')} c WHERE c.contentid = f.attachment)`,
    );
  }

  async #keepOnly(table: string, condition: string): Promise<void> {
    if (this.#stage!.has(table))
      await this.#client!.query(`DELETE FROM ${this.#stage!.table(table)} t WHERE NOT coalesce(${condition}, false)`);
  }

  async #removeReplaced(): Promise<void> {
    const keys = this.#options.spaces
      .filter((space) => space.action === 'replace')
      .map((space) => (space.as ?? space.key).toLowerCase());
    if (keys.length === 0) return;
    const { rows } = await this.#client!.query<{ id: string; key: string }>(
      `SELECT spaceid::text AS id, spacekey AS key FROM ${quoteIdent(this.#site.schema)}.spaces WHERE lowerspacekey = ANY($1::text[])`,
      [keys],
    );
    this.#attachments ??= await AttachmentStage.create(this.#site.home, this.#id);
    this.#removesFiles = true;
    const list = join(restoreFolder(this.#site.home, this.#id), 'removed.txt');
    const spaces = { ids: rows.map((row) => row.id), keys: rows.map((row) => row.key) };
    await removeSpaces(this.#stage!, this.#site.schema, spaces, async (folders) => {
      await appendFile(list, `${folders.join('\n')}\n`, { flush: true });
    });
  }

  /** Gives spaces their new keys, in every row that holds one. */
  async #rename(): Promise<void> {
    const stage = this.#stage!;
    const set = async (table: string, column: string, lower: string | null, from: string, to: string) => {
      if (!stage.has(table)) return;
      await stage.client.query(
        `UPDATE ${stage.table(table)} t SET ${column} = $2::text${lower ? `, ${lower} = lower($2::text)` : ''} WHERE lower(t.${column}) = lower($1::text)`,
        [from, to],
      );
    };
    for (const space of this.#options.spaces) {
      if (!space.as || space.action === 'skip') continue;
      if (!/^~?[A-Za-z0-9]{1,255}$/.test(space.as)) {
        throw new OxbowError('SPACE_KEY_INVALID', `'${space.as}' cannot be the key of a space.`, {
          hint: 'A key has letters and digits only.',
        });
      }
      await set('spaces', 'spacekey', 'lowerspacekey', space.key, space.as);
      await set('bandana', 'bandanacontext', null, space.key, space.as);
      await set('links', 'destspacekey', 'lowerdestspacekey', space.key, space.as);
      await set('content', 'draftspacekey', null, space.key, space.as);
    }
  }
}

/** Rows that others refer to are found through them, so they are judged first. */
function isReferred(table: string): boolean {
  const by = tableModel(table)?.membership?.by;
  return by === 'referrers' || by === 'parent' || by === 'content';
}
