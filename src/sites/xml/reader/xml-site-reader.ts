import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compareIds } from '#base/compare-ids.ts';
import { isOxbowError, OxbowError } from '#base/errors.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import { batchLines, decodeRow } from '#model/copy-text.ts';
import { classOfRow, modelColumns } from '#model/model.ts';
import type { AttachmentFile, RowBatch, SiteDescription, SiteReader, SpaceSummary, TableDescription } from '#model/site.ts';
import { tableModels } from '#model/table-model.ts';
import { userKeyOfName } from '#model/user-key.ts';
import { type Descriptor, parseDescriptor } from '../descriptor.ts';
import { scanObjects } from '../scan/scan-objects.ts';
import type { XmlObject } from '../scan/xml-object.ts';
import { type BackupEntry, type BackupSource, openBackupSource } from '../zip/backup-source.ts';
import { inlineTasksEntry, inlineTasksTable, readInlineTasks } from './inline-tasks.ts';
import { type KeptProperties, keepObject, keptObjects, keptProperties } from './kept-objects.ts';
import { MappingReport, objectName } from './mapping-report.ts';
import { OldUsers } from './old-users.ts';
import { pluginDataEntry, readPluginData } from './plugin-data.ts';
import { RowMapper } from './row-mapper.ts';
import { columnIndex, type MergeProblem, RowSpool } from './row-spool.ts';
import type { XmlFacts } from './xml-facts.ts';

export interface XmlReaderOptions {
  /** Overrides what the backup says it is. */
  kind?: 'site' | 'space';
  /** The version that wrote the backup, where the backup does not say. */
  fromVersion?: string;
  /** Read what can be read (inspect): a truncated entities.xml, a zip without descriptor and damaged app data are warnings then, not errors. */
  salvage?: boolean;
  /** False leaves the tables of apps unread. */
  appData?: boolean;
  /** Memory for sorting, in bytes. */
  memoryBytes?: number;
}

/** Where a truncated entities.xml ends, and what of it is whole. */
export interface Truncation {
  atByte: number;
  completeObjects: number;
  /** Where the last whole object ends. */
  completeUntil: number;
}

const siteOnlyClasses = [
  'GlobalDescription',
  'PersonalInformation',
  'InternalUser',
  'InternalGroup',
  'DirectoryImpl',
  'DefaultHibernateUser',
];
const attachmentProperties = 'new:contentproperties';
const directoryUsers = 'new:user_mapping';

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

interface ReadState {
  source: BackupSource;
  folder: string;
  spool: RowSpool;
  report: MappingReport;
  appTables: TableDescription[];
  truncation: Truncation | null;
  context: RunContext;
}

function attachmentFile(entry: BackupEntry, match: RegExpExecArray): AttachmentFile {
  // Backups of 2006 and before have no version level.
  return { containerId: match[1], attachmentId: match[2], version: match[3] ?? '1', size: entry.size, open: () => entry.open() };
}

async function readBackup(state: ReadState, options: XmlReaderOptions): Promise<XmlFacts> {
  const { source, context } = state;
  const descriptor = await readDescriptor(source, options, context);
  const entities = await source.find('entities.xml');
  if (!entities) throw new OxbowError('BACKUP_NO_ENTITIES', `${source.path} holds no entities.xml.`);
  const scan = await readEntities(state, entities, options);
  try {
    if (options.appData !== false) await readAppTables(state);
  } catch (error) {
    if (!options.salvage || !isOxbowError(error, 'PLUGIN_DATA_DAMAGED')) throw error;
    context.warn({ code: error.code, message: error.message, object: pluginDataEntry });
  }
  return describeFacts(state, options, descriptor, entities.size, scan);
}

async function readDescriptor(source: BackupSource, options: XmlReaderOptions, context: RunContext): Promise<Descriptor | null> {
  const entry = await source.find('exportDescriptor.properties');
  if (entry) {
    const chunks: Buffer[] = [];
    for await (const chunk of await entry.open()) chunks.push(chunk);
    return parseDescriptor(Buffer.concat(chunks));
  }
  if (source.kind === 'zip' && !options.salvage) {
    throw new OxbowError('BACKUP_NO_DESCRIPTOR', `${source.path} did not contain an entry exportDescriptor.properties.`, {
      hint: 'It was packed again without it, or is no Confluence backup. Unpack it into a folder to have it judged by its content.',
    });
  }
  context.warn({
    code: 'NO_DESCRIPTOR',
    message: `the ${source.kind} has no exportDescriptor.properties: what it is, is concluded from its content`,
    object: source.path,
  });
  return null;
}

