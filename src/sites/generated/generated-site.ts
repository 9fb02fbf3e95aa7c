import { setImmediate as nextTurn } from 'node:timers/promises';
import { modelColumns } from '#model/model.ts';
import type { AttachmentFile, RowBatch, SiteDescription, SiteReader } from '#model/site.ts';
import { fileStream } from './attachment-bytes.ts';
import { type AttachmentFacts, attachmentFacts } from './attachment-facts.ts';
import { LineWriter } from './line-writer.ts';
import type { Hash } from './prng.ts';
import type { TableRows } from './row-source.ts';
import { type SiteFacts, siteFacts } from './site-facts.ts';
import { type GeneratedSiteOptions, type ResolvedOptions, resolveOptions } from './site-options.ts';
import { siteTables } from './site-tables.ts';

/**
 * A large, realistic Confluence site that nobody has to store: every row and file is computed when it is read. The same options give the
 * same bytes. Tables can be read in any order, as often as wanted. Memory: a few numbers for each space and user, nothing for a page.
 */
export class GeneratedSite implements SiteReader {
  /** All options, with their defaults. */
  readonly options: ResolvedOptions;
  readonly #facts: SiteFacts;
  readonly #files: AttachmentFacts;
  readonly #tables: Map<string, TableRows>;
  readonly #fileSeed: Hash;

  /** Error: GENERATE_OPTION_INVALID. */
  constructor(options: GeneratedSiteOptions) {
    this.options = resolveOptions(options);
    this.#facts = siteFacts(this.options);
    this.#files = attachmentFacts(this.#facts);
    this.#tables = siteTables(this.#facts, this.#files);
    this.#fileSeed = this.#facts.hash('file');
  }

  async describe(): Promise<SiteDescription> {
    const { spaces } = this.#facts;
    return {
      kind: 'live',
      scope: 'site',
      productVersion: this.options.productVersion,
      buildNumber: this.options.buildNumber,
      compatibleBuildNumber: this.options.buildNumber,
      source: 'server',
      tables: [...this.#tables.keys()].map((name) => ({ name, columns: modelColumns(name) })),
      spaces: Array.from({ length: spaces.count }, (_, space) => ({
        id: String(spaces.id(space)),
        key: spaces.key(space),
        name: spaces.name(space),
        type: spaces.isPersonal(space) ? 'personal' : 'global',
      })),
    };
  }

  /** How many rows the table has, without making any; 0 for a table that the site does not fill. */
  count(table: string): number {
    return this.#tables.get(table)?.count ?? 0;
  }

  /** The rows of a table; none for one that the site does not fill. */
  async *rows(table: string): AsyncGenerator<RowBatch> {
    const writer = new LineWriter();
    let ordinal = 0;
    for (const source of this.#tables.get(table)?.sources ?? []) {
      for (let item = 0; item < source.items; item++) {
        const rows = source.rowsOf(item);
        for (let n = 0; n < rows; n++) source.write(writer, item, n, ordinal++);
        if (!writer.full) continue;
        yield writer.take();
        // Nothing here ever waits: let timers, signals and sockets have their turn.
        await nextTurn();
      }
    }
    if (writer.rows > 0) yield writer.take();
  }

  /** All versions of all attachments, those of the trash last. */
  async *attachments(): AsyncGenerator<AttachmentFile> {
    const files = this.#files;
    for (let attachment = 0; attachment < files.count; attachment++) {
      const { family } = files.kind(attachment);
      const isText = family === 'csv' || family === 'text';
      const container = String(files.containerId(attachment));
      const id = String(files.id(attachment));
      const versions = files.versions(attachment);
      for (let version = 1; version <= versions; version++) {
        const size = files.size(attachment, version);
        const seed = this.#fileSeed(attachment, isText ? 0 : version);
        yield {
          containerId: container,
          attachmentId: id,
          version: String(version),
          size,
          open: async () => fileStream(family, size, seed),
        };
      }
      if (attachment % 256 === 255) await nextTurn();
    }
  }

  async close(): Promise<void> {}
}
