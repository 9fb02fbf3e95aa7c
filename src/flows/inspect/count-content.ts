import { ExternalSorter } from '#base/external-sorter.ts';
import { decodeField } from '#model/copy-text.ts';
import type { SpaceSummary } from '#model/site.ts';
import type { ContentCounts } from './inspect-report.ts';
import { joinSorted } from './join-sorted.ts';
import type { ProblemList } from './problem-list.ts';
import { columnAt, type Fields, nullField, rowNamer } from './walk-rows.ts';

/** A reply to a comment on an attachment of a page, in an old version, is four steps from its space; threads without containers are longer. */
const rounds = 8;

type Bucket = keyof ContentCounts;

const buckets: Bucket[] = [
  'pages',
  'blogPosts',
  'comments',
  'attachments',
  'customContent',
  'versions',
  'drafts',
  'trash',
  'other',
];

const bucketOfType: Record<string, Bucket> = {
  PAGE: 'pages',
  BLOGPOST: 'blogPosts',
  COMMENT: 'comments',
  ATTACHMENT: 'attachments',
  CUSTOM: 'customContent',
  DRAFT: 'drafts',
};

/** What a row of content leads to: a space (its place in the list), the site, nothing, or the row that it hangs on. */
const ofSite = 'S';
const ofNothing = '-';
const hangsOn = '>';

const at = (column: string) => columnAt('content', column);
const [idAt, typeAt, statusAt, versionOfAt, spaceAt, draftKeyAt] = [
  'contentid',
  'contenttype',
  'content_status',
  'prevver',
  'spaceid',
  'draftspacekey',
].map(at);
/** Where to look for the space of a row that names none, the nearest first. */
const ownersAt = ['pageid', 'prevver', 'parentcommentid', 'parentccid', 'parentid'].map(at);

export function noContent(): ContentCounts {
  return {
    pages: 0,
    blogPosts: 0,
    comments: 0,
    attachments: 0,
    customContent: 0,
    versions: 0,
    drafts: 0,
    trash: 0,
    other: 0,
  };
}

/** A draft of a page has an original version too, so the status is asked first (docs/formats/xml-backup.md, "Versions, drafts, trash"). */
function bucketOf(fields: Fields): Bucket {
  if (fields[statusAt] === 'draft' || fields[typeAt] === 'DRAFT') return 'drafts';
  if (fields[versionOfAt] !== nullField) return 'versions';
  if (fields[statusAt] === 'deleted') return 'trash';
  return bucketOfType[fields[typeAt]] ?? 'other';
}

/**
 * Counts content by space. Rows that name no space get that of the row they hang on, level by level: records sorted by owner are
 * joined with a table of what each row leads to. Memory: the budget, and a record for each space.
 */
export class ContentCounter {
  /** In the order of the spaces. */
  readonly spaces: ContentCounts[];
  readonly site = noContent();
  readonly withoutSpace = noContent();
  readonly #problems: ProblemList;
  readonly #sorter: (name: string) => ExternalSorter;
  readonly #byId: Map<string, number>;
  readonly #byKey: Map<string, number>;
  readonly #leadsTo: ExternalSorter;
  readonly #nameOf = rowNamer('content');
  #pending: ExternalSorter;
  #waiting: Promise<void> | null = null;

  /**
   * @param folder for spool files; dispose() removes them
   * @param memory bytes for three sorters. Each has its own share: two are read while the third is filled.
   */
  constructor(spaces: SpaceSummary[], folder: string, memory: number, problems: ProblemList) {
    this.#sorter = (name) => new ExternalSorter({ folder, name, memory: memory / 3 });
    this.#leadsTo = this.#sorter('content-leads-to');
    this.#pending = this.#sorter('content-pending-0');
    this.#problems = problems;
    this.spaces = spaces.map(noContent);
    this.#byId = new Map(spaces.map((space, i) => [space.id, i]));
    this.#byKey = new Map(spaces.map((space, i) => [space.key.toLowerCase(), i]));
  }

  see(fields: Fields): void {
    const bucket = bucketOf(fields);
    const target = this.#target(fields);
    this.#wait(this.#leadsTo.add(fields[idAt], target));
    if (target.startsWith(hangsOn)) {
      this.#wait(this.#pending.add(target.slice(1), `${buckets.indexOf(bucket)}${this.#nameOf(fields)}`));
    } else if (target === ofNothing) this.#nowhere(bucket, this.#nameOf(fields));
    else this.#count(target, bucket);
  }

  /** To be awaited between batches. */
  async drain(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = null;
    await waiting;
  }

  /** Follows what hangs on other content. What has not led to a space by then (a circle, say) belongs to none. */
  async finish(): Promise<void> {
    for (let round = 1; round <= rounds && this.#pending.count > 0; round++) {
      const now = this.#pending;
      this.#pending = this.#sorter(`content-pending-${round}`);
      await joinSorted(now.sortedBatches(), this.#leadsTo.sortedBatches(), (_owner, value, target) => {
        const bucket = buckets[Number(value[0])];
        if (target === null || target === ofNothing) this.#nowhere(bucket, value.slice(1));
        else if (target.startsWith(hangsOn)) return this.#pending.add(target.slice(1), value);
        else this.#count(target, bucket);
      });
      await now.dispose();
    }
    for await (const { value } of this.#pending.sorted()) this.#nowhere(buckets[Number(value[0])], value.slice(1));
  }

  async dispose(): Promise<void> {
    await this.#pending.dispose();
    await this.#leadsTo.dispose();
  }

  #target(fields: Fields): string {
    if (fields[spaceAt] !== nullField) return String(this.#byId.get(fields[spaceAt]) ?? ofNothing);
    const owner = ownersAt.find((index) => fields[index] !== nullField);
    if (owner !== undefined) return hangsOn + fields[owner];
    if (fields[typeAt] === 'USERINFO' || fields[typeAt] === 'GLOBALDESCRIPTION') return ofSite;
    const key = decodeField(fields[draftKeyAt]);
    return String((key === null ? undefined : this.#byKey.get(key.toLowerCase())) ?? ofNothing);
  }

  #count(target: string, bucket: Bucket): void {
    (target === ofSite ? this.site : this.spaces[Number(target)])[bucket]++;
  }

  #nowhere(bucket: Bucket, name: string): void {
    this.withoutSpace[bucket]++;
    this.#problems.add({ code: 'CONTENT_WITHOUT_SPACE', message: 'leads to no space of the backup', object: name });
  }

  #wait(waiting: void | Promise<void>): void {
    if (waiting) this.#waiting = waiting;
  }
}
