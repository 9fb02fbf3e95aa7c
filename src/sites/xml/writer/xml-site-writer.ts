import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { OxbowError } from '#base/errors.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import { batchLines, decodeRow } from '#model/copy-text.ts';
import { classModel, classModels } from '#model/model.ts';
import type { AttachmentFile, RowBatch, SiteDescription, SiteWriter, TableDescription } from '#model/site.ts';
import { tableModel } from '#model/table-model.ts';
import { type Descriptor, emptyDescriptor, formatDescriptor } from '../descriptor.ts';
import { pluginDataEntry } from '../reader/plugin-data.ts';
import { type EntryWriter, ZipWriter } from '../zip/zip-writer.ts';
import { ContentClasses } from './content-classes.ts';
import { currentDialect, type DialectFormat, legacyDialect } from './dialect.ts';
import { type KeptOfBackup, keptFieldText, keptObjectText } from './kept-text.ts';
import { ObjectFormatter } from './object-formatter.ts';
import { ObjectOwners, ownerLinks, ownsCollections } from './object-owners.ts';
import { pluginDataFooter, pluginDataHeader, pluginDataRows } from './plugin-data-writer.ts';

export interface XmlWriterOptions {
  dialect?: 'current' | 'legacy';
  /** Written into the descriptor; attachments themselves come by writeAttachment. */
  attachments?: boolean;
}

/** The earliest builds that a current backup says it is compatible with, as Confluence writes them (space exports, site exports). */
const compatibleBuilds = { space: 4517, site: 6169 };
const pieceBytes = 256 * 1024;

/**
 * Writes an XML backup. The zip appears under its name at commit(). `writeRows('content')` must come before the tables that refer to it,
 * the tables of apps after all others, attachments last. The order of objects depends on the rows alone.
 */
export class XmlSiteWriter implements SiteWriter {
  readonly #path: string;
  readonly #options: XmlWriterOptions;
  readonly #context: RunContext;
  readonly #dialect: DialectFormat;
  readonly #contents = new ContentClasses();
  #folder: string | null = null;
  #zip: ZipWriter | null = null;
  #owners: ObjectOwners | null = null;
  #entry: EntryWriter | null = null;
  #part: 'entities' | 'plugin-data' | 'attachments' = 'entities';
  #description: SiteDescription | null = null;
  #objects = 0;
  #attachments = 0;
  readonly #keptTables = new Set<string>();

  constructor(path: string, options: XmlWriterOptions, context: RunContext) {
    this.#path = path;
    this.#options = options;
    this.#context = context;
    this.#dialect = options.dialect === 'legacy' ? legacyDialect : currentDialect;
  }