interface ScanResult {
  date: string | null;
  hasDeclaration: boolean;
  objects: number;
}

async function readEntities(state: ReadState, entities: BackupEntry, options: XmlReaderOptions): Promise<ScanResult> {
  const { spool, report, context } = state;
  const result: ScanResult = { date: null, hasDeclaration: true, objects: 0 };
  const ids = new HighestId();
  const oldUsers = new OldUsers(spool);
  const names = new NamedUsers(spool);
  const mapper = new RowMapper(spool, report, {
    userNamed: (name) => names.add(name),
    attachmentProperty: (id, name, column, value) =>
      spool.addRow(attachmentProperties, `${id}\t${name}`, [id, name, column, value]),
  });
  let bytes = 0;
  const counted = async function* () {
    for await (const chunk of await entities.open()) {
      throwIfCancelled(context);
      bytes += chunk.length;
      context.progress({ phase: 'reading entities.xml', done: bytes, total: entities.size, unit: 'bytes' });
      yield chunk as Buffer;
    }
  };
  const take = (object: XmlObject) => {
    report.count(object);
    ids.see(object.id);
    if (object.className === 'InternalUser') takeDirectoryUser(spool, object);
    if (!mapper.map(object) && !oldUsers.take(object)) {
      keepObject(spool, object);
      if (report.classes.get(object.className)?.count === 1) {
        context.warn({
          code: 'UNKNOWN_CLASS',
          message: 'objects of this class have no table that Oxbow knows of',
          object: `${object.className} (${object.packageName}), first seen: ${objectName(object)}`,
        });
      }
    }
    result.objects++;
  };
  try {
    const batches = scanObjects(counted(), {
      onProblem: (problem) =>
        context.warn({ code: problem.code, message: `${problem.message} (byte ${problem.offset})`, object: problem.object }),
      onRoot: (root) => {
        result.date = root.datetime?.replaceAll("'", '') ?? null;
        result.hasDeclaration = root.declaration;
      },
    });
    for await (const batch of batches) {
      for (const object of batch) take(object);
      await spool.drain();
    }
  } catch (error) {
    if (!options.salvage || !isOxbowError(error, 'XML_TRUNCATED')) throw error;
    context.warn({ code: error.code, message: error.message, object: 'entities.xml' });
    const at = (name: string) => Number(error.details?.[name]);
    state.truncation = { atByte: at('offset'), completeObjects: at('objects'), completeUntil: at('completeUntil') };
  }
  await finishRows(state, ids, oldUsers, names);
  return result;
}

/** Adds the rows that only the end of the backup decides: those that need an id of their own. */
async function finishRows(state: ReadState, ids: HighestId, oldUsers: OldUsers, names: NamedUsers): Promise<void> {
  const { spool, report } = state;
  const newId = () => ids.next();
  for await (const [attachment, name, column, value] of spoolRows(spool, attachmentProperties)) {
    const row: (string | null)[] = new Array(modelColumns('contentproperties').length).fill(null);
    const id = newId();
    row[columnIndex('contentproperties', 'propertyid')] = id;
    row[columnIndex('contentproperties', 'propertyname')] = name;
    row[columnIndex('contentproperties', column!)] = value;
    row[columnIndex('contentproperties', 'contentid')] = attachment;
    spool.addRow('contentproperties', id, row);
    await spool.drain();
  }
  const namedInDirectory = (name: string) => {
    if (!report.classes.has('ConfluenceUserImpl')) names.add(name);
  };
  await oldUsers.finish(newId, namedInDirectory, (table) => spoolRows(spool, table));
  for await (const [name] of spoolRows(spool, directoryUsers)) namedInDirectory(name!);
  await spool.drain();
}

