import { hiLoIds } from './hi-lo.ts';
import type { People } from './people.ts';
import { expOf, hasher, normal } from './prng.ts';
import { latin, type ScriptWords, spaceScripts } from './script-words.ts';
import type { ResolvedOptions } from './site-options.ts';
import { capitalized } from './vocabulary.ts';

/** The spaces of a generated site by number: the global ones, of which the last is archived, then the personal ones. */
export interface Spaces {
  count: number;
  global: number;
  id(space: number): number;
  key(space: number): string;
  name(space: number): string;
  script(space: number): ScriptWords;
  isPersonal(space: number): boolean;
  isArchived(space: number): boolean;
  /** The user who made it, of a personal space its owner. */
  owner(space: number): number;
  created(space: number): number;
  /** Its pages are numbered from here to firstPage(space + 1); the first is the home page. */
  firstPage(space: number): number;
  /** The space of a page, from 0 to the pages of the site. */
  ofPage(page: number): number;
}

/** Memory: a number a space. */
export function makeSpaces(options: ResolvedOptions, people: People): Spaces {
  const hash = hasher(options.seed, 'space');
  const global = options.spaces;
  const count = global + options.personalSpaces;
  const starts = pageStarts(options.pages, count, (space) => {
    const weight = expOf(1.1 * normal(hash(space, 1), hash(space, 2)));
    return space < global ? weight : weight / 20;
  });
  const isPersonal = (space: number) => space >= global;
  const owner = (space: number) => (isPersonal(space) ? space - global : hash(space, 3) % people.users);
  const script = (space: number) => (isPersonal(space) ? latin : spaceScripts[space % spaceScripts.length]!);
  const begin = options.now - 8 * 365 * 86_400_000;
  const lifetime = options.now - begin;
  let lastFound = 0;
  return {
    count,
    global,
    id: hiLoIds('spaces'),
    key: (space) => (isPersonal(space) ? `~${people.name(owner(space))}` : globalKey(space)),
    name: (space) => {
      if (isPersonal(space)) return `${people.first(owner(space))} ${people.last(owner(space))}`;
      if (space === 1) return 'R&D <Labs> "2"';
      const words = script(space);
      const name =
        words === latin ? capitalized(globalSubject(space)) : capitalized(words.subjects[(space * 7) % words.subjects.length]!);
      return space % 3 === 2 ? `${name} & ${words.kinds[space % words.kinds.length]}` : name;
    },
    script,
    isPersonal,
    isArchived: (space) => global > 1 && space === global - 1,
    owner,
    created: (space) => begin + Math.floor(lifetime * 0.6 * (space / count)) + (hash(space, 4) % 86_400_000),
    firstPage: (space) => starts[space]!,
    ofPage: (page) => {
      if (page >= starts[lastFound]! && page < starts[lastFound + 1]!) return lastFound;
      let low = 0;
      let high = count - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (starts[middle]! <= page) low = middle;
        else high = middle - 1;
      }
      lastFound = low;
      return low;
    },
  };
}

/** Each space gets one page and its share of the rest. */
function pageStarts(pages: number, spaces: number, weight: (space: number) => number): Float64Array {
  const starts = new Float64Array(spaces + 1);
  let whole = 0;
  for (let space = 0; space < spaces; space++) whole += weight(space);
  let sum = 0;
  for (let space = 0; space < spaces; space++) {
    sum += weight(space);
    const end = space === spaces - 1 ? pages - spaces : Math.floor((pages - spaces) * (sum / whole));
    starts[space + 1] = space + 1 + end;
  }
  return starts;
}

/** 101 is a prime and no divisor of the number of subjects: no key comes twice. */
function globalSubject(space: number): string {
  const words = latin.subjects;
  return words[(space * 101) % words.length]!;
}

function globalKey(space: number): string {
  const round = Math.floor(space / latin.subjects.length);
  const key = `${globalSubject(space)}${round === 0 ? '' : round + 1}`;
  return space % 11 === 6 ? key : key.toUpperCase();
}
