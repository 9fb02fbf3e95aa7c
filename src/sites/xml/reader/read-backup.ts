import { isOxbowError, OxbowError } from '#base/errors.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import { batchLines, decodeRow } from '#model/copy-text.ts';
import { modelColumns } from '#model/model.ts';
import type { TableDescription } from '#model/site.ts';
import { type Descriptor, parseDescriptor } from '../descriptor.ts';
import { scanObjects } from '../scan/scan-objects.ts';
import type { XmlObject } from '../scan/xml-object.ts';
import type { BackupEntry, BackupSource } from '../zip/backup-source.ts';
import { HighestId } from './highest-id.ts';
import { inlineTasksEntry, inlineTasksTable, readInlineTasks } from './inline-tasks.ts';
import { keepObject } from './kept-objects.ts';
import { type MappingReport, objectName } from './mapping-report.ts';
import { NamedUsers } from './named-users.ts';
import { OldUsers } from './old-users.ts';
import { pluginDataEntry, readPluginData } from './plugin-data.ts';
import { RowMapper } from './row-mapper.ts';
import { columnIndex, type RowSpool } from './row-spool.ts';
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

/** What a reading fills: rows in the spool, the report of what the model could not take, the tables of apps. */
export interface ReadState {
  source: BackupSource;
  folder: string;
  spool: RowSpool;
  report: MappingReport;
  appTables: TableDescription[];
  truncation: Truncation | null;
  context: RunContext;
}

/** Reads a whole backup, entities.xml once from front to back, into the spool of the state. Errors: those of scanObjects, BACKUP_NO_DESCRIPTOR. */
export async function readBackup(state: ReadState, options: XmlReaderOptions): Promise<XmlFacts> {
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