async function* spoolRows(spool: RowSpool, table: string): AsyncGenerator<(string | null)[]> {
  for await (const batch of spool.rows(table, () => {})) for (const line of batchLines(batch.data)) yield decodeRow(line);
}

function takeDirectoryUser(spool: RowSpool, object: XmlObject): void {
  const field = object.fields.find((candidate) => candidate.name === 'name');
  if (field?.kind === 'value' && field.text) spool.addRow(directoryUsers, field.text, [field.text]);
}

async function readAppTables(state: ReadState): Promise<void> {
  const { source, spool, appTables } = state;
  const stream = async function* (entry: BackupEntry) {
    for await (const chunk of await entry.open()) yield chunk as Buffer;
  };
  let number = 0;
  const pluginData = await source.find(pluginDataEntry);
  if (pluginData) {
    await readPluginData(stream(pluginData), {
      table: (description) => appTables.push(description),
      row: (table, values) => spool.addRow(table, String(number++), values),
      drain: () => spool.drain(),
    });
  }
  const tasks = await source.find(inlineTasksEntry);
  if (tasks && !appTables.some((table) => table.name === inlineTasksTable.name)) {
    appTables.push(inlineTasksTable);
    for await (const values of readInlineTasks(stream(tasks))) {
      spool.addRow(inlineTasksTable.name, String(number++), values);
      await spool.drain();
    }
  }
}

function describeFacts(
  state: ReadState,
  options: XmlReaderOptions,
  descriptor: Descriptor | null,
  entitiesBytes: number,
  scan: ScanResult,
): XmlFacts {
  const { source, report } = state;
  const says = descriptor?.exportType === 'all' ? 'site' : descriptor?.exportType === 'space' ? 'space' : null;
  const looks = siteOnlyClasses.some((name) => report.classes.has(name)) ? 'site' : 'space';
  const fromCloud = descriptor?.source === 'cloud' || /^1000\./.test(descriptor?.createdByVersionNumber ?? '');
  const milliseconds = /\d\d:\d\d:\d\d\.\d{3}$/.test(scan.date ?? '');
  const cloud = fromCloud || (descriptor?.source == null && scan.hasDeclaration && milliseconds);
  return {
    path: source.path,
    container: source.kind,
    kind: options.kind ?? says ?? looks,
    kindFrom: options.kind ? 'option' : says ? 'descriptor' : 'content',
    dialect: !scan.hasDeclaration ? 'current' : cloud ? 'cloud' : 'legacy',
    source: cloud ? 'cloud' : 'server',
    date: scan.date,
    descriptor,
    createdByBuild: descriptor?.createdByBuildNumber ?? descriptor?.buildNumber ?? null,
    compatibleBuild: descriptor?.buildNumber ?? null,
    createdByVersion: options.fromVersion ?? descriptor?.createdByVersionNumber ?? null,
    spaceKeys: descriptor?.spaceKeys ?? [],
    entitiesBytes,
    objects: scan.objects,
  };
}

/** Gives ids above every id seen. */
class HighestId {
  #highest = '0';
  #next: bigint | null = null;

  see(id: string | null): void {
    if (id !== null && /^\d{1,19}$/.test(id) && compareIds(id, this.#highest) > 0) this.#highest = id;
  }

  next(): string {
    this.#next = (this.#next ?? BigInt(this.#highest)) + 1n;
    return this.#next.toString();
  }
}

/** Users that a backup names by name: each gets a row in `user_mapping`. Memory: at most 100,000 names; beyond, a name may be spooled twice. */
class NamedUsers {
  readonly #spool: RowSpool;
  readonly #seen = new Set<string>();

  constructor(spool: RowSpool) {
    this.#spool = spool;
  }

  add(name: string): void {
    if (this.#seen.has(name)) return;
    if (this.#seen.size >= 100_000) this.#seen.clear();
    this.#seen.add(name);
    const key = userKeyOfName(name);
    const row: (string | null)[] = new Array(modelColumns('user_mapping').length).fill(null);
    row[columnIndex('user_mapping', 'user_key')] = key;
    row[columnIndex('user_mapping', 'username')] = name;
    row[columnIndex('user_mapping', 'lower_username')] = name.toLowerCase();
    this.#spool.addRow('user_mapping', key, row);
  }
}
