import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunContext } from '#base/run-context.ts';
import { batchLines, decodeRow } from '#model/copy-text.ts';
import { classOfRow, modelColumns } from '#model/model.ts';
import type { AttachmentFile, RowBatch, SiteDescription, SiteReader, SpaceSummary, TableDescription } from '#model/site.ts';
import { tableModels } from '#model/table-model.ts';
import { userKeyOfName } from '#model/user-key.ts';
import type { XmlObject } from '../scan/xml-object.ts';
import { type BackupEntry, type BackupSource, openBackupSource } from '../zip/backup-source.ts';
import { inlineTasksEntry } from './inline-tasks.ts';
import { type KeptProperties, keptObjects, keptProperties } from './kept-objects.ts';
import { MappingReport } from './mapping-report.ts';
import { pluginDataEntry } from './plugin-data.ts';
import { type ReadState, readBackup, type Truncation, type XmlReaderOptions } from './read-backup.ts';
import { columnIndex, type MergeProblem, RowSpool } from './row-spool.ts';
import type { XmlFacts } from './xml-facts.ts';

/**
 * Reads an XML backup of any dialect as a site. Opening it reads entities.xml once, front to back, into sorted runs of rows on disk
 * (memory: `memoryBytes` plus one object); afterwards every table is read back in key order, as often as wanted.
 */
export class XmlSiteReader implements SiteReader {
  readonly facts: XmlFacts;
  readonly report: MappingReport;
  /** Only a reader that salvages can have one. */
  readonly truncation: Truncation | null;
  readonly #source: BackupSource;
  readonly #spool: RowSpool;
  readonly #folder: string;
  readonly #appTables: TableDescription[];
  readonly #context: RunContext;
  readonly #reported = new Set<string>();

  private constructor(state: ReadState, facts: XmlFacts) {
    this.facts = facts;
    this.report = state.report;
    this.truncation = state.truncation;
    this.#source = state.source;
    this.#spool = state.spool;
    this.#folder = state.folder;
    this.#appTables = state.appTables;
    this.#context = state.context;
  }

  /** Errors: those of openBackupSource, of scanObjects, BACKUP_NO_DESCRIPTOR. */
  static async open(path: string, options: XmlReaderOptions, context: RunContext): Promise<XmlSiteReader> {
    const source = await openBackupSource(path);
    const folder = await mkdtemp(join(context.workFolder, 'xml-'));
    try {
      const spool = new RowSpool(folder, options.memoryBytes);
      const state: ReadState = {
        source,
        folder,
        spool,
        report: new MappingReport(context.warn),
        appTables: [],
        truncation: null,
        context,
      };
      for (const problem of source.problems) context.warn(problem);
      const reader = new XmlSiteReader(state, await readBackup(state, options));
      // A table without rows is never read, but what collections name of it is missing all the same.
      for (const table of spool.patchedTables()) for await (const _ of reader.rows(table));
      return reader;
    } catch (error) {
      await source.close();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async describe(): Promise<SiteDescription> {
    const filled = new Set(this.#spool.tables());
    const tables: TableDescription[] = tableModels
      .filter((table) => filled.has(table.name))
      .map((table) => ({ name: table.name, columns: modelColumns(table.name) }));
    const { facts } = this;
    return {
      kind: 'xml-backup',
      scope: facts.kind,
      productVersion: facts.createdByVersion,
      buildNumber: facts.createdByBuild,
      compatibleBuildNumber: facts.compatibleBuild,
      source: facts.source,
      tables: [...tables, ...this.#appTables],
      spaces: await this.#spaces(),
    };
  }

  /** Rows that the backup holds of the table, before duplicates are merged. */
  rowCount(table: string): number {
    return this.#spool.count(table);
  }

  /** Objects (or rows of apps) that are read in all, for progress. */
  get totalRows(): number {
    return this.#spool.tables().reduce((sum, table) => (table.includes(':') ? sum : sum + this.#spool.count(table)), 0);
  }

  async *rows(table: string): AsyncGenerator<RowBatch> {
    const first = !this.#reported.has(table);
    this.#reported.add(table);
    yield* this.#spool.rows(table, (problem) => {
      if (first) this.#mergeProblem(problem);
    });
  }

  async *attachments(): AsyncGenerator<AttachmentFile> {
    for await (const entry of this.#source.entries()) {
      const match = /^attachments\/(\d+)\/(\d+)(?:\/(\d+))?$/.exec(entry.name);
      if (match) yield attachmentFile(entry, match);
    }
  }

  /** All entries, those that Oxbow knows included. */
  entries(): AsyncIterable<BackupEntry> {
    return this.#source.entries();
  }

  /** Objects of classes that the model does not know, whole. */
  unknownObjects(): AsyncGenerator<XmlObject> {
    return keptObjects(this.#spool);
  }

  /** Properties that the model has no column for, with their values. */
  unmappedProperties(): AsyncGenerator<KeptProperties> {
    return keptProperties(this.#spool);
  }

  /** Entries that are none of those Oxbow knows (configuration of very old versions, data of apps in other forms). */
  async *otherEntries(): AsyncGenerator<BackupEntry> {
    const known = new Set(['entities.xml', 'exportDescriptor.properties', pluginDataEntry, inlineTasksEntry]);
    for await (const entry of this.#source.entries()) {
      if (!known.has(entry.name) && !/^attachments\/\d+\/\d+(\/\d+)?$/.test(entry.name)) yield entry;
    }
  }

  async close(): Promise<void> {
    await this.#spool.dispose();
    await this.#source.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #spaces(): Promise<SpaceSummary[]> {
    const at = (column: string) => columnIndex('spaces', column);
    const spaces: SpaceSummary[] = [];
    for await (const batch of this.rows('spaces')) {
      for (const line of batchLines(batch.data)) {
        const row = decodeRow(line);
        const key = row[at('spacekey')];
        if (key) spaces.push({ id: row[at('spaceid')]!, key, name: row[at('spacename')], type: row[at('spacetype')] });
      }
    }
    return spaces;
  }

  #mergeProblem(problem: MergeProblem): void {
    if (problem.table.startsWith('AO_')) return;
    const discriminator = problem.row && problem.table === 'content' ? problem.row[columnIndex('content', 'contenttype')] : null;
    const model = classOfRow(problem.table, discriminator);
    const title = model?.titleColumn ? problem.row?.[columnIndex(problem.table, model.titleColumn)] : null;
    const object = `${model?.className ?? problem.table} ${problem.key.replaceAll('\t', '/')}${title ? ` '${title}'` : ''}`;
    if (problem.code === 'DUPLICATE_RECORD') {
      if (
        problem.table === 'user_mapping' &&
        problem.key === userKeyOfName(problem.row?.[columnIndex('user_mapping', 'username')] ?? '')
      )
        return;
      this.#context.warn({ code: 'DUPLICATE_RECORD', message: 'written twice and differently; the last was kept', object });
    } else {
      this.#context.warn({
        code: 'MISSING_RECORD',
        message: 'a collection of the backup names it, but it is not in the backup',
        object,
      });
    }
  }
}

function attachmentFile(entry: BackupEntry, match: RegExpExecArray): AttachmentFile {
  // Backups of 2006 and before have no version level.
  return { containerId: match[1], attachmentId: match[2], version: match[3] ?? '1', size: entry.size, open: () => entry.open() };
}
