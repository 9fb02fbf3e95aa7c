import { isOxbowError } from '#base/errors.ts';
import { attachmentOfPath } from '#model/attachment-paths.ts';
import { referenceColumns } from '#model/model.ts';
import { ContentLookup, type ContentRow } from '#sites/snapshot/content-lookup.ts';
import { pathOfAttachment } from '#sites/snapshot/snapshot-paths.ts';
import type { ChunkReader } from '#vault/chunks/chunk-reader.ts';
import type { Damage, LostRows } from '#vault/maintenance/damage.ts';
import { listSnapshots, readContents } from '#vault/snapshots/list-snapshots.ts';
import type { Snapshot, SnapshotContents } from '#vault/snapshots/snapshot.ts';
import type { Vault } from '#vault/vault.ts';

/** A page (blog post, ...) of which something is lost. */
export interface TouchedPage {
  id: string;
  title: string | null;
  /** Null: of no space. */
  space: string | null;
  /** What is lost of it ("bodycontent", "attachment plan.pdf"). */
  lost: string[];
}

/** What the damage of one snapshot means for people. */
export interface TouchedContent {
  snapshot: string;
  time: string;
  /** Not even its list of contents can be read. */
  whole: boolean;
  spaces: string[];
  /** The first thousand. */
  pages: TouchedPage[];
  /** What cannot be told by pages: ranges of rows, files. */
  other: string[];
}

const namedPages = 1000;

/**
 * Names the spaces and pages that damage touches. What was lost itself is looked up in other snapshots of the vault.
 * @param replacedBy after a repair: the snapshots that stand in the place of damaged ones
 */
export async function locateDamage(
  vault: Vault,
  reader: ChunkReader,
  damage: Damage[],
  replacedBy: ReadonlyMap<string, string | null> = new Map(),
): Promise<TouchedContent[]> {
  if (damage.length === 0) return [];
  const { snapshots } = await listSnapshots(vault);
  const result: TouchedContent[] = [];
  for (const one of damage) {
    const id = replacedBy.get(one.snapshot) ?? one.snapshot;
    const snapshot = snapshots.find((candidate) => candidate.id === id);
    const contents = snapshot && !one.whole ? await orNull(() => readContents(reader, snapshot)) : null;
    if (!contents) {
      result.push({ snapshot: one.snapshot, time: one.time, whole: true, spaces: [], pages: [], other: [] });
      continue;
    }
    const others = nearest(snapshots, one).filter((other) => other.summary.site === snapshot!.summary.site);
    result.push(await new Location(reader, contents, others).of(one));
  }
  return result;
}

/** Other snapshots, the nearest in time first: three are enough to find a row that is lost. */
function nearest(snapshots: Snapshot[], { snapshot, time }: Damage): Snapshot[] {
  const distance = (other: Snapshot) => Math.abs(Date.parse(other.time) - Date.parse(time));
  return snapshots
    .filter((other) => other.id !== snapshot)
    .sort((a, b) => distance(a) - distance(b))
    .slice(0, 3);
}

class Location {
  readonly #reader: ChunkReader;
  readonly #contents: SnapshotContents;
  readonly #others: Snapshot[];
  readonly #pages = new Map<string, TouchedPage>();
  readonly #spaces = new Set<string>();
  readonly #other: string[] = [];
  #lookups: ContentLookup[] | null = null;

  constructor(reader: ChunkReader, contents: SnapshotContents, others: Snapshot[]) {
    this.#reader = reader;
    this.#contents = contents;
    this.#others = others;
  }

  async of(damage: Damage): Promise<TouchedContent> {
    for (const lost of damage.rows) await this.#rows(lost);
    for (const path of damage.files) await this.#file(path);
    for (const { after, upTo, files } of damage.fileRanges)
      this.#other.push(`${files} files after ${after ?? 'the first path'} up to ${upTo ?? 'the last one'}`);
    for (const name of damage.documents) this.#other.push(`the document ${name}`);
    return {
      snapshot: damage.snapshot,
      time: damage.time,
      whole: false,
      spaces: [...this.#spaces].sort(),
      pages: [...this.#pages.values()],
      other: this.#other,
    };
  }

  async #rows(lost: LostRows): Promise<void> {
    const table = this.#contents.tables.find((candidate) => candidate.name === lost.table);
    const lead = table?.columns[0]?.name;
    const range = `${lost.rows} rows of ${lost.table} after ${lost.after ?? 'the first key'} up to ${lost.upTo ?? 'the last one'}`;
    const isOfContent =
      lost.table === 'content' ||
      referenceColumns(lost.table).some(({ column, table }) => column === lead && table === 'content');
    if (table?.key[0] !== 'number' || !isOfContent) {
      this.#other.push(range.replaceAll('\t', '/'));
      return;
    }
    const first = (key: string | null) => (key === null ? null : key.split('\t')[0]);
    const [after, upTo] = [first(lost.after), first(lost.upTo)];
    let found = 0;
    for (const lookup of await this.#all()) {
      found += await this.#name(lookup, { after, upTo, table: lost.table });
      if (found > 0) break;
    }
    if (found === 0) this.#other.push(range.replaceAll('\t', '/'));
  }

  /** Names the content of a range of ids; 0 when this snapshot cannot tell. */
  async #name(lookup: ContentLookup, lost: { after: string | null; upTo: string | null; table: string }): Promise<number> {
    const range = {
      ...(lost.after === null ? {} : { from: Buffer.from(lost.after) }),
      ...(lost.upTo === null ? {} : { to: Buffer.from(lost.upTo) }),
    };
    let found = 0;
    await orNull(async () => {
      for await (const row of lookup.between(range)) {
        // Rows of one content may lie on both sides of an end, but a row of content itself does not.
        if (lost.table === 'content' && row.id === lost.after) continue;
        found++;
        await this.#touch(lookup, row, lost.table);
      }
    });
    return found;
  }

  async #file(path: string): Promise<void> {
    const attachment = pathOfAttachment(path) ?? attachmentOfPath(path);
    for (const lookup of attachment ? await this.#all() : []) {
      const row = await orNull(() => lookup.row(attachment!.id));
      if (!row) continue;
      await this.#touch(lookup, row, `attachment ${row.title ?? row.id}, version ${attachment!.version}`);
      return;
    }
    this.#other.push(`the file ${path}`);
  }

  async #touch(lookup: ContentLookup, row: ContentRow, what: string): Promise<void> {
    const owner = (await orNull(() => lookup.owner(row))) ?? row;
    const space = await orNull(() => lookup.spaceOf(owner));
    if (space !== null) this.#spaces.add(space);
    const page = this.#pages.get(owner.id);
    if (page) {
      if (!page.lost.includes(what)) page.lost.push(what);
    } else if (this.#pages.size < namedPages)
      this.#pages.set(owner.id, { id: owner.id, title: owner.title, space, lost: [what] });
  }

  /** The snapshot itself, then others. */
  async #all(): Promise<ContentLookup[]> {
    if (this.#lookups) return this.#lookups;
    const lookups: (ContentLookup | null)[] = [await orNull(() => ContentLookup.open(this.#reader, this.#contents))];
    for (const other of this.#others) {
      lookups.push(await orNull(async () => ContentLookup.open(this.#reader, await readContents(this.#reader, other))));
    }
    this.#lookups = lookups.filter((lookup) => lookup !== null);
    return this.#lookups;
  }
}

async function orNull<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (isOxbowError(error, 'OBJECT_DAMAGED') || isOxbowError(error, 'CHUNK_MISSING')) return null;
    throw error;
  }
}