  /** What was written: objects of entities.xml, attachment files. */
  get written(): { objects: number; attachments: number } {
    return { objects: this.#objects, attachments: this.#attachments };
  }

  async begin(description: SiteDescription): Promise<void> {
    const now = this.#context.now();
    this.#description = description;
    this.#folder = await mkdtemp(join(this.#context.workFolder, 'xml-out-'));
    this.#owners = new ObjectOwners(this.#dialect, this.#folder, this.#contents);
    this.#zip = await ZipWriter.create(this.#path, { modified: now });
    const descriptor = await this.#zip.openEntry('exportDescriptor.properties');
    await descriptor.write(formatDescriptor(this.#descriptor(description), now));
    await descriptor.end();
    this.#entry = await this.#zip.openEntry('entities.xml');
    await this.#entry.write(Buffer.from(this.#dialect.header(now)));
  }

  /** What the model does not know, of a backup that is written again: to be called before any rows. */
  async keep({ objects, properties }: KeptOfBackup): Promise<void> {
    for await (const object of objects) {
      throwIfCancelled(this.#context);
      await this.#entry!.write(Buffer.from(keptObjectText(this.#dialect, object)));
      this.#objects++;
    }
    for await (const { className, id, fields } of properties) {
      const model = classModel(className);
      if (!model?.id) {
        const names = fields.map((field) => field.name).join(', ');
        this.#context.warn({
          code: 'PROPERTY_WITHOUT_COLUMN',
          message: `not written again: ${names}`,
          object: `${className} ${id}`,
        });
        continue;
      }
      this.#keptTables.add(model.table);
      this.#owners!.addKept(model.table, id, fields.map((field) => keptFieldText(this.#dialect, field)).join(''));
      await this.#owners!.drain();
    }
  }

  async writeRows(table: string, batches: AsyncIterable<RowBatch>): Promise<void> {
    const description = this.#description!.tables.find((t) => t.name === table);
    if (!description) throw new Error(`rows of ${table}, which the description does not have`);
    if (table.startsWith('AO_')) await this.#writeAppTable(description, batches);
    else if (tableModel(table)) await this.#writeObjects(description, batches);
    else for await (const _ of batches) throwIfCancelled(this.#context);
  }

  async writeAttachment(file: AttachmentFile): Promise<void> {
    throwIfCancelled(this.#context);
    await this.#advance('attachments');
    await this.#zip!.add(`attachments/${file.containerId}/${file.attachmentId}/${file.version}`, await file.open());
    this.#attachments++;
  }

  /** A further file of the zip, after the attachments. */
  async writeEntry(name: string, data: NodeJS.ReadableStream): Promise<void> {
    throwIfCancelled(this.#context);
    await this.#advance('attachments');
    await this.#zip!.add(name, data as Readable);
  }

  async commit(): Promise<void> {
    throwIfCancelled(this.#context);
    await this.#advance('attachments');
    await this.#zip!.finish();
    this.#zip = null;
    await this.#dispose();
  }

  async abort(): Promise<void> {
    await this.#zip?.abort();
    this.#zip = null;
    await this.#dispose();
  }

  #descriptor(description: SiteDescription): Descriptor {
    const isSite = description.scope === 'site';
    return {
      ...emptyDescriptor(),
      exportType: isSite ? 'all' : 'space',
      spaceKeys: isSite ? [] : description.spaces.map((space) => space.key),
      buildNumber: compatibleBuilds[description.scope],
      createdByBuildNumber: description.buildNumber,
      createdByVersionNumber: description.productVersion,
      source: description.source,
      backupAttachments: this.#options.attachments ?? true,
      defaultUsersGroup: 'confluence-users',
    };
  }

  async #writeObjects(description: TableDescription, batches: AsyncIterable<RowBatch>): Promise<void> {
    if (this.#part !== 'entities') throw new Error(`rows of ${description.name} after entities.xml was closed`);
    const sink = this.#sideTable(description) ?? this.#objectSink(description);
    let text = '';
    for await (const batch of batches) {
      throwIfCancelled(this.#context);
      for (const line of batchLines(batch.data)) {
        text += sink(decodeRow(line));
        if (text.length >= pieceBytes) {
          await this.#entry!.write(Buffer.from(text));
          text = '';
        }
      }
      await this.#owners!.drain();
    }
    if (text !== '') await this.#entry!.write(Buffer.from(text));
  }

  /** Rows that are objects: the text to write now, '' when the object waits for its collections. */
  #objectSink(description: TableDescription): (row: (string | null)[]) => string {
    const table = description.name;
    const columns = description.columns.map((column) => column.name);
    const formatter = new ObjectFormatter(table, columns, this.#dialect, this.#contents);
    const links = ownerLinks(table, this.#dialect).map((link) => ({
      ...link,
      at: columns.indexOf(link.column),
      position: link.positionColumn ? columns.indexOf(link.positionColumn) : -1,
    }));
    const waits = ownsCollections(table, this.#dialect) || this.#keptTables.has(table);
    return (row) => {
      const object = formatter.format(row);
      if (!object) return '';
      this.#objects++;
      if (object.id !== null) {
        for (const link of links) {
          const owner = link.at < 0 ? null : row[link.at];
          if (owner === null) continue;
          const position = link.position < 0 ? null : row[link.position];
          const childOf = { table, column: link.column, className: object.model.className, id: object.id, position };
          this.#owners!.addChild(link.ownerTable, owner, childOf);
        }
        if (waits) {
          this.#owners!.addObject(table, object.id, object.model, object.head);
          return '';
        }
      }
      return object.head + this.#dialect.objectEnd;
    };
  }

  /** Rows that are elements of a collection of values. */
  #sideTable(description: TableDescription): ((row: (string | null)[]) => string) | null {
    const table = description.name;
    for (const model of classModels) {
      const collection = model.values?.find((v) => v.table === table);
      if (!collection) continue;
      const columns = description.columns.map((column) => column.name);
      const owner = columns.indexOf(collection.ownerColumn);
      const name = columns.indexOf(collection.nameColumn);
      const value = collection.valueColumn ? columns.indexOf(collection.valueColumn) : -1;
      return (row) => {
        this.#owners!.addValue(model.table, row[owner]!, table, row[name] ?? '', value < 0 ? '' : (row[value] ?? ''));
        return '';
      };
    }
    return null;
  }

  async #writeAppTable(description: TableDescription, batches: AsyncIterable<RowBatch>): Promise<void> {
    await this.#advance('plugin-data');
    for await (const text of pluginDataRows(description, batches)) {
      throwIfCancelled(this.#context);
      await this.#entry!.write(Buffer.from(text));
    }
  }

  /** Closes the parts of the zip before this one. */
  async #advance(part: 'plugin-data' | 'attachments'): Promise<void> {
    if (this.#part === 'entities') {
      let text = '';
      for await (const object of this.#owners!.objects()) {
        throwIfCancelled(this.#context);
        text += object;
        if (text.length < pieceBytes) continue;
        await this.#entry!.write(Buffer.from(text));
        text = '';
      }
      await this.#entry!.write(Buffer.from(text + this.#dialect.end));
      await this.#entry!.end();
      this.#part = 'plugin-data';
      const tables = this.#description!.tables.filter((table) => table.name.startsWith('AO_'));
      if (tables.length > 0) {
        this.#entry = await this.#zip!.openEntry(pluginDataEntry);
        await this.#entry.write(Buffer.from(pluginDataHeader(tables)));
      } else this.#entry = null;
    }
    if (part === 'attachments' && this.#part === 'plugin-data') {
      if (this.#entry) {
        await this.#entry.write(Buffer.from(pluginDataFooter));
        await this.#entry.end();
        this.#entry = null;
      }
      this.#part = 'attachments';
    }
  }

  async #dispose(): Promise<void> {
    await this.#owners?.dispose();
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
    this.#folder = null;
  }
}

/** Refuses a target that is not a file name to write to. */
export function assertWritableName(path: string): void {
  if (!path.endsWith('.zip')) {
    throw new OxbowError('EXPORT_NAME', `An XML backup is a zip: ${path} does not end in .zip.`, {
      hint: 'Give --output a name such as site.zip.',
    });
  }
}
