import { type ContentRows, contentColumns, contentValues } from './content-row.ts';
import { uuidOf } from './prng.ts';
import type { SiteFacts } from './site-facts.ts';

const propertyStorage = 'com.atlassian.confluence.plugins.confluence-content-property-storage:content-property';
const calendar = 'com.atlassian.confluence.extra.team-calendars:space-calendars-view-content-type';

export const spaceOfDescriptionHistory = (n: number) => n * 3;
/** The page that the n-th custom content hangs on. Every fifth lies below the one before, on the same page. */
export const pageOfCustom = (n: number) => (isNested(n) ? n - 1 : n) * 12;
const isNested = (n: number) => n % 5 === 4;

/** Content that is no page: descriptions of the site and its spaces, profiles, what apps keep. */
export function descriptionRows(facts: SiteFacts): ContentRows {
  const { id, spaces, people, counts } = facts;
  const description = (space: number, version: number) => {
    const created = spaces.created(space);
    const owner = people.key(spaces.owner(space));
    return contentValues({
      type: 'SPACEDESCRIPTION',
      title: null,
      version,
      creator: owner,
      created,
      modifier: owner,
      modified: facts.saved(created, version, 2),
    });
  };
  return {
    globalDescription: {
      columns: contentColumns,
      items: counts.globalDescription,
      row: () => {
        const created = people.created(0);
        return contentValues({
          type: 'GLOBALDESCRIPTION',
          title: null,
          version: 1,
          creator: null,
          created,
          modifier: null,
          modified: created,
        });
      },
    },
    profile: {
      columns: [...contentColumns, 'username'],
      items: counts.profile,
      row: (user) => {
        const key = people.key(user);
        const created = people.created(user);
        return [
          ...contentValues({
            type: 'USERINFO',
            title: null,
            version: 1,
            creator: key,
            created,
            modifier: key,
            modified: created,
          }),
          key,
        ];
      },
    },
    spaceDescription: {
      columns: [...contentColumns, 'spaceid'],
      items: counts.spaceDescription,
      row: (space) => [...description(space, space % 3 === 0 ? 2 : 1), spaces.id(space)],
    },
    spaceDescriptionHistory: {
      columns: [...contentColumns, 'prevver'],
      items: counts.spaceDescriptionHistory,
      row: (n) => [...description(spaceOfDescriptionHistory(n), 1), id('spaceDescription', spaceOfDescriptionHistory(n))],
    },
    custom: {
      columns: [...contentColumns, 'pluginkey', 'pluginver', 'pageid', 'spaceid', 'parentccid'],
      items: counts.custom,
      row: (n) => {
        const page = pageOfCustom(n);
        const created = facts.pageCreated(page);
        const creator = facts.author(41, n);
        const trashed = n % 50 === 49;
        const values = contentValues({
          type: 'CUSTOM',
          title: n % 2 === 0 ? `property-${n}` : `Calendar ${n}`,
          version: 1,
          creator,
          created,
          modifier: creator,
          modified: created,
          status: trashed ? 'deleted' : 'current',
        });
        values.push(n % 2 === 0 ? propertyStorage : calendar, n % 2 === 0 ? '2' : '6', id('page', page));
        values.push(spaces.id(spaces.ofPage(page)), isNested(n) ? id('custom', n - 1) : null);
        return values;
      },
    },
  };
}

/** The JSON that an app keeps. */
export function customBody(facts: SiteFacts): (n: number) => string {
  const hash = facts.hash('custom');
  return (n) => {
    const text = ['plain', 'quote " and \\ backslash', 'tab\tand\nline', ']]> <end>', '𝒳 🚀'][hash(n) % 5]!;
    const items = Array.from({ length: hash(n, 1) % 12 }, (_, i) => ({
      id: uuidOf(hash, n, i + 10),
      done: i % 2 === 0,
      rank: hash(n, i),
    }));
    return JSON.stringify({ key: `property-${n}`, value: { text, items, empty: {}, none: null } });
  };
}
