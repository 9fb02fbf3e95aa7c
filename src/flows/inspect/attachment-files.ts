import { ExternalSorter } from '#base/external-sorter.ts';
import { type RunContext, throwIfCancelled } from '#base/run-context.ts';
import type { SiteReader } from '#model/site.ts';
import type { InspectedAttachments } from './inspect-report.ts';
import type { ProblemList } from './problem-list.ts';
import { columnAt, type Fields, nullField, rowNamer } from './walk-rows.ts';

const at = (column: string) => columnAt('content', column);
const [idAt, typeAt, statusAt, versionOfAt, versionAt] = ['contentid', 'contenttype', 'content_status', 'prevver', 'version'].map(
  at,
);

const isTrash = 'T';
const isRow = 'R';
const isFile = 'F';

/**
 * Compares the files of attachments with the versions that the rows tell of: all are sorted by attachment and version into one stream.
 * All versions of an attachment lie under the id of the current one (docs/formats/xml-backup.md, "Attachment files"). Memory: the budget.
 */
export class AttachmentComparison {
  readonly #records: ExternalSorter;
  readonly #nameOf = rowNamer('content');
  readonly #result: InspectedAttachments = {
    files: 0,
    bytes: 0,
    versions: 0,
    withoutFile: 0,
    withoutFileInTrash: 0,
    withoutRow: { files: 0, bytes: 0 },
  };
  #waiting: Promise<void> | null = null;

  constructor(folder: string, memory: number) {
    // The keys are "id/version": plain comparison keeps those of one id together, and "id/" before them.
    const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
    this.#records = new ExternalSorter({ folder, name: 'attachments', memory, compare });
  }

  /** A row of content. */
  see(fields: Fields): void {
    if (fields[typeAt] !== 'ATTACHMENT') return;
    const current = fields[versionOfAt] === nullField ? fields[idAt] : fields[versionOfAt];
    this.#result.versions++;
    if (fields[statusAt] === 'deleted') this.#add(`${current}/`, isTrash);
    this.#add(`${current}/${fields[versionAt]}`, `${isRow}${fields[versionAt]}\t${this.#nameOf(fields)}`);
  }

  /** To be awaited between batches. */
  async drain(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = null;
    await waiting;
  }

  /** @param leftOut the backup says that it was written without attachments: missing files are counted, and not named */
  async finish(reader: SiteReader, leftOut: boolean, problems: ProblemList, context: RunContext): Promise<InspectedAttachments> {
    for await (const file of reader.attachments()) {
      throwIfCancelled(context);
      this.#result.files++;
      this.#result.bytes += file.size ?? 0;
      context.progress({ phase: 'listing attachment files', done: this.#result.files, unit: 'files' });
      this.#add(`${file.attachmentId}/${file.version}`, `${isFile}${file.size ?? 0}\t${file.containerId}`);
      if (this.#waiting) await this.drain();
    }
    const { versions, files } = this.#result;
    const named = !leftOut || files > 0;
    if (!named && versions > 0) {
      const message = `it was written without attachment files: ${versions} versions of attachments have none`;
      problems.add({ code: 'ATTACHMENTS_LEFT_OUT', message });
    }
    await this.#compare(named ? problems : null);
    return this.#result;
  }

  async dispose(): Promise<void> {
    await this.#records.dispose();
  }

  async #compare(problems: ProblemList | null): Promise<void> {
    let trash = '';
    let key = '';
    let files: string[] = [];
    let hasRow = false;
    let rows: string[] = [];
    const endKey = () => {
      if (!hasRow) for (const file of files) this.#noRow(key, file, problems);
      if (files.length === 0) for (const row of rows) this.#noFile(row, key.startsWith(trash) && trash !== '', problems);
      [files, rows, hasRow] = [[], [], false];
    };
    for await (const record of this.#records.sorted()) {
      if (record.key !== key) {
        endKey();
        key = record.key;
      }
      const kind = record.value[0];
      if (kind === isTrash) trash = record.key;
      else if (kind === isFile) files.push(record.value.slice(1));
      else {
        hasRow = true;
        rows.push(record.value.slice(1));
      }
    }
    endKey();
  }

  #noFile(row: string, inTrash: boolean, problems: ProblemList | null): void {
    const tab = row.indexOf('\t');
    if (inTrash) this.#result.withoutFileInTrash++;
    else this.#result.withoutFile++;
    problems?.add({
      code: inTrash ? 'ATTACHMENT_FILE_MISSING_IN_TRASH' : 'ATTACHMENT_FILE_MISSING',
      message: `the backup has no file of version ${row.slice(0, tab)}${inTrash ? ' (the attachment is in the trash)' : ''}`,
      object: row.slice(tab + 1),
    });
  }

  #noRow(key: string, file: string, problems: ProblemList | null): void {
    const [size, container] = file.split('\t');
    this.#result.withoutRow.files++;
    this.#result.withoutRow.bytes += Number(size);
    problems?.add({
      code: 'ATTACHMENT_ROW_MISSING',
      message: 'no version of an attachment in the backup describes this file',
      object: `attachments/${container}/${key}`,
    });
  }

  #add(key: string, value: string): void {
    const waiting = this.#records.add(key, value);
    if (waiting) this.#waiting = waiting;
  }
}
