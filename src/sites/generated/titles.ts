import { encodeField } from '#model/copy-text.ts';
import type { People } from './people.ts';
import { hasher } from './prng.ts';
import type { Spaces } from './spaces.ts';
import { capitalized, vocabularyOf } from './vocabulary.ts';

export interface Titles {
  /** Unique within the space, in lower case too. */
  page(page: number): string;
  /** What a page was called before it was renamed. */
  former(page: number): string;
  /** Any title in the script of the space. */
  some(space: number, n: number): string;
  attachmentName(attachment: number, extension: string): string;
}

/** What people put into titles and programs stumble over. `$` stands for the title proper. */
const awkward = [
  '$ & Co. <draft>',
  '$ "v2" \'final\'',
  '$ a/b\\c',
  '.. $',
  '@ $ @',
  '  $  ',
  '$ C:\\temp\\new',
  '$ \u2028 line separator',
  '$ cafe\u0301 n\u0303',
  '$ 🚀👩‍👩‍👧‍👦𝒳',
  '$ +%20?#;:',
  '$ ]]> </title>',
  '$ \\N \\.',
  '~ $',
];
const limit = 255;

export function makeTitles(seed: number, spaces: Spaces, people: People): Titles {
  const hash = hasher(seed, 'title');
  /** Subject and kind make a pair that comes once before the number behind it changes: hence unique. */
  const plain = (space: number, n: number) => {
    const words = spaces.script(space);
    const pairs = words.subjects.length * words.kinds.length;
    const pair = ((n % pairs) * 7919 + hash(space, 1)) % pairs;
    const round = Math.floor(n / pairs);
    const subject = words.subjects[Math.floor(pair / words.kinds.length)]!;
    return `${capitalized(subject)} ${words.kinds[pair % words.kinds.length]}${round === 0 ? '' : ` ${round + 1}`}`;
  };
  const homeTitle = (space: number) => {
    if (spaces.isPersonal(space)) return `${people.first(spaces.owner(space))}’s Home`;
    return `${spaces.name(space)} Home`;
  };
  const padded = (title: string, space: number, n: number) => {
    const { words } = vocabularyOf(spaces.script(space));
    let text = `${title} –`;
    for (let i = 0; text.length < 2 * limit; i++) text += ` ${words[hash(n, 100 + i) % words.length]}`;
    return [...text].slice(0, limit).join('').replace(/.$/u, 'z');
  };
  return {
    page: (page) => {
      const space = spaces.ofPage(page);
      const n = page - spaces.firstPage(space);
      if (n === 0) return homeTitle(space);
      const title = plain(space, n);
      const chance = hash(page, 2) % 400;
      if (chance < awkward.length) return awkward[chance]!.replace('$', () => title);
      return chance === 399 ? padded(title, space, n) : title;
    },
    former: (page) => `${plain(spaces.ofPage(page), page).slice(0, 200)} (old)`,
    some: plain,
    attachmentName: (attachment, extension) => {
      const subjects = spaces.script(attachment % spaces.count).subjects;
      const subject = subjects[hash(attachment, 3) % subjects.length]!;
      const awkwardName = attachment % 97 === 31 ? `${subject} (1) & <copy> 'x'` : subject;
      return `${awkwardName}-${attachment}.${extension}`;
    },
  };
}

const xmlEscapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** A text for an attribute or an element, as it stands in a line of COPY text. */
export function escapedXml(text: string): string {
  return encodeField(text.replace(/[&<>"']/g, (character) => xmlEscapes[character]!));
}
