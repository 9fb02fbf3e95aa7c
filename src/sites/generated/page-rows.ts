import { type ContentRows, contentColumns, contentValues, versionComment } from './content-row.ts';
import type { Hash } from './prng.ts';
import type { RowSource, Value } from './row-source.ts';
import type { SiteFacts } from './site-facts.ts';

const authors = { page: 1, saved: 2, draft: 3, trash: 4 };

/** Pages: current ones, historical versions, drafts, and what is in the trash. */
export function pageRows(facts: SiteFacts): ContentRows {
  const comments = facts.hash('version-comment');
  return {
    page: currentPages(facts, comments),
    pageHistory: historicalPages(facts, comments),
    pageDraft: draftsOfPages(facts),
    newDraft: newDrafts(facts),
    trashedPage: trashedPages(facts),
  };
}

function currentPages(facts: SiteFacts, comments: Hash): RowSource {
  const { id, spaces, tree, titles, shares } = facts;
  return {
    columns: [...contentColumns, 'spaceid', 'parentid', 'child_position'],
    items: facts.counts.page,
    row: (page) => {
      const created = facts.pageCreated(page);
      const versions = shares.history.count(page) + 1;
      const creator = facts.author(authors.page, page);
      const parent = tree.parent(page);
      const values = contentValues({
        type: 'PAGE',
        title: titles.page(page),
        version: versions,
        creator,
        created,
        modifier: versions === 1 ? creator : facts.author(authors.saved, page * 64 + versions),
        modified: facts.saved(created, versions, versions),
        comment: versionComment(comments(page, versions)),
      });
      values.push(spaces.id(spaces.ofPage(page)), parent === null ? null : id('page', parent), tree.position(page));
      return values;
    },
  };
}

/** In no space and below no page, as Confluence keeps them; `prevver` names the current version. */
function historicalPages(facts: SiteFacts, comments: Hash): RowSource {
  const { id, titles, shares } = facts;
  return {
    columns: [...contentColumns, 'prevver'],
    items: facts.counts.pageHistory,
    row: (n) => {
      const page = shares.history.find(n);
      const version = n - shares.history.start(page) + 1;
      const versions = shares.history.count(page) + 1;
      const created = facts.pageCreated(page);
      const creator = facts.author(authors.page, page);
      const values = contentValues({
        type: 'PAGE',
        title: version === 1 && comments(page, 1000) % 8 === 0 ? titles.former(page) : titles.page(page),
        version,
        creator,
        created,
        modifier: version === 1 ? creator : facts.author(authors.saved, page * 64 + version),
        modified: facts.saved(created, version, versions),
        comment: versionComment(comments(page, version)),
      });
      values.push(id('page', page));
      return values;
    },
  };
}

/** The page that the n-th draft of a published page belongs to. */
export const pageOfDraft = (n: number) => n * 31;

function draftsOfPages(facts: SiteFacts): RowSource {
  return {
    columns: [...contentColumns, 'prevver', 'spaceid'],
    items: facts.counts.pageDraft,
    row: (n) => {
      const page = pageOfDraft(n);
      const user = facts.user(authors.draft, n);
      const created = facts.options.now - (n % 1000) * 3_600_000;
      const values: Value[] = contentValues({
        type: 'PAGE',
        title: facts.titles.page(page),
        version: facts.shares.history.count(page) + 1,
        creator: user,
        created,
        modifier: user,
        modified: created,
        status: 'draft',
      });
      values.push(facts.id('page', page), facts.spaces.id(facts.spaces.ofPage(page)));
      return values;
    },
  };
}

/** A page of the space that the n-th new draft is meant to lie below. */
export function parentOfNewDraft(facts: SiteFacts, n: number): number {
  return facts.spaces.firstPage(n % facts.spaces.count);
}

function newDrafts(facts: SiteFacts): RowSource {
  return {
    columns: [...contentColumns, 'spaceid', 'parentid'],
    items: facts.counts.newDraft,
    row: (n) => {
      const user = facts.user(authors.draft, n + 1_000_000);
      const created = facts.options.now - (n % 5000) * 1_800_000;
      const title = n % 3 === 0 ? '' : `${facts.titles.some(n % facts.spaces.count, n)} (new)`;
      const values = contentValues({
        type: 'PAGE',
        title,
        version: 1,
        creator: user,
        created,
        modifier: user,
        modified: created,
        status: 'draft',
      });
      values.push(facts.spaces.id(n % facts.spaces.count), facts.id('page', parentOfNewDraft(facts, n)));
      return values;
    },
  };
}

/** The space whose trash the n-th deleted page lies in. */
export const spaceOfTrash = (facts: SiteFacts, n: number) => (n * 7) % facts.spaces.count;

function trashedPages(facts: SiteFacts): RowSource {
  return {
    columns: [...contentColumns, 'spaceid'],
    items: facts.counts.trashedPage,
    row: (n) => {
      const space = spaceOfTrash(facts, n);
      const user = facts.author(authors.trash, n);
      const created = facts.spaces.created(space);
      const values = contentValues({
        type: 'PAGE',
        title: n % 4 === 0 ? facts.titles.page(facts.spaces.firstPage(space)) : facts.titles.some(space, n * 3),
        version: 1 + (n % 4),
        creator: user,
        created,
        modifier: user,
        modified: facts.saved(created, 2, 2),
        status: 'deleted',
      });
      values.push(facts.spaces.id(space));
      return values;
    },
  };
}
