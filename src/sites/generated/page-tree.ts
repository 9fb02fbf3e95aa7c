import { hasher } from './prng.ts';
import type { Spaces } from './spaces.ts';

/**
 * The page trees, without remembering any page: the parent of the n-th page of a space is the page n * r * r for a random r of the page
 * between 0 and 1, so that few pages have many children and most have none. Here and there two neighbours change places, so that a parent
 * may have a higher number (and id) than its child, as after a move.
 */
export interface PageTree {
  /** null for a home page. */
  parent(page: number): number | null;
  /** Place among the siblings; null where nobody ever ordered them. */
  position(page: number): number | null;
}

/** A home page has depth 0. */
export const deepest = 8;

export function makePageTree(seed: number, spaces: Spaces): PageTree {
  const hash = hasher(seed, 'tree');
  const parentOf = (page: number): number | null => {
    const space = spaces.ofPage(page);
    const first = spaces.firstPage(space);
    const size = spaces.firstPage(space + 1) - first;
    const parent = treeParent(swapped(page - first, first, size));
    return parent === null ? null : first + swapped(parent, first, size);

    function treeParent(node: number): number | null {
      if (node === 0) return null;
      const chain = [node];
      while (chain.at(-1)! > 0) chain.push(rawParent(chain.at(-1)!));
      // The chain ends at the home page; what would lie too deep moves up to an ancestor.
      return chain[Math.max(1, chain.length - deepest)]!;
    }
    function rawParent(node: number): number {
      const random = hash(first + node) / 4294967296;
      return Math.floor(node * random * random);
    }
  };
  /** Its own inverse; the home page stays. */
  function swapped(node: number, first: number, size: number): number {
    const pair = node - (node & 1);
    return pair >= 2 && pair + 1 < size && hash(first + pair, 1) % 5 === 0 ? node ^ 1 : node;
  }
  return {
    parent: parentOf,
    position: (page) => {
      const parent = parentOf(page);
      if (parent === null || hash(parent, 2) % 2 === 0) return null;
      return page - spaces.firstPage(spaces.ofPage(page)) - 1;
    },
  };
}
