import { scaled } from './prng.ts';
import type { SiteFacts } from './site-facts.ts';

/** Where a link on a page leads: to a page, or out of the site. */
export type LinkFact = { page: number; space: number; sameSpace: boolean } | { url: string };

/** The n-th link of the site, which stands on page `from`: in the body and as a row of the table `links`. */
export function linkFacts(facts: SiteFacts): (link: number, from: number) => LinkFact {
  const hash = facts.hash('link');
  const { spaces } = facts;
  return (link, from) => {
    const chance = hash(link) % 100;
    if (chance < 22) {
      const path = hash(link, 1).toString(36);
      return {
        url:
          chance < 3
            ? `https://www.example.org/Search?q=${path}&page=${chance}#Top`
            : `https://docs.example.com/${path}/Index.html`,
      };
    }
    if (chance < 42) {
      const page = scaled(hash(link, 2), facts.options.pages);
      const space = spaces.ofPage(page);
      return { page, space, sameSpace: space === spaces.ofPage(from) };
    }
    const space = spaces.ofPage(from);
    const first = spaces.firstPage(space);
    return { page: first + scaled(hash(link, 3), spaces.firstPage(space + 1) - first), space, sameSpace: true };
  };
}
