import { ExternalSorter } from '#base/external-sorter.ts';
import type { RunContext } from '#base/run-context.ts';
import { attachmentOfPath } from '#model/attachment-paths.ts';
import { batchLines, decodeRow } from '#model/copy-text.ts';

interface Expected {
  version: string;
  container: string | null;
  status: string | null;
  title: string | null;
}

/**
 * Compares what the rows of a site say of attachment files with the files that are in the backup: rows without a file and files without a
 * row are warnings by name. Both sides may come in any order. Memory: 16 MiB, the rest is sorted on disk.
 */
export class AttachmentAudit {
  readonly #sorter: ExternalSorter;
  readonly #context: RunContext;

  constructor(context: RunContext) {
    this.#context = context;
    this.#sorter = new ExternalSorter({ folder: context.workFolder, name: 'attachment-audit', memory: 16 * 1024 * 1024 });
  }

  /** Lines of id, version, container, status, title. */
  async addRows(lines: AsyncIterable<Buffer>): Promise<void> {
    for await (const batch of lines) {
      for (const line of batchLines(batch)) {
        const [id, ...facts] = decodeRow(line);
        if (id !== null) await this.#sorter.add(id, JSON.stringify(facts));
      }
    }
  }

  /** The path of a file of the backup ("home/attachments/v4/..."). */
  addFile(path: string): void | Promise<void> {
    if (!path.startsWith('home/attachments/')) return;
    const found = attachmentOfPath(path.slice('home/'.length));
    if (found) return this.#sorter.add(found.id, found.version);
  }

  async report(): Promise<void> {
    let current: string | null = null;
    let rows: Expected[] = [];
    let files = new Set<string>();
    for await (const { key, value } of this.#sorter.sorted()) {
      if (key !== current) {
        if (current !== null) this.#compare(current, rows, files);
        current = key;
        rows = [];
        files = new Set();
      }
      if (!value.startsWith('[')) files.add(value);
      else {
        const [version, container, status, title] = JSON.parse(value) as (string | null)[];
        rows.push({ version: version ?? '1', container, status, title });
      }
    }
    if (current !== null) this.#compare(current, rows, files);
  }

  async dispose(): Promise<void> {
    await this.#sorter.dispose();
  }

  #compare(id: string, rows: Expected[], files: Set<string>): void {
    const object = `Attachment ${id}${rows.length > 0 ? ` '${rows[0].title ?? ''}'` : ''}`;
    const versions = new Set(rows.map((row) => row.version));
    for (const row of rows) {
      if (files.has(row.version)) continue;
      const isInTrash = row.status === 'deleted';
      this.#context.warn({
        code: isInTrash ? 'ATTACHMENT_FILE_MISSING_IN_TRASH' : 'ATTACHMENT_FILE_MISSING',
        message: `version ${row.version} has no file in the home directory${isInTrash ? ' (it is in the trash)' : ''}`,
        object,
      });
    }
    for (const version of files) {
      if (versions.has(version)) continue;
      this.#context.warn({
        code: 'ATTACHMENT_ROW_MISSING',
        message: `the file of version ${version} belongs to no version in the database`,
        object,
      });
    }
  }
}
